package recounttest

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"roadbook/schema"
	"roadbook/server/query"
	"roadbook/server/store"
)

// oddities are slips without a place among the crowd's drafts: far years, a project's number, a death known to two officers, a casualty on
// a plate, and an amendment of another kind.
func (p *people) oddities() {
	g := p.officer()
	for _, at := range []string{"1920-06-21T08:00:00+08:00", "2030-06-21T08:00:00+08:00"} {
		for _, by := range []*gadget{g, p.in} {
			f := p.draft("incident", by.unit())
			f["occurred_at"] = msText(momentOf(at))
			p.note(by, "incident", f)
		}
	}
	survey := p.draft("survey", g.unit())
	survey["project"], survey["serial"] = "5", "900"
	p.note(g, "survey", survey)

	first := p.draft("accident", g.unit())
	first["platform_number"] = "1306ZF2099"
	o := p.stranger(g)
	second := maps.Clone(first)
	second["unit"] = o.unit()
	for _, t := range []*topic{p.note(g, "accident", first), p.note(o, "accident", second)} {
		p.casualty(t, g, 24*hour)
	}
	clerk := p.gadgets[5]
	plate := p.beginKind(clerk, "plate", clerk.unit())
	p.casualty(plate, g, hour)
	p.add(plate, p.hq, &Said{Kind: "congestion", Act: "amend", Fields: map[string]string{"minutes": "5"}}, "amend")
}

// doubtsTold are the doubts in the export of a site.
func (w *site) doubtsTold() map[DoubtKey]bool {
	q := query.New(query.Config{
		Store: w.store, Schema: schema.Default(), Catalogues: w.cats, Counter: w.count,
		DeliveringDevices: func(context.Context) ([]query.DeliveringDevice, error) { return nil, nil },
	})
	export := map[DoubtKey]bool{}
	must(w.t, q.Records(w.t.Context(), store.RecordQuery{}, true, func(r *query.Record) error {
		for _, d := range r.Doubts {
			export[DoubtKey{r.ID, d.Code, d.Item, d.Other}] = true
		}
		return nil
	}))
	return export
}

// yearsWithTargets are the years of a site's catalogues.
var yearsWithTargets = []int{2019, 2020, 2021}

func (c *Crowd) doubts() map[DoubtKey]bool {
	return told(Doubting{Records: c.Listed(), Years: yearsWithTargets})
}

// told are the doubts that an export tells without a follower.
func told(d Doubting) map[DoubtKey]bool {
	all := d.Doubts()
	maps.DeleteFunc(all, func(k DoubtKey, _ bool) bool { return k.Code == SameNumber })
	return all
}

// unequal lists the doubts of one side alone.
func unequal(got, want map[DoubtKey]bool) (out []string) {
	for k := range got {
		if !want[k] {
			out = append(out, fmt.Sprintf("not recounted: %+v", k))
		}
	}
	for k := range want {
		if !got[k] {
			out = append(out, fmt.Sprintf("not told: %+v", k))
		}
	}
	slices.Sort(out)
	return out
}

// unnoticed are the rules without which the recounted doubts still equal a site's.
func (w *site) unnoticed(c *Crowd, rules []Rule) (out []Rule) {
	export, all := w.doubtsTold(), c.Listed()
	for _, rule := range rules {
		if len(unequal(export, told(Doubting{Records: all, Years: yearsWithTargets, Without: rule}))) == 0 {
			out = append(out, rule)
		}
	}
	w.t.Logf("of %d rules about doubts %d are noticed, not %q", len(rules), len(rules)-len(out), out)
	return out
}

// compareDoubts: the doubts of every record equal the recount.
func (w *site) compareDoubts(what string, want map[DoubtKey]bool) {
	w.t.Helper()
	if wrong := unequal(w.doubtsTold(), want); len(wrong) > 0 {
		w.t.Fatalf("%s: %d of %d doubts differ:\n%s", what, len(wrong), len(want), strings.Join(wrong[:min(len(wrong), 12)], "\n"))
	}
}

// TestDoubtCodesAreAll: the recount knows every doubt of the program.
func TestDoubtCodesAreAll(t *testing.T) {
	for _, d := range schema.Default().Doubts() {
		if !isAmong(d.Code, doubtCodes) {
			t.Errorf("nobody recounts %s", d.Code)
		}
	}
}
