package reconcile

import (
	"roadbook/schema"
)

// rules say how entries of a kind meet.
type rules struct {
	measure string // of the year's total
	label   schema.Text
	names   []string // fields by which people know an entry
	byDay   bool     // the moment matters by its day alone
	given   string   // a number given by the platform: a record without it differs in nothing

	// index and lookup name the buckets of a record, and the buckets in which a row looks for records.
	index, lookup func(e *Entry) []string
	judge         func(v *verdict, there, here *Entry)

	outside func(here *Entry) schema.Text // why a record that counts adds nothing to the measure
}

var rulesOf = map[string]*rules{
	"plate": {
		measure: "plate_sets", label: schema.Text{ZH: "注册登记发放号牌（副）", EN: "plates issued on registration (sets)"},
		names: []string{"plate_type", "plate_number", "business"}, byDay: true,
		index: plateBuckets, lookup: plateBuckets, judge: judgePlate, outside: outsidePlates,
	},
	"enforcement": {
		measure: "enforcement_on_site", label: schema.Text{ZH: "现场执法（起）", EN: "on-site enforcement (cases)"},
		names:  []string{"document_number", "plate_number", "violation_code"},
		index:  func(e *Entry) []string { return append(numberIndex(e, "document_number"), plateBuckets(e)...) },
		lookup: func(e *Entry) []string { return append(numberLookup(e, "document_number"), plateBuckets(e)...) },
		judge:  judgeTicket, outside: outsideUnknown,
	},
	"accident": {
		measure: "accident_counted", label: schema.Text{ZH: "计入的交通事故（起，自行协商除外）", EN: "accidents that count (all but self-settled)"},
		names: []string{"platform_number", "case_number", "severity"}, given: "platform_number",
		index: accidentIndex, lookup: accidentLookup, judge: judgeAccident, outside: outsideAccidents,
	},
}

// Kinds are the kinds with rules.
var Kinds = []string{"plate", "enforcement", "accident"}

func outsidePlates(here *Entry) schema.Text {
	if here.value("spoiled").I == 1 {
		return schema.Text{ZH: "此处是废牌，不计", EN: "spoiled here, not counted"}
	}
	if here.field("business") != "register" {
		return schema.Text{ZH: "此处指标只计注册登记", EN: "the measure here counts registrations alone"}
	}
	return outsideUnknown(here)
}

func outsideAccidents(here *Entry) schema.Text {
	if here.field("procedure") == "self" {
		return schema.Text{ZH: "此处是自行协商，不计", EN: "self-settled here, not counted"}
	}
	return outsideUnknown(here)
}

func outsideUnknown(*Entry) schema.Text {
	return schema.Text{ZH: "此处计 0", EN: "counts 0 here"}
}

// plateBuckets: one for each plate; vehicles without a plate meet by other numbers alone.
func plateBuckets(e *Entry) []string {
	if n := e.field("plate_number"); n != "" && n != schema.NoPlate {
		return []string{"p:" + e.fold("plate_number")}
	}
	return nil
}

// numberIndex: the bucket of a number, and of its stems: a record's number may have a suffix.
func numberIndex(e *Entry, field string) (out []string) {
	n := e.fold(field)
	if n == "" {
		return nil
	}
	out = []string{field + "=" + n}
	for _, stem := range stems(n) {
		out = append(out, field+"<"+stem)
	}
	return out
}

// numberLookup: the bucket of a number, of its stems, and of the numbers of which it is the stem.
func numberLookup(e *Entry, field string) (out []string) {
	n := e.fold(field)
	if n == "" {
		return nil
	}
	out = []string{field + "=" + n, field + "<" + n}
	for _, stem := range stems(n) {
		out = append(out, field+"="+stem)
	}
	return out
}

// stems are the begins of a number, without a suffix of up to mostSuffix bytes.
func stems(n string) (out []string) {
	for k := 1; k <= mostSuffix && len(n)-k >= leastStem; k++ {
		out = append(out, n[:len(n)-k])
	}
	return out
}

func accidentIndex(e *Entry) []string {
	out := append(numberIndex(e, "platform_number"), numberIndex(e, "case_number")...)
	if e.Day != 0 {
		out = append(out, "day="+e.Day.String())
	}
	return out
}

func accidentLookup(e *Entry) []string {
	out := append(numberLookup(e, "platform_number"), numberLookup(e, "case_number")...)
	if e.Day != 0 {
		for n := -1; n <= 1; n++ {
			out = append(out, "day="+e.Day.AddDays(n).String())
		}
	}
	return out
}

// judgePlate: one number, written alike; then type, business and day.
func judgePlate(v *verdict, there, here *Entry) {
	if there.field("plate_number") == here.field("plate_number") {
		v.take(0, "同一号牌", "the same plate")
	} else {
		v.take(10, "号牌仅 O/0、I/1 之别", "the plates differ by O/0 or I/1 alone")
	}
	v.code(there, here, "plate_type", 15, "号牌种类不同", "another type of plate")
	v.code(there, here, "business", 20, "业务类型不同", "another business")
	const firstDay, eachDay, week, far = 10, 5, 7, 45
	switch n := daysApart(there, here); {
	case n == 0:
		v.take(0, "同日", "the same day")
	case there.Day != 0 && here.Day != 0 && -week <= n && n <= week:
		v.take(firstDay+eachDay*(max(n, -n)-1), laterZH(n), laterEN(n))
	default:
		v.take(far, "日期相差超过一周", "more than a week apart")
	}
}

// code takes a field with different values on both sides; a missing value says nothing.
func (v *verdict) code(there, here *Entry, field string, cost int, zh, en string) {
	if a, b := there.field(field), here.field(field); a != "" && b != "" && a != b {
		v.take(cost, zh, en)
	}
}

var (
	ticketNumber = map[likeness]int{spelling: 5, suffixed: 10, unknown: 15, different: 30}
	ticketPlate  = map[likeness]int{spelling: 5, suffixed: 30, unknown: 15, different: 30}
	ticketTime   = timeCosts{upTo: []int64{5, 30, 120}, points: []int{0, 5, 15}, halfDay: 15, more: 45, aDay: 15}
)

// judgeTicket: document and plate, then moment and violation.
func judgeTicket(v *verdict, there, here *Entry) {
	v.number(compareNumbers(there, here, "document_number"), "文书编号", "the document number", ticketNumber)
	v.number(compareNumbers(there, here, "plate_number"), "号牌", "the plate", ticketPlate)
	v.time(there, here, &ticketTime)
	v.code(there, here, "violation_code", 15, "违法代码不同", "another violation")
}

var (
	accidentNumber = map[likeness]int{same: 0, spelling: 5, suffixed: 5}
	accidentCase   = map[likeness]int{same: 5, spelling: 10, suffixed: 10}
	accidentTime   = timeCosts{upTo: []int64{5, 30, 60, 180}, points: []int{0, 5, 10, 25}, halfDay: 15, more: 40, aDay: 20}
)

// judgeAccident: one number of both, the platform's or 122's; else moment and place.
func judgeAccident(v *verdict, there, here *Entry) {
	number := compareNumbers(there, here, "platform_number")
	call := compareNumbers(there, here, "case_number")
	known := func(l likeness) bool { return l == same || l == spelling || l == suffixed }
	switch {
	case known(number):
		v.number(number, "平台编号", "the platform's number", accidentNumber)
	case known(call):
		v.number(call, "122 警情编号", "the 122 number", accidentCase)
	case number == different || call == different:
		v.take(40, "编号不同", "the numbers differ")
		v.place(there, here)
	default:
		v.take(15, "没有共同的编号", "no number on both sides")
		v.place(there, here)
	}
	v.time(there, here, &accidentTime)
	v.code(there, here, "severity", 10, "事故后果不同", "another severity")
}
