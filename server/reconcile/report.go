package reconcile

import (
	"cmp"
	"slices"

	"roadbook/schema"
	"roadbook/server/imports"
)

// Report is a comparison for people and programs. Amounts are of the kind's measure.
type Report struct {
	Kind         string      `json:"kind"`
	KindLabel    schema.Text `json:"kind_label"`
	Year         int         `json:"year"`
	Unit         string      `json:"unit,omitempty"`
	File         string      `json:"file"`
	Digest       string      `json:"digest"`
	Measure      string      `json:"measure"`
	MeasureLabel schema.Text `json:"measure_label"`

	Rows    int `json:"rows"`    // of the table, empty and skipped ones left out
	Records int `json:"records"` // of the year here, counting or not

	There       int64 `json:"there"` // sum of the table: sets of plates, else rows
	Here        int64 `json:"here"`  // the measure's total of the year, as the figures have it
	Difference  int64 `json:"difference"`
	Sums        []Sum `json:"classes"`
	Unexplained int64 `json:"unexplained"` // difference less the classes' shares: 0, or the sums here are wrong

	Findings []Finding `json:"findings"`           // all but equal pairs, by class and row
	LeftOut  int       `json:"left_out,omitempty"` // findings not listed

	Faults []imports.Fault `json:"faults,omitempty"` // of the table, the first 1,000
	Notes  []imports.Note  `json:"notes,omitempty"`

	Adopt *TakeOver `json:"adopt,omitempty"` // rows only there
	Mark  *TakeOver `json:"mark,omitempty"`  // records only here
}

// Sum is the share of a class in the difference.
type Sum struct {
	Class  Class       `json:"class"`
	Name   schema.Text `json:"name"`
	ToDo   schema.Text `json:"to_do,omitzero"`
	Number int         `json:"number"`
	Share  int64       `json:"share"` // amount there less amount here
}

// TakeOver is one class taken over in one run, or the plan for it.
type TakeOver struct {
	Number  int             `json:"number"` // rows or records of the class
	Ready   int             `json:"ready"`  // can be written
	Done    bool            `json:"done"`   // false: a dry run
	Changes imports.Changes `json:"changes"`
	NoRoom  int             `json:"no_room,omitempty"` // the remark is too long for more words
	Faults  []imports.Fault `json:"faults,omitempty"`  // why rows can't be taken over, the first 1,000
	Run     *imports.Run    `json:"run,omitempty"`     // takes it back: server import undo RUN
}

const mostFaults = 1000

// fill puts the findings into the report and adds up the classes.
func (r *Report) fill(findings []Finding, c *imports.Comparison) {
	findings = append(findings, faultyRows(c)...)
	rank, sums := map[Class]int{}, make([]Sum, len(classes))
	for i, of := range classes {
		rank[of.class] = i
		sums[i] = Sum{Class: of.class, Name: of.name, ToDo: of.todo}
	}
	listed := map[int]bool{}
	for i := range findings {
		f := &findings[i]
		s := &sums[rank[f.Class]]
		s.Share += f.There - f.Here
		if f.Class != Faulty || !listed[f.Row] {
			s.Number++
		}
		listed[f.Row] = true
	}
	unlisted := c.Batch.Faulty - sums[rank[Faulty]].Number // beyond the first 1,000 faults
	sums[rank[Faulty]].Number += unlisted
	sums[rank[Faulty]].Share += int64(unlisted)
	r.There = int64(unlisted)
	for i := range findings {
		r.There += findings[i].There
	}
	slices.SortFunc(findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(rank[a.Class], rank[b.Class]), cmp.Compare(a.Row, b.Row), cmp.Compare(a.Day, b.Day), cmp.Compare(a.Record, b.Record))
	})
	r.Findings = slices.DeleteFunc(findings, func(f Finding) bool { return f.Class == Equal })
	r.Difference = r.There - r.Here
	r.Unexplained = r.Difference
	for _, s := range sums {
		r.Unexplained -= s.Share
		if s.Number > 0 {
			r.Sums = append(r.Sums, s)
		}
	}
}

// faultyRows are the unreadable rows, as far as their faults are listed. Each counts one there.
func faultyRows(c *imports.Comparison) (out []Finding) {
	for _, f := range c.Batch.Faults {
		if f.Row == 0 {
			continue
		}
		text := schema.Text{ZH: f.Message.ZH, EN: f.Message.EN}
		if f.Name != "" {
			text = schema.Text{ZH: f.Name + "：" + text.ZH, EN: f.Name + ": " + text.EN}
		}
		if n := len(out) - 1; n >= 0 && out[n].Row == f.Row {
			out[n].Words.ZH += "；" + text.ZH
			out[n].Words.EN += "; " + text.EN
			continue
		}
		out = append(out, Finding{Class: Faulty, Row: f.Row, Words: text, There: 1, index: -1})
	}
	return out
}

// Of returns the findings of a class.
func (r *Report) Of(class Class) (out []Finding) {
	for i := range r.Findings {
		if r.Findings[i].Class == class {
			out = append(out, r.Findings[i])
		}
	}
	return out
}

// Limit keeps the first findings of each class, and counts the rest.
func (r *Report) Limit(most int) {
	seen := map[Class]int{}
	r.Findings = slices.DeleteFunc(r.Findings, func(f Finding) bool {
		seen[f.Class]++
		if seen[f.Class] > most {
			r.LeftOut++
			return true
		}
		return false
	})
}
