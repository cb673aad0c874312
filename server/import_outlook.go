package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"roadbook/schema"
	"roadbook/server/command"
	"roadbook/server/hub"
	"roadbook/server/imports"
	"roadbook/server/query"
	"roadbook/server/store"
)

// foretell asks what an import would do; nil without a database. A server may be running.
func foretell(ctx context.Context, p *command.Program, b *imports.Batch) (out *imports.Outlook, err error) {
	l, err := hub.OpenReadOnly(ctx, p.Config("data"))
	if errors.Is(err, store.ErrNotFound) {
		fmt.Fprintln(p.Err, "--data 处还没有数据库：只检查了文件本身 · there is no database at --data yet: only the file itself was checked")
		return nil, nil //nolint:nilnil // a file is checked without a database too
	}
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	return l.Importer().Outlook(ctx, b, lookProgress(p))
}

// lookProgress prints the progress of a long look on standard error.
func lookProgress(p *command.Program) func(done, of int) {
	progress := p.TimedProgress()
	return func(done, of int) {
		progress("核对各行是否计入 · looking which rows count", int64(done), int64(of))
	}
}

// printCounting says after an import which rows count.
func printCounting(p *command.Program, o *imports.Outlook) error {
	_, err := fmt.Fprintf(p.Out, "%d 行中计入 %d 行 · of %[1]d rows %[2]d count\n", o.Rows, o.Counting)
	for i := range o.Remarks {
		if r := &o.Remarks[i]; err == nil {
			_, err = fmt.Fprintln(p.Out, remarkTitle(r))
		}
	}
	return err
}

// mostPrinted bounds the examples printed of a remark; --json gives more.
const mostPrinted = 20

// printOutlook prints what an import would do.
func printOutlook(p *command.Program, o *imports.Outlook) error {
	c := o.Changes
	lines := []string{fmt.Sprintf(
		"导入后：新建 %d，更正 %d，恢复 %d，未变 %d；%d 行中计入 %d 行%s · an import would create %[1]d, amend %[2]d, restore %[3]d, leave %[4]d; of %[5]d rows %[6]d count",
		c.Created, c.Amended, c.Restored, c.Unchanged, o.Rows, o.Counting, command.Either(o.Counting < o.Rows, "，其余见下", ""))}
	if o.Apart {
		lines = append(lines, fmt.Sprintf("超过 %d 行：没有与库中的登记比对，重复的行和影响只按表内计算 · more than %[1]d rows: not compared with stored records; what repeats and the effect are of the table alone", imports.MaxMet))
	}
	if o.Unmet > 0 {
		lines = append(lines, fmt.Sprintf("%d 行与别的行同键，数量太多，未推算 · %[1]d rows share keys with others, too many to look at, and were left out", o.Unmet))
	}
	for i := range o.Remarks {
		lines = append(lines, remarkLines(&o.Remarks[i])...)
	}
	lines = append(lines, effectLines(o)...)
	_, err := fmt.Fprintln(p.Out, strings.Join(lines, "\n"))
	return err
}

func remarkTitle(r *imports.Remark) string {
	severity := command.Either(r.Severity == schema.Uncounted, "未计入 not counted", "请核对 check")
	return fmt.Sprintf("%s：%s，%d 行 · %s, rows: %[3]d", severity, r.Name.ZH, r.Rows, r.Name.EN)
}

func remarkLines(r *imports.Remark) []string {
	lines := []string{remarkTitle(r)}
	said := 0
	for i := range r.Examples {
		if i == mostPrinted {
			break
		}
		e := &r.Examples[i]
		at := e.At()
		said += e.Count
		lines = append(lines, "  "+at.ZH+"："+e.Text.ZH+" · "+at.EN+": "+e.Text.EN)
	}
	if rest := r.Rows - said; rest > 0 {
		lines = append(lines, fmt.Sprintf("  另有 %d 行（--json 列出更多） · %[1]d more rows (--json lists more)", rest))
	}
	return lines
}

// effectLines are the figures that change, in columns.
func effectLines(o *imports.Outlook) []string {
	if o.WhyNone != nil {
		return []string{"没有指标变化：" + o.WhyNone.ZH + " · no figure changes: " + o.WhyNone.EN}
	}
	table := [][]string{{"年度 year", "指标 figure", "之前 before", "之后 after", "分子/分母 sides", "判定 verdict", "名称 name"}}
	for i := range o.Effects {
		c := &o.Effects[i]
		table = append(table, []string{
			strconv.Itoa(c.Year), c.ID, valueOf(&c.Before), valueOf(&c.After), sidesOf(&c.Before) + " → " + sidesOf(&c.After),
			verdictOf(&c.Before) + " → " + verdictOf(&c.After), shorten(c.Name),
		})
	}
	return append([]string{"影响 · effect:"}, alignColumns(table)...)
}

func valueOf(s *query.Side) string {
	if s.Value == nil {
		return "—"
	}
	return *s.Value
}

func sidesOf(s *query.Side) string {
	text := func(n *string) string {
		if n == nil {
			return "—"
		}
		return *n
	}
	return text(s.Numerator) + "/" + text(s.Denominator)
}

// verdictOf is the verdict by the target as written, then by HQ's reading of it.
func verdictOf(s *query.Side) string {
	words := func(verdict string) string {
		switch verdict {
		case "pass":
			return "达标"
		case "fail":
			return "未达标"
		}
		return "—"
	}
	if s.Intent != "" {
		return words(s.Literal) + "(" + words(s.Intent) + ")"
	}
	return words(s.Literal)
}

// shorten cuts a name of the target document to a line's rest.
func shorten(name string) string {
	const most = 24
	if r := []rune(name); len(r) > most {
		return string(r[:most]) + "…"
	}
	return name
}

// alignColumns pads the cells of a table; a Chinese character is two columns wide.
func alignColumns(table [][]string) (lines []string) {
	widths := make([]int, len(table[0]))
	for _, row := range table {
		for i, cell := range row {
			widths[i] = max(widths[i], cellWidth(cell))
		}
	}
	for _, row := range table {
		var line strings.Builder
		for i, cell := range row {
			line.WriteString("  " + cell + strings.Repeat(" ", widths[i]-cellWidth(cell)))
		}
		lines = append(lines, strings.TrimRight(line.String(), " "))
	}
	return lines
}

func cellWidth(text string) (n int) {
	for _, r := range text {
		if n++; r >= 0x1100 {
			n++
		}
	}
	return n
}
