package imports

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"
	_ "time/tzdata" // mappings name time zones, also on machines without a time zone database

	"roadbook/schema"
	"roadbook/schema/source"
)

// Mapping maps a table's rows to observations of one kind. Load makes a Mapping; afterwards the Mapping never
// changes.
type Mapping struct {
	Name   string // of the importer: its stream, its key, its history
	Label  schema.Text
	Kind   *schema.Kind
	Digest string // SHA-256 of the mapping file, hex

	format    string // "csv", "xlsx", "" = by the file's content
	encoding  string // "" = by the file's content
	separator rune   // 0 = by the file's header
	quoted    bool
	sheet     string // "" = the first
	header    int    // row of the header, from 1
	strict    bool   // columns missing in the mapping are faults

	zone        *time.Location
	ambiguous   string // "reject", "earlier", "later"
	nonexistent string // "reject", "forward"

	required []string
	skip     []skipRule
	key      template
	fields   []fieldMap // in the order of the kind's fields
	owners   *Owners    // records of which the rows are items; nil for other kinds
}

// fieldMap names the source of a field's text and gives its meaning.
type fieldMap struct {
	field    *schema.Field
	columns  []string // the first of these found in the header
	join     []string // or these, joined
	with     string
	constant *string // or this
	template template
	optional bool // the column may be missing

	values     map[string]*string // from a cell's text to a value; nil = unknown
	unmapped   string             // other texts: "reject", "keep", "leave", "value"
	unmappedTo string             // unmapped = "value"
	empty      *string            // value of an empty cell
	formats    []timeFormat       // of times and days
}

type skipRule struct {
	column  string
	equals  []string
	empty   bool
	matches *regexp.Regexp
}

// The mapping file in its YAML form.
type rawMapping struct {
	Name        string              `yaml:"name"`
	Label       schema.Text         `yaml:"label"`
	Kind        string              `yaml:"kind"`
	Format      string              `yaml:"format"`
	Encoding    string              `yaml:"encoding"`
	Separator   string              `yaml:"separator"`
	Quote       string              `yaml:"quote"`
	Sheet       string              `yaml:"sheet"`
	HeaderRow   int                 `yaml:"header_row"`
	Strict      bool                `yaml:"strict"`
	TimeZone    string              `yaml:"time_zone"`
	Ambiguous   string              `yaml:"ambiguous"`
	Nonexistent string              `yaml:"nonexistent"`
	Required    []string            `yaml:"required"`
	Skip        []rawSkip           `yaml:"skip"`
	SourceKey   string              `yaml:"source_key"`
	Fields      map[string]rawField `yaml:"fields"`
}

type rawSkip struct {
	Column  string   `yaml:"column"`
	Equals  []string `yaml:"equals"`
	Empty   bool     `yaml:"empty"`
	Matches string   `yaml:"matches"`
}

type rawField struct {
	Column   oneOrMore          `yaml:"column"`
	Join     []string           `yaml:"join"`
	With     *string            `yaml:"with"`
	Value    *string            `yaml:"value"`
	Template string             `yaml:"template"`
	Optional bool               `yaml:"optional"`
	Values   map[string]*string `yaml:"values"`
	Unmapped rawUnmapped        `yaml:"unmapped"`
	Empty    *string            `yaml:"empty"`
	Formats  []string           `yaml:"formats"`
}

// oneOrMore is a text, or a list of them.
type oneOrMore []string

func (o *oneOrMore) UnmarshalYAML(unmarshal func(any) error) error {
	var v any
	if err := unmarshal(&v); err != nil {
		return err
	}
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	for _, one := range list {
		text, ok := scalar(one)
		if !ok {
			return errors.New("column: 应为列名或列名的列表 · a name, or a list of names")
		}
		*o = append(*o, text)
	}
	return nil
}

// scalar is the text of a YAML scalar.
func scalar(v any) (string, bool) {
	switch v.(type) {
	case nil, []any, map[string]any:
		return "", false
	}
	return fmt.Sprint(v), true
}

// rawUnmapped is a word, or {value: text}.
type rawUnmapped struct {
	Word  string
	Value *string
}

func (u *rawUnmapped) UnmarshalYAML(unmarshal func(any) error) error {
	var v any
	if err := unmarshal(&v); err != nil {
		return err
	}
	if m, ok := v.(map[string]any); ok {
		text, ok := scalar(m["value"])
		if !ok || len(m) != 1 {
			return errors.New("unmapped: 应为 reject、keep、leave 或 {value: …} · reject, keep, leave or {value: …}")
		}
		u.Value = &text
		return nil
	}
	u.Word, _ = scalar(v)
	return nil
}

// Load reads a mapping; file is its name in errors. The error joins every fault found, each with file, line, column
// and reason in both languages.
func Load(data []byte, file string, s *schema.Schema) (*Mapping, error) {
	var raw rawMapping
	doc, err := source.Read(data, file, &raw)
	if err != nil {
		return nil, translated(err)
	}
	sum := sha256.Sum256(data)
	l := loader{doc: doc, schema: s, raw: &raw, m: &Mapping{Digest: hex.EncodeToString(sum[:])}}
	l.load()
	if err := errors.Join(l.faults...); err != nil {
		return nil, err
	}
	return l.m, nil
}

// translated puts the reader's reason into both languages.
func translated(err error) error {
	at, ok := errors.AsType[*source.Error](err)
	if !ok {
		return err
	}
	zh, en := source.Translate(at.Reason)
	return &source.Error{File: at.File, Line: at.Line, Column: at.Column, Reason: zh + " · " + en}
}

// WithEncoding is the mapping for a file of that encoding, whatever the mapping says; ok is false for a name that
// nobody knows. "" changes nothing.
func (m *Mapping) WithEncoding(name string) (_ *Mapping, ok bool) {
	if name == "" {
		return m, true
	}
	out := *m
	out.encoding = encodingNames[strings.ToLower(name)]
	return &out, out.encoding != ""
}
