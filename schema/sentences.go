package schema

import (
	"strconv"
	"strings"
)

// sentences are the words of every fault of a line: for this package, and for pages by way of Rules, so that nobody writes a
// sentence twice. The key is the fault's code; a code of several sentences has the case behind a dot. {label} is the label of
// the field or kind, other names in braces are values.
var sentences = map[string]Text{
	FaultJSON:        {"内容不是有效的 JSON 对象", "the fields are not one valid JSON object"},
	FaultUnknown:     {"没有字段“{name}”", "there is no field “{name}”"},
	FaultDuplicate:   {"“{label}”重复出现", "“{label}” stands more than once"},
	FaultType:        {"“{label}”的类型不对，应为{type}", "“{label}” has the wrong type, it must be {type}"},
	FaultText:        {"“{label}”含有无法识别的字符", "“{label}” has characters that are not text"},
	FaultCode:        {"“{label}”没有代码“{code}”", "“{label}” has no code “{code}”"},
	FaultNumber:      {"“{label}”不是数字", "“{label}” is not a number"},
	FaultRecord:      {"“{label}”不是记录编号", "“{label}” is not the id of a record"},
	FaultRequired:    {"“{label}”必须填写", "“{label}” must have a value"},
	FaultRegister:    {"“{label}”须与同组字段一起更正", "“{label}” must be amended together with the fields it belongs to"},
	FaultTogether:    {"“{label}”须与同组字段一起填写", "“{label}” must be given together with the fields it belongs to"},
	FaultMisplaced:   {"“{label}”应写在行的 record 中", "“{label}” belongs in the line's record"},
	FaultScale:       {"“{label}”最多 {n} 位小数", "“{label}” takes at most {n} decimals"},
	FaultDay:         {"“{label}”应为日期，例如 2020-06-30", "“{label}” must be a date, such as 2020-06-30"},
	FaultTime:        {"“{label}”应为带时区的时间，例如 2020-12-15T10:00:00+08:00", "“{label}” must be a time with its offset, such as 2020-12-15T10:00:00+08:00"},
	tooLongList:      {"“{label}”最多 {n} 项", "“{label}” takes at most {n} elements"},
	tooLongText:      {"“{label}”最多 {n} 个字", "“{label}” takes at most {n} characters"},
	patternToken:     {"“{label}”不能含空格或“|”", "“{label}” may not contain white space or “|”"},
	patternForm:      {"“{label}”格式不正确，{form}", "“{label}” is not of the right form, {form}"},
	patternElement:   {"“{label}”有空的列表项", "“{label}” has an empty element"},
	rangeBetween:     {"“{label}”应在 {min} 到 {max} 之间", "“{label}” must lie between {min} and {max}"},
	rangeLeast:       {"“{label}”不能小于 {min}", "“{label}” must be at least {min}"},
	rangeMost:        {"“{label}”不能大于 {max}", "“{label}” must be at most {max}"},
	rangeBits:        {"“{label}”超出范围", "“{label}” is out of range"},
	plateImplausible: {"“{label}”不是号牌号码（无号牌填 -）", "“{label}” is not a plate number (no plate: -)"},
	plateLetters: {"“{label}”写作 {number}：号牌里没有字母 O 和 I，应为数字？请写 {repaired}",
		"“{label}” is written {number}: plates have no letters O and I; write {repaired} if digits are meant"},
	plateShapeless: {"“{label}”{number} 不像任何一种号牌，请核对位数和字母；确实如此的，请填“{type}”，例如 其他",
		"“{label}” {number} looks like no plate: check its length and letters; if it is right, give the {type}, such as 99 (other)"},
	importOnlyKind:  {"“{label}”" + importOnlyText.ZH, "“{label}” " + importOnlyText.EN},
	importOnlyField: {"“{label}”只能由导入填写", "“{label}” may only be filled in by an import"},
	importOnlyCode:  {"“{label}”的这一代码只能由导入使用", "“{label}” has a code that only imports may use"},
}

// Keys of sentences beside the codes themselves.
const (
	tooLongList      = FaultTooLong + ".list"
	tooLongText      = FaultTooLong + ".text"
	patternToken     = FaultPattern + ".token"
	patternForm      = FaultPattern + ".form"
	patternElement   = FaultPattern + ".element"
	rangeBetween     = FaultRange + ".between"
	rangeLeast       = FaultRange + ".least"
	rangeMost        = FaultRange + ".most"
	rangeBits        = FaultRange + ".bits"
	plateImplausible = FaultPlate + ".implausible"
	plateLetters     = FaultPlate + ".letters"
	plateShapeless   = FaultPlate + ".shapeless"
	importOnlyKind   = FaultImportOnly + ".kind"
	importOnlyField  = FaultImportOnly + ".field"
	importOnlyCode   = FaultImportOnly + ".code"
)

var importOnlyText = Text{"只能由机关导入", "may only be imported by headquarters"}

var jsonNames = map[Type]Text{
	TypeText: {"文本", "a text"}, TypeCode: {"代码（文本）", "a code (text)"}, TypePlate: {"号牌（文本）", "a plate number (text)"},
	TypeRecord: {"记录编号（文本）", "a record id (text)"}, TypeTime: {"时间（文本）", "a time (text)"}, TypeDay: {"日期（文本）", "a date (text)"},
	TypeInt: {"整数", "a whole number"}, TypeBool: {"是或否", "true or false"},
	TypeDecimal: {"数字", "a number"}, TypeList: {"文本列表", "a list of texts"},
}

// NothingNear stands for the nearest known values of a doubt if there are none.
var NothingNear = Text{"（无）", "(none)"}

// filling is a value of a sentence.
type filling struct {
	name string
	text Text
}

func with(name, value string) filling { return filling{name, plainText(value)} }

func withNumber(name string, n int64) filling { return with(name, strconv.FormatInt(n, 10)) }

// say makes the fault of a sentence.
func say(key, field string, values ...filling) Fault {
	code, _, _ := strings.Cut(key, ".")
	text := sentences[key]
	return Fault{Code: code, Field: field, Message: Text{fill(text.ZH, "zh", values), fill(text.EN, "en", values)}}
}

// fill replaces the names in braces by their values. Values are left as they are, braces included.
func fill(text, lang string, values []filling) string {
	var out strings.Builder
	for {
		before, rest, found := strings.Cut(text, "{")
		out.WriteString(before)
		if !found {
			return out.String()
		}
		name, after, _ := strings.Cut(rest, "}")
		for _, v := range values {
			if v.name == name {
				out.WriteString(v.text.In(lang))
			}
		}
		text = after
	}
}
