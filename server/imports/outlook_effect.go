package imports

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"

	"roadbook/schema"
	"roadbook/schema/catalogue"
	"roadbook/server/query"
	"roadbook/sync/tally"
)

// noteMeasure notes a baseline or a count of business that no indicator reads.
func (f *foresight) noteMeasure(r *foreseen, e *event, say sayFunc) {
	v := r.after
	if v.Kind != catalogue.Baseline && v.Kind != "count" {
		return
	}
	cs := tally.Contributions(f.counter, v, e.members)
	if v.Kind == "count" {
		for _, c := range cs {
			if base, what, divided := strings.Cut(c.Measure, ":"); divided && base != "reported" && !f.isRead(c.Measure) {
				say(remarkUnread, schema.Uncounted, what, f.sayUnread("业务项目", what, base+":"))
			}
		}
		return
	}
	measure, _ := v.Fields.Get("measure")
	b, ok := tally.BaselineOf(v.Unit, cs)
	switch {
	case !ok:
		say(remarkMeasure, schema.Uncounted, measure.S, f.sayUnread("计量项", measure.S, ""))
		return
	case !f.isRead(b.Measure):
		say(remarkUnread, schema.Uncounted, measure.S, f.sayUnread("计量项", measure.S, ""))
	}
	f.baselines[b] = r.row
}

// eachRead calls do with each measure that a formula reads, until do returns false.
func (f *foresight) eachRead(do func(c *catalogue.Catalogue, measure string) bool) {
	for _, c := range f.latest {
		for _, i := range c.Indicators() {
			formulas := []*catalogue.Formula{i.Formula}
			for _, co := range i.Companions {
				formulas = append(formulas, co.Formula)
			}
			for _, formula := range formulas {
				if formula != nil && slices.ContainsFunc(formula.Measures(), func(m string) bool { return !do(c, m) }) {
					return
				}
			}
		}
	}
}

// isRead reports whether a formula of any year reads the measure, or the whole of which it is a dimension.
func (f *foresight) isRead(measure string) (read bool) {
	f.eachRead(func(_ *catalogue.Catalogue, m string) bool {
		read = m == measure || strings.HasPrefix(measure, m+":")
		return !read
	})
	return read
}

// sayUnread names the nearest measures that formulas read, by name or label; prefix is left out of their names.
func (f *foresight) sayUnread(what, typed, prefix string) schema.Text {
	type near struct {
		name, label      string
		common, distance int
	}
	var found []near
	want := foldText(typed)
	f.eachRead(func(c *catalogue.Catalogue, m string) bool {
		name, ok := strings.CutPrefix(m, prefix)
		bare, _, _ := strings.Cut(c.Label(m).ZH, "（")
		if ok && !slices.ContainsFunc(found, func(n near) bool { return n.name == name }) {
			found = append(found, near{
				name, c.Label(m).ZH, commonPairs(want, foldText(bare)), min(schema.Distance(want, foldText(name)), schema.Distance(want, foldText(bare))),
			})
		}
		return true
	})
	slices.SortStableFunc(found, func(a, b near) int {
		return cmp.Or(cmp.Compare(b.common, a.common), cmp.Compare(a.distance, b.distance))
	})
	var list []string
	for _, n := range found[:min(len(found), 3)] {
		list = append(list, n.name+" "+n.label)
	}
	names := strings.Join(list, "、")
	return schema.Text{
		ZH: what + "“" + clip(typed) + "”没有任何指标使用，导入后不影响任何数字。最接近：" + names,
		EN: "no indicator reads “" + clip(typed) + "”: imported, it changes no figure. Nearest: " + names,
	}
}

// commonPairs counts the pairs of neighbouring characters of a typed word that a label has too: 事故数 has 事故 in common with
// 交通事故起数, and of all labels of four characters none.
func commonPairs(typed, label string) (n int) {
	r := []rune(typed)
	for i := 1; i < len(r); i++ {
		if strings.Contains(label, string(r[i-1:i+1])) {
			n++
		}
	}
	return n
}

// noteBaselines notes overlapping baselines of which the table has one.
func (f *foresight) noteBaselines(ctx context.Context, q *query.Query) error {
	if len(f.baselines) == 0 {
		return nil
	}
	fallen, err := q.FallenBaselines(ctx)
	for _, x := range fallen {
		row, falls := f.baselines[x.Baseline]
		over, fells := f.baselines[x.Over]
		switch {
		case falls:
			if !f.missing[row] {
				f.out.Counting--
			}
			f.remarks.add(remarkFalls, schema.Uncounted, itoa(row), row, sayFallen(&x.Over, over, "不计入，由", "代替", "falls: counted is "))
		case fells:
			f.remarks.add(remarkFells, schema.Check, itoa(over)+x.Baseline.Unit+x.Baseline.From.String(), over, sayFallen(&x.Baseline, 0, "库中", "不再计入", "no longer counted is the stored "))
		}
	}
	return err
}

func sayFallen(b *tally.Baseline, row int, zh, after, en string) schema.Text {
	name := b.Unit + " " + b.Measure + " " + b.From.String() + "—" + b.To.String()
	text := schema.Text{ZH: zh + "基数 " + name, EN: en + "baseline " + name}
	if row > 0 {
		text.ZH, text.EN = text.ZH+"（第 "+itoa(row)+" 行）", text.EN+" (row "+itoa(row)+")"
	}
	text.ZH += after
	return text
}

// addEffects evaluates the tables of the years concerned before and after.
func (f *foresight) addEffects(ctx context.Context) error {
	before, after := f.im.Query.Over(f.im.Store), f.im.Query.Over(f.overlay)
	lists := len(f.overlay.created)+len(f.overlay.changed) > 0
	if from := f.firstYear(); lists || from > 0 {
		if lists {
			from = 0
		}
		old, err := before.Tables(ctx, from)
		if err != nil {
			return err
		}
		now, err := after.Tables(ctx, from)
		if err != nil {
			return err
		}
		for i := range now {
			f.out.Effects = append(f.out.Effects, query.Compare(old[i], now[i])...)
		}
	}
	if len(f.out.Effects) == 0 {
		f.out.WhyNone = f.whyNone(f.im.Query)
	}
	return nil
}

// firstYear is the year of the first sum that changes; 0: none does.
func (f *foresight) firstYear() (year int) {
	for at := range f.overlay.sums {
		if y := at.day.Year(); year == 0 || y < year {
			year = y
		}
	}
	return year
}

// whyNone says why no figure changes.
func (f *foresight) whyNone(q *query.Query) *schema.Text {
	c := &f.out.Changes
	switch {
	case c.empty():
		return &schema.Text{ZH: "各行都已导入过，没有变化", EN: "every row was imported before and has not changed"}
	case f.counted == 0:
		return &schema.Text{ZH: "没有一行计入，原因见上", EN: "no row counts, for the reasons above"}
	case len(f.overlay.sums) == 0:
		return &schema.Text{ZH: "这些行不改变任何汇总", EN: "these rows change no sum"}
	}
	missing, have := map[string]bool{}, q.Years()
	measures := map[string]bool{}
	for at := range f.overlay.sums {
		if y := at.day.Year(); !slices.Contains(have, y) {
			missing[strconv.Itoa(y)] = true
		} else if !strings.HasPrefix(at.measure, "reported:") {
			measures[at.measure] = true
		}
	}
	if years := slices.Sorted(maps.Keys(missing)); len(years) > 0 && len(measures) == 0 {
		list := strings.Join(years[:min(len(years), 5)], "、")
		return &schema.Text{ZH: list + " 年还没有发布指标，发布后自动计入", EN: "there are no targets for " + list + " yet: the rows count when they are published"}
	}
	names := slices.Sorted(maps.Keys(measures))
	list := strings.Join(names[:min(len(names), 5)], "、")
	return &schema.Text{ZH: "没有指标使用这些行的数字：" + list, EN: "no indicator reads the numbers of these rows: " + list}
}
