package ingest

import (
	"fmt"
	"unicode/utf8"

	"roadbook/schema"
	"roadbook/sync/merge"
	"roadbook/sync/wire"
)

// Codes of the faults found by the write path itself (append-only). Codes about fields are in schema, codes about raw
// lines in wire.
const (
	CodeTombstone        = "too_large"
	CodeUnknownKind      = "unknown_kind"
	CodeUnknownAct       = "unknown_act"
	CodeUnknownVersion   = "unknown_version"
	CodeUnknownCatalogue = "unknown_catalogue"
	CodeActNotAllowed    = "act_not_allowed"
	CodeKindNotAllowed   = "kind_not_allowed"
	CodeForeignUnit      = "foreign_unit" // of a create: another unit's name; of an accepted line: another unit's record
	CodeRevoked          = "device_revoked"
	CodeBadRecord        = "bad_record"
	CodeBadItem          = "bad_item"
	CodeBadSeen          = "bad_seen"
	CodeBadTarget        = "bad_target"
	CodeBadGroup         = "bad_group"
	CodeRecordFull       = "record_full"
	CodeTooLong          = "too_long"
	CodeUnitByHQ         = "unit_by_hq"
	CodeBadShare         = "bad_share"
)

var faultTexts = map[string]schema.Text{
	CodeTombstone:        {ZH: "该行过大，只收到它的哈希", EN: "the line is too large; only its hash arrived"},
	CodeUnknownKind:      {ZH: "未知的记录种类 %q", EN: "unknown kind %q"},
	CodeUnknownAct:       {ZH: "未知的操作 %q", EN: "unknown act %q"},
	CodeUnknownVersion:   {ZH: "未知的行格式版本 %v", EN: "unknown line version %v"},
	CodeUnknownCatalogue: {ZH: "服务器尚无指标目录 %q，发布后重新校验", EN: "the server has no catalogue %q yet; the line is judged again when it has"},
	CodeActNotAllowed:    {ZH: "只有机关可以执行 %q", EN: "only HQ may %q"},
	CodeKindNotAllowed:   {ZH: "该设备的角色不能登记 %q", EN: "the device's role may not record %q"},
	CodeForeignUnit:      {ZH: "单位 %q 不是该设备的单位", EN: "unit %q is not the device's own"},
	CodeRevoked:          {ZH: "设备已停用，数据已保存，待机关放行", EN: "the device is revoked; what it sends is kept until HQ releases it"},
	CodeBadRecord:        {ZH: "记录编号 %q 不正确", EN: "%q is not the id of a record"},
	CodeBadItem:          {ZH: "条目编号 %q 不正确", EN: "%q is not the id of an item"},
	CodeBadSeen:          {ZH: "所引登记的编号 %q 不正确", EN: "%q is not the id of an observation"},
	CodeBadTarget:        {ZH: "找不到待放行的 %q，或其内容无法读取", EN: "%q is not held, or can't be read"},
	CodeBadGroup:         {ZH: "组名不能为空", EN: "a group has a name"},
	CodeTooLong:          {ZH: "最多 %d 个字（项）", EN: "has at most %d characters or elements"},
	CodeUnitByHQ:         {ZH: "记录的单位只能由机关更改", EN: "HQ alone changes a record's unit"},
	CodeBadShare:         {ZH: "%q 不是单位名称", EN: "%q is not the name of a unit"},
	CodeRecordFull:       {ZH: "该记录的登记条数已达上限", EN: "the record has as many observations as it may have"},
}

// Bounds of a fault's text and of a line's list of faults. A line has up to 64 KiB and a record up to
// merge.MaxObservations lines: without bounds a record would grow too large for any store, and an answer to many times
// the size of its request.
const (
	maxQuoted = 80 // characters of a wrong value quoted by its fault
	maxFaults = 16 // of one line
)

// newFault builds a fault of the write path; the args fill the places of its text.
func newFault(code, field string, args ...any) schema.Fault {
	t := faultTexts[code]
	for i, arg := range args {
		switch s := arg.(type) {
		case string:
			args[i] = clip(s)
		case wire.Act:
			args[i] = clip(string(s))
		}
	}
	if len(args) > 0 {
		t = schema.Text{ZH: fmt.Sprintf(t.ZH, args...), EN: fmt.Sprintf(t.EN, args...)}
	}
	return schema.Fault{Code: code, Field: field, Message: t}
}

func clip(s string) string {
	if utf8.RuneCountInString(s) <= maxQuoted {
		return s
	}
	return string([]rune(s)[:maxQuoted]) + "…"
}

// checkLengths checks the line members not bounded by any kind.
func checkLengths(l *wire.Line) (faults schema.Faults) {
	for _, m := range []struct {
		name string
		n    int
		most int
	}{
		{"officer", utf8.RuneCountInString(l.Officer), wire.MaxOfficer}, {"reason", utf8.RuneCountInString(l.Reason), wire.MaxReason},
		{"group", utf8.RuneCountInString(l.Group), wire.MaxGroup}, {"seen", len(l.Seen), merge.MaxObservations},
		{"share", len(l.Share), wire.MaxShare},
	} {
		if m.n > m.most {
			faults = append(faults, newFault(CodeTooLong, m.name, m.most))
		}
	}
	return faults
}

// foreignRecord is the fault of an accepted line about another unit's record.
func foreignRecord(unit string) schema.Fault {
	unit = clip(unit)
	return schema.Fault{Code: CodeForeignUnit, Field: "unit", Message: schema.Text{
		ZH: fmt.Sprintf("这条记录属于“%s”，本单位的更改未生效；由机关放行，或由该单位共享后自动生效", unit),
		EN: fmt.Sprintf("the record is %q's: without effect until HQ releases it or that unit shares the record", unit),
	}}
}
