package catalogue

import (
	"errors"
	"regexp"

	"roadbook/schema"
	"roadbook/schema/internal/source"
)

// Messages of the YAML reader, in words for people. Any other message is passed on unchanged.
var yamlFaults = []struct {
	pattern *regexp.Regexp
	zh, en  string
}{
	{regexp.MustCompile(`unknown field "(.*)"`), "没有这个键：$1", "there is no key “$1”"},
	{regexp.MustCompile(`mapping key "(.*)" already defined.*`), "键重复：$1", "the key “$1” stands twice"},
	{regexp.MustCompile(`cannot unmarshal .* into .*of type (?:int|int64|uint64).*`), "此处应为整数", "a whole number belongs here"},
	{regexp.MustCompile(`cannot unmarshal .* into .*of type bool.*`), "此处应为 true 或 false", "true or false belongs here"},
	{regexp.MustCompile(`cannot unmarshal .* into .*of type \*?string.*`), "此处应为文字", "a text belongs here"},
	{regexp.MustCompile(`cannot unmarshal .* into .*`), "此处的结构不对", "something of another form belongs here"},
	{regexp.MustCompile(`was used where sequence is expected`), "此处应为列表", "a list belongs here"},
	{regexp.MustCompile(`was used where mapping is expected`), "此处应为若干 键: 值", "keys with values belong here"},
	{regexp.MustCompile(`^the file is empty$`), "文件是空的", "the file is empty"},
	{regexp.MustCompile(`a file holds one document, this one has (\d+)`), "一个文件只放一个文档，此处有 $1 个", "a file holds one document, this one has $1"},
}

func translateYAML(err error, file string) Fault {
	f := Fault{File: file, Code: FaultYAML}
	reason := err.Error()
	if at, ok := errors.AsType[*source.Error](err); ok {
		f.Line, f.Column, reason = at.Line, at.Column, at.Reason
	}
	f.Reason = schema.Text{ZH: "不是有效的 YAML：" + reason, EN: "not valid YAML: " + reason}
	for _, y := range yamlFaults {
		if m := y.pattern.FindStringSubmatchIndex(reason); m != nil {
			f.Reason.ZH = string(y.pattern.ExpandString(nil, y.zh, reason, m))
			f.Reason.EN = string(y.pattern.ExpandString(nil, y.en, reason, m))
			break
		}
	}
	return f
}
