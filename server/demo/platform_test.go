package demo

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"roadbook/server/demo/truth"
)

// The ministry's platform in the demo's year: its tables made from the facts, and then changed in eight ways.

// The ways in which a table is changed.
const (
	onlyThere   = iota // a row more
	onlyHere           // a row less
	otherMoment        // the day before, or twelve hours
	otherField         // another value
	twiceThere         // a row again
	otherNumber        // letters for digits, or a suffix
	cancelled          // taken back there
	otherYear          // a row more, of the year before
	ways
)

// platformRow is a row with the finding that it must get: "" is equal or, of what the measure does not count, not_measured.
type platformRow struct {
	cells  []string
	class  string
	fields string // that differ
}

// platform is a table, and what must be said about it.
type platform struct {
	kind, header string
	rows         []platformRow
	removed      []string // the names, in the findings, of what is only here
	there, here  int64
	notMeasured  int
	nothing      int // records here outside of the measure, which the table lacks
	changed      [ways]int
}

func (p *platform) add(class, fields string, cells ...string) {
	p.rows = append(p.rows, platformRow{cells, class, fields})
	if class != "cancelled_there" {
		p.there++
	}
}

// table is the CSV file.
func (p *platform) table() string {
	var b strings.Builder
	b.WriteString(p.header + "\n")
	for _, r := range p.rows {
		b.WriteString(strings.Join(r.cells, ",") + "\n")
	}
	return b.String()
}

// wayOf deals ways to some of n facts, evenly over the year: each way so often.
func wayOf(n, each int, ok func(i int) bool) map[int]int {
	var can []int
	for i := range n {
		if ok(i) {
			can = append(can, i)
		}
	}
	out := map[int]int{}
	if total := each * ways; len(can) >= total {
		for k := range total {
			out[can[k*len(can)/total]] = k % ways
		}
	}
	return out
}

// platesThere is the table of plates. Only plain registrations are changed: one set each.
func platesThere(w *truth.World, each int) *platform {
	p := &platform{kind: "plate", header: "发牌日期,号牌种类,号牌号码,业务类型,数量,单位,状态"}
	plain := func(i int) bool {
		f := &w.Plates[i]
		return f.Business == "register" && !f.Spoiled && f.Sets == 1 && f.Number < "冀F98" && f.At.YearDay() > 5
	}
	way := wayOf(len(w.Plates), each, plain)
	for i := range w.Plates {
		f := &w.Plates[i]
		if f.Business == "register" && !f.Spoiled {
			p.here += f.Sets
		} else {
			p.notMeasured++
		}
		row := []string{f.At.Format(time.DateOnly), f.Type, f.Number, f.Business, fmt.Sprint(f.Sets), f.Unit, "正常"}
		if k, changed := way[i]; changed {
			p.changePlate(k, f, row)
			continue
		}
		p.add("", "", row...)
		p.there += f.Sets - 1
	}
	return p
}

func (p *platform) changePlate(way int, f *truth.Plate, row []string) {
	p.changed[way]++
	with := func(i int, text string) []string {
		out := slices.Clone(row)
		out[i] = text
		return out
	}
	switch way {
	case onlyThere:
		p.add("", "", row...)
		p.add("only_there", "", with(2, fmt.Sprintf("冀F%05d", 70000+len(p.rows)))...)
	case onlyHere:
		p.removed = append(p.removed, f.Number)
	case otherMoment:
		p.add("differs", "occurred_at", with(0, f.At.AddDate(0, 0, -1).Format(time.DateOnly))...)
	case otherField:
		p.add("differs", "business", with(3, "renew")...)
	case twiceThere:
		p.add("", "", row...)
		p.add("twice_there", "", row...)
	case otherNumber:
		p.add("differs", "plate_number", with(2, strings.Replace(f.Number, "0", "O", 1))...)
	case cancelled:
		p.add("cancelled_there", "", with(6, "已作废")...)
	case otherYear:
		p.add("", "", row...)
		old := with(0, "2019-06-03")
		old[2] = fmt.Sprintf("冀F%05d", 80000+len(p.rows))
		p.add("other_year_there", "", old...)
	}
}

// ticketsThere is the table of tickets.
func ticketsThere(w *truth.World, each int) *platform {
	p := &platform{kind: "enforcement", header: "决定书编号,违法时间,违法行为代码,号牌号码,道路类型,单位,文书状态"}
	way := wayOf(len(w.Offences), each, func(i int) bool { return w.Offences[i].Plate != "-" && w.Offences[i].Document < "13063620209" })
	for i := range w.Offences {
		f := &w.Offences[i]
		p.here++
		row := []string{f.Document, f.At.Format(time.DateTime), f.Violation, f.Plate, fmt.Sprint(f.RoadType), f.Unit, "已处理"}
		k, changed := way[i]
		if !changed {
			p.add("", "", row...)
			continue
		}
		later := f.At.Add(12 * time.Hour)
		if later.YearDay() != f.At.YearDay() {
			later = f.At.Add(-12 * time.Hour)
		}
		p.change(k, row, f.Document, rowChange{moment: 1, later: later, field: 4, value: "29", name: "road_type", number: "document_number", status: 6})
	}
	return p
}

// accidentsThere is the table of accidents: the platform has no self-settled ones, and numbers of its own.
func accidentsThere(w *truth.World, each int) *platform {
	p := &platform{kind: "accident", header: "事故编号,事故发生时间,122 警情编号,现场死亡人数,单位,状态"}
	way := wayOf(len(w.Accidents), each, func(i int) bool {
		f := &w.Accidents[i]
		return f.At.Year() == 2020 && !f.SelfSettled && f.Case < "122-2020-088" && f.At.YearDay() > 5 && f.At.YearDay() < 360
	})
	for i := range w.Accidents {
		f := &w.Accidents[i]
		switch {
		case f.At.Year() != 2020:
			continue
		case f.SelfSettled:
			p.nothing++
			continue
		}
		p.here++
		number := f.Platform
		if number == "" {
			number = fmt.Sprintf("PT2020%08d", i)
		}
		row := []string{number, f.At.Format(time.DateTime), f.Case, fmt.Sprint(f.DeadAtScene), f.Unit, "正常"}
		k, changed := way[i]
		if !changed {
			p.add("", "", row...)
			continue
		}
		p.change(k, row, f.Case, rowChange{moment: 1, later: f.At.Add(12 * time.Hour), field: 3, value: "9", name: "dead", number: "case_number", status: 5})
	}
	return p
}

// rowChange names the columns of a change.
type rowChange struct {
	moment, field, status int
	later                 time.Time
	value, name           string // of the changed field
	number                string // the field of the number with the changed spelling
}

// change changes a row of a ticket or an accident; name is how a finding names the record.
func (p *platform) change(way int, row []string, name string, c rowChange) {
	p.changed[way]++
	with := func(i int, text string) []string {
		out := slices.Clone(row)
		out[i] = text
		return out
	}
	numberColumn := 0
	if c.number == "case_number" {
		numberColumn = 2
	}
	another := func(at string) []string {
		out := with(c.moment, at)
		out[0] = fmt.Sprintf("NEU2020%08d", len(p.rows))
		if numberColumn == 2 {
			out[2] = fmt.Sprintf("新-%08d", len(p.rows)*7919)
		} else {
			out[3] = "京N99999"
		}
		return out
	}
	switch way {
	case onlyThere:
		p.add("", "", row...)
		p.add("only_there", "", another(row[c.moment][:11]+"03:07:00")...)
	case onlyHere:
		p.removed = append(p.removed, name)
	case otherMoment:
		p.add("differs", "occurred_at", with(c.moment, c.later.Format(time.DateTime))...)
	case otherField:
		p.add("differs", c.name, with(c.field, c.value)...)
	case twiceThere:
		p.add("", "", row...)
		p.add("twice_there", "", row...)
	case otherNumber:
		p.add("differs", c.number, with(numberColumn, name+"-2")...)
	case cancelled:
		p.add("cancelled_there", "", with(c.status, "已撤销")...)
	case otherYear:
		p.add("", "", row...)
		p.add("other_year_there", "", another("2019-06-03 08:00:00")...)
	}
}
