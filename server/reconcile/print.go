package reconcile

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"roadbook/schema"
	"roadbook/server/imports"
)

// Print writes a report for people: the totals, the classes, and the first findings of each class.
func (r *Report) Print(w io.Writer, most int) {
	p := printer{w: w}
	unit := r.Unit
	if unit == "" {
		unit = "全部 all"
	}
	p.line("核对 %s %s，%d 年，单位 %s，表 %s · reconciliation with the platform", r.KindLabel.ZH, r.Kind, r.Year, unit, r.File)
	p.line("指标 measure：%s · %s", r.MeasureLabel.ZH, r.MeasureLabel.EN)
	p.line("")
	p.row("", "件数 number", "计 counts", "")
	p.row("平台表合计", grouped(int64(r.Rows)), grouped(r.There), "the platform's table: its rows, and what they count")
	p.row("此处合计", grouped(int64(r.Records)), grouped(r.Here), "here: records of the year, and the measure's total")
	p.row("差额", "", signed(r.Difference), "difference, of which:")
	for _, s := range r.Sums {
		p.row("  "+s.Name.ZH, grouped(int64(s.Number)), signed(s.Share), s.Name.EN)
	}
	p.row("未解释", "", signed(r.Unexplained), "unexplained")
	for _, s := range r.Sums {
		p.class(r, &s, most)
	}
	p.notes(r)
	p.takeOvers(r)
}

type printer struct{ w io.Writer }

func (p *printer) line(format string, args ...any) { fmt.Fprintf(p.w, format+"\n", args...) }

// Columns of the table of classes, in columns of a terminal.
const (
	nameWidth   = 30
	numberWidth = 14
)

func (p *printer) row(name, number, share, english string) {
	text := name + spaces(nameWidth-width(name)) + spaces(numberWidth-width(number)) + number + spaces(numberWidth-width(share)) + share
	if english != "" {
		text += "   " + english
	}
	p.line("%s", strings.TrimRight(text, " "))
}

func spaces(n int) string { return strings.Repeat(" ", max(n, 1)) }

// width is a text's width on a terminal: Chinese characters and full-width punctuation take two columns.
func width(s string) (n int) {
	const wide = 0x2E80
	for _, r := range s {
		n++
		if r >= wide {
			n++
		}
	}
	return n
}

// grouped writes a number with commas.
func grouped(n int64) string {
	text := strconv.FormatInt(max(n, -n), 10)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	if n < 0 {
		return "-" + text
	}
	return text
}

func signed(n int64) string {
	if n > 0 {
		return "+" + grouped(n)
	}
	return grouped(n)
}

// class prints the first findings of a class.
func (p *printer) class(r *Report, s *Sum, most int) {
	all := r.Of(s.Class)
	if len(all) == 0 || s.Class == Nothing {
		return
	}
	p.line("")
	p.line("%s（%d）· %s", s.Name.ZH, s.Number, s.Name.EN)
	if s.ToDo.ZH != "" {
		p.line("→ %s · %s", s.ToDo.ZH, s.ToDo.EN)
	}
	for i := range all {
		if i == most {
			p.line("  …… 其余 %d 件见 --out 的文件或 --json · %[1]d more: see the file of --out, or --json", s.Number-most)
			return
		}
		p.finding(&all[i])
	}
}

func (p *printer) finding(f *Finding) {
	at := ""
	if f.Row > 0 {
		at = "第 " + strconv.Itoa(f.Row) + " 行 row"
	}
	if f.Record != "" {
		at = strings.TrimSpace(at + "  " + f.Record)
	}
	p.line("  %s", strings.TrimSpace(at+"  "+f.Name.ZH+"  "+f.Unit))
	for _, d := range f.Differences {
		p.line("      %s %s：平台 there %s，此处 here %s", d.Label.ZH, d.Label.EN, d.There.ZH, d.Here.ZH)
	}
	if f.Words.ZH != "" && (f.Score != fullScore || len(f.Differences) == 0) {
		p.line("      %s · %s", f.Words.ZH, f.Words.EN)
	}
}

func (p *printer) notes(r *Report) {
	if len(r.Notes) == 0 {
		return
	}
	p.line("")
	for i := range r.Notes {
		if i == 10 {
			p.line("注意 note: 另有 %d 条，见 --json · %[1]d more, see --json", len(r.Notes)-i)
			return
		}
		p.line("注意 note: %s", r.Notes[i].Fault)
	}
}

// takeOvers print both classes taken over, or the plans.
func (p *printer) takeOvers(r *Report) {
	p.line("")
	if r.Adopt != nil {
		p.takeOver(r.Adopt, schema.Text{ZH: "接收只在平台的", EN: "to take over what is only there"}, "--adopt")
	}
	if r.Mark != nil {
		p.takeOver(r.Mark, schema.Text{ZH: "标明只在此处的", EN: "to mark what is only here"}, "--mark")
	}
}

func (p *printer) takeOver(t *TakeOver, what schema.Text, flag string) {
	c := t.Changes
	switch {
	case t.Run != nil && t.Run.ID != "":
		p.line("%s：导入 import %s，新建 %d，更正 %d，恢复 %d，未变 %d（撤销 undo: server import undo %[2]s）", what.ZH, t.Run.ID, c.Created, c.Amended, c.Restored, c.Unchanged)
	case t.Number == 0:
		p.line("%s：没有 · %s: there is none", what.ZH, what.EN)
	case t.Done:
		p.line("%s：没有可做的，未写入 · %s: nothing to do, nothing was written", what.ZH, what.EN)
	default:
		p.line("%s：%d 件，其中 %d 件可写入；未写入，加 %s 才写入 · %s: %[2]d, of which %[3]d can be written; nothing was written, %[4]s writes",
			what.ZH, t.Number, t.Ready, flag, what.EN)
	}
	if t.NoRoom > 0 {
		p.line("  备注已满，%d 件未标 · %[1]d remarks have no room", t.NoRoom)
	}
	p.refused(t.Faults)
}

// refused says why rows can't be taken over: each reason once, with its rows. A missing unit has a remedy of its own.
func (p *printer) refused(faults []imports.Fault) {
	const most = 10
	rows := map[string]int{}
	var reasons []imports.Fault // the first of each
	for _, f := range faults {
		if rows[f.Message.ZH]++; rows[f.Message.ZH] == 1 {
			reasons = append(reasons, f)
		}
	}
	for i, f := range reasons {
		n := rows[f.Message.ZH]
		switch {
		case i == most:
			p.line("  …… 另有 %d 种原因，见 --json · %[1]d more reasons, see --json", len(reasons)-most)
			return
		case f.Field == "unit":
			p.line("  %d 行没有写单位：用 --adopt-unit 指明记入哪个单位 · %[1]d rows name no unit: say with --adopt-unit to which one they belong", n)
		case n == 1:
			p.line("  不能接收 can't be taken over: %s", f)
		default:
			p.line("  不能接收 %d 行，如第 %d 行：%s · %[1]d rows can't be taken over, as row %[2]d: %[4]s", n, f.Row, f.Message.ZH, f.Message.EN)
		}
	}
}
