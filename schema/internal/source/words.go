package source

import "regexp"

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
	{regexp.MustCompile(`^the file is larger than (\d+) bytes$`), "文件超过 $1 字节，请拆开或删去不用的内容", "the file is larger than $1 bytes: split it, or remove what is not needed"},
	{regexp.MustCompile(`^the file is not UTF-8 text: save it again as UTF-8$`), "文件不是 UTF-8 文本，请另存为 UTF-8 编码", "the file is not UTF-8 text: save it again as UTF-8"},
	{regexp.MustCompile(`^the file has more than (\d+) words and signs$`), "文件内容过多（超过 $1 个词和符号），请拆开", "the file has more than $1 words and signs: split it"},
	{regexp.MustCompile(`^the file nests deeper than (\d+) levels$`), "嵌套超过 $1 层，请检查缩进和括号", "the file nests deeper than $1 levels: check indentation and brackets"},
	{regexp.MustCompile(`^a key is longer than (\d+) bytes$`), "键超过 $1 字节，可能漏了引号", "a key is longer than $1 bytes: perhaps a quotation mark is missing"},
	{regexp.MustCompile(`^the file is too large for the length of its keys`), "文件对这么长的键来说太大，请缩短最长的键", "the file is too large for the length of its keys: shorten the longest"},
	{regexp.MustCompile(`^the file grows too large by its aliases`), "文件因别名（*名称）展开后过大，请直接写出各值", "the file grows too large by its aliases (*name): write the values out"},
}

// Translate puts the reason of an Error into words for people, in Chinese and English.
func Translate(reason string) (zh, en string) {
	for _, y := range yamlFaults {
		if m := y.pattern.FindStringSubmatchIndex(reason); m != nil {
			return string(y.pattern.ExpandString(nil, y.zh, reason, m)), string(y.pattern.ExpandString(nil, y.en, reason, m))
		}
	}
	return "不是有效的 YAML：" + reason, "not valid YAML: " + reason
}
