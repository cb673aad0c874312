package imports

import (
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"roadbook/schema"
	"roadbook/schema/source"
)

// loader turns a mapping as written into a consistent Mapping.
type loader struct {
	doc    *source.Document
	schema *schema.Schema
	raw    *rawMapping
	m      *Mapping
	faults []error
}

func (l *loader) fault(zh, en string, path ...any) {
	l.faults = append(l.faults, l.doc.Fault(zh+" · "+en, path...))
}

var importerName = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,31}$`)

func (l *loader) load() {
	l.m.Name, l.m.Label = l.raw.Name, l.raw.Label
	if !importerName.MatchString(l.raw.Name) {
		l.fault("name 须为 1 到 32 个小写字母、数字、点、横线，如 newhaven", "name has 1 to 32 lower-case letters, digits, dots and hyphens, as newhaven", "name")
	}
	l.loadFile()
	l.loadTimes()
	kind, ok := l.schema.Kind(l.raw.Kind)
	switch {
	case !ok:
		l.fault("没有种类“"+l.raw.Kind+"”", "there is no kind “"+l.raw.Kind+"”", "kind")
		return
	}
	l.m.Kind = kind
	for i, column := range l.raw.Required {
		l.checkColumnName(column, "required", i)
	}
	l.m.required = l.raw.Required
	l.loadSkips()
	l.loadFields()
	l.m.key = l.loadTemplate(l.raw.SourceKey, "source_key")
	if l.raw.SourceKey == "" {
		l.fault("缺少 source_key：用哪些列辨认一行，如 \"{编号}\"", "source_key is missing: the columns that tell a row from others, as \"{Id}\"", "source_key")
	}
}

// oneOf checks a word against the allowed words; "" means the first of them.
func (l *loader) oneOf(key, word string, allowed ...string) string {
	if word == "" {
		return allowed[0]
	}
	if !slices.Contains(allowed, word) {
		list := strings.Join(allowed, ", ")
		l.fault(key+" 应为 "+list+" 之一", key+" is one of "+list, key)
	}
	return word
}

func (l *loader) loadFile() {
	r, m := l.raw, l.m
	if r.Format != "" {
		m.format = l.oneOf("format", r.Format, "csv", "xlsx")
	}
	m.encoding = l.loadEncoding(r.Encoding)
	m.quoted = l.oneOf("quote", r.Quote, `"`, "none") == `"`
	m.sheet, m.strict = r.Sheet, r.Strict
	m.separator = l.loadSeparator(r.Separator)
	m.header = max(r.HeaderRow, 1)
	if r.HeaderRow < 0 || r.HeaderRow > 100 {
		l.fault("header_row 应在 1 到 100 之间", "header_row lies between 1 and 100", "header_row")
	}
}

// loadEncoding: without a word the file's content decides.
func (l *loader) loadEncoding(text string) string {
	if name := encodingNames[strings.ToLower(text)]; name != "" || text == "" {
		return name
	}
	return l.oneOf("encoding", text, utf8Text, gb18030Text, latin1Text, utf16Text)
}

// loadSeparator: without a word the file's header decides, 0.
func (l *loader) loadSeparator(text string) rune {
	switch text {
	case "":
		return 0
	case "tab":
		return '\t'
	}
	r, n := utf8.DecodeRuneInString(text)
	if n != len(text) || r == '"' || r == '\n' || r == '\r' || r == utf8.RuneError {
		l.fault("separator 应为一个字符或 tab", "separator is one character, or tab", "separator")
	}
	return r
}

func (l *loader) loadTimes() {
	r, m := l.raw, l.m
	name := r.TimeZone
	if name == "" {
		name = "Asia/Shanghai"
	}
	zone, err := time.LoadLocation(name)
	if err != nil || name == "Local" {
		l.fault("没有时区“"+name+"”，应如 Asia/Shanghai", "there is no time zone “"+name+"”; it is written as Asia/Shanghai", "time_zone")
		zone = time.UTC
	}
	m.zone = zone
	m.ambiguous = l.oneOf("ambiguous", r.Ambiguous, "reject", "earlier", "later")
	m.nonexistent = l.oneOf("nonexistent", r.Nonexistent, "reject", "forward")
}

// checkColumnName refuses an empty column name. Only a table shows whether the column exists.
func (l *loader) checkColumnName(name string, path ...any) {
	if strings.TrimSpace(name) == "" {
		l.fault("列名为空", "a column needs a name", path...)
	}
}

func (l *loader) loadSkips() {
	for i, r := range l.raw.Skip {
		l.checkColumnName(r.Column, "skip", i)
		rule := skipRule{column: r.Column, equals: r.Equals, empty: r.Empty}
		if r.Matches != "" {
			re, err := regexp.Compile(r.Matches)
			if err != nil {
				l.fault("matches 不是正则表达式："+err.Error(), "matches is not a regular expression: "+err.Error(), "skip", i, "matches")
			}
			rule.matches = re
		}
		if len(r.Equals) == 0 && !r.Empty && r.Matches == "" {
			l.fault("skip 需要 equals、empty 或 matches", "a skip rule says equals, empty or matches", "skip", i)
		}
		l.m.skip = append(l.m.skip, rule)
	}
}

func (l *loader) loadTemplate(text string, path ...any) template {
	t, err := parseTemplate(text, l.m.Kind)
	if err != nil {
		l.fault(err.ZH, err.EN, path...)
	}
	return t
}
