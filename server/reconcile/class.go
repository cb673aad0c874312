package reconcile

import "roadbook/schema"

// Class is the verdict on a row, a record, or a pair of both.
type Class string

// The classes. Their order is the order of a report.
const (
	Equal           Class = "equal"
	Differs         Class = "differs"
	OtherAmount     Class = "other_amount"
	NotMeasured     Class = "not_measured"
	OnlyThere       Class = "only_there"
	OnlyHere        Class = "only_here"
	TwiceThere      Class = "twice_there"
	CancelledThere  Class = "cancelled_there"
	OtherYearThere  Class = "other_year_there"
	OtherUnitThere  Class = "other_unit_there"
	Faulty          Class = "faulty"
	VoidHere        Class = "void_here"
	DuplicateHere   Class = "duplicate_here"
	IncompleteHere  Class = "incomplete_here"
	QuarantinedHere Class = "quarantined_here"
	OtherYearHere   Class = "other_year_here"
	OtherUnitHere   Class = "other_unit_here"
	Nothing         Class = "nothing"
)

// classes lists all classes with their names and the way on.
var classes = []struct {
	class      Class
	name, todo schema.Text
}{
	{Equal, schema.Text{ZH: "两边一致", EN: "the same on both sides"}, schema.Text{}},
	{Differs, schema.Text{ZH: "两边都有，内容不同", EN: "on both sides, with differences"}, schema.Text{
		ZH: "请核对原始材料，哪边错就更正哪边", EN: "look at the paper, and correct the side in error"}},
	{OtherAmount, schema.Text{ZH: "两边都有，数量不同", EN: "on both sides, in other numbers"}, schema.Text{
		ZH: "请核对数量", EN: "check the number"}},
	{NotMeasured, schema.Text{ZH: "两边都有，此处指标不计", EN: "on both sides, outside the measure here"}, schema.Text{
		ZH: "口径不同，不是差错", EN: "another way to count, no error"}},
	{OnlyThere, schema.Text{ZH: "只在平台", EN: "only on the platform"}, schema.Text{
		ZH: "此处漏登：核实后可用 --adopt 接收", EN: "missing here: --adopt takes these over"}},
	{OnlyHere, schema.Text{ZH: "只在此处", EN: "only here"}, schema.Text{
		ZH: "平台漏录或此处多登：可用 --mark 在备注中标明", EN: "missing on the platform or too many here: --mark says so in the remark"}},
	{TwiceThere, schema.Text{ZH: "平台重复", EN: "twice on the platform"}, schema.Text{
		ZH: "请在平台删去重复的一条", EN: "delete the second one on the platform"}},
	{CancelledThere, schema.Text{ZH: "平台已撤销，此处仍计", EN: "cancelled on the platform, counted here"}, schema.Text{
		ZH: "请核实，确已撤销的在此处作废", EN: "check, and void the record here if it is so"}},
	{OtherYearThere, schema.Text{ZH: "表中其他年度的行", EN: "rows of another year in the table"}, schema.Text{
		ZH: "不属本年，无须处理", EN: "not of this year: nothing to do"}},
	{OtherUnitThere, schema.Text{ZH: "表中其他单位的行", EN: "rows of another unit in the table"}, schema.Text{
		ZH: "不属该单位，无须处理", EN: "not of this unit: nothing to do"}},
	{Faulty, schema.Text{ZH: "表中读不出的行", EN: "rows that can't be read"}, schema.Text{
		ZH: "请按所列原因改好后重新核对", EN: "mend the rows as said and compare again"}},
	{VoidHere, schema.Text{ZH: "此处已作废", EN: "void here"}, schema.Text{
		ZH: "作废有误的请恢复", EN: "restore the record if it was voided in error"}},
	{DuplicateHere, schema.Text{ZH: "此处另一条已计", EN: "here another record counts in its place"}, schema.Text{
		ZH: "确为两件事的请拆开", EN: "separate the records if they are two things"}},
	{IncompleteHere, schema.Text{ZH: "此处不完整，未计", EN: "incomplete here, not counted"}, schema.Text{
		ZH: "请补全登记", EN: "complete the record"}},
	{QuarantinedHere, schema.Text{ZH: "此处被隔离，未计", EN: "quarantined here, not counted"}, schema.Text{
		ZH: "请在隔离区放行或退回", EN: "release the line, or see why it stays"}},
	{OtherYearHere, schema.Text{ZH: "此处记在其他年度", EN: "in another year here"}, schema.Text{
		ZH: "请更正发生时间", EN: "correct the moment"}},
	{OtherUnitHere, schema.Text{ZH: "此处记在其他单位", EN: "of another unit here"}, schema.Text{
		ZH: "请核对单位", EN: "check the unit"}},
	{Nothing, schema.Text{ZH: "两边都不计", EN: "counted on neither side"}, schema.Text{}},
}

// ofStanding is the class of a row paired with a record of a standing.
var ofStanding = map[Standing]Class{
	Void: VoidHere, Duplicate: DuplicateHere, Incomplete: IncompleteHere, Quarantined: QuarantinedHere, OtherYear: OtherYearHere, OtherUnit: OtherUnitHere,
}
