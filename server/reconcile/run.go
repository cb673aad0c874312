package reconcile

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"roadbook/schema"
	"roadbook/server/imports"
	"roadbook/server/store"
	"roadbook/sync/tally"
)

// ErrUnexplained: the classes don't add up to the difference. The sums here disagree with the records.
var ErrUnexplained = errors.New("差额没有全部解释：此处的合计与记录不符，请运行 server verify · the difference is not explained: the sums here disagree with the records, run server verify")

// Importer writes runs, each with an undo.
type Importer interface {
	Plan(ctx context.Context, b *imports.Batch) (imports.Changes, error)
	Import(ctx context.Context, b *imports.Batch, opt imports.Options) (*imports.Run, error)
	PlanMark(ctx context.Context, m *imports.Marking) (imports.Marked, error)
	Mark(ctx context.Context, m *imports.Marking) (*imports.Run, imports.Marked, error)
}

// Reconciler compares tables with a store. It is safe for many goroutines.
type Reconciler struct {
	Store    store.Reader
	Schema   *schema.Schema
	Counter  func() *tally.Counter
	Importer Importer
}

// Question is a table and its scope. Without Adopt and Mark nothing is written: a dry run.
type Question struct {
	Scope
	Mapping   *imports.Mapping
	File      string
	Src       io.ReaderAt
	Size      int64 // bytes
	Adopt     bool
	AdoptUnit string // unit of adopted rows that name none; "": the scope's
	Mark      bool
	By        string // for the log
}

// check refuses a kind or year without a comparison.
func (q *Question) check() error {
	if kind := q.Mapping.Kind.Name; rulesOf[kind] == nil {
		return refuse("只能核对 plate（号牌）、enforcement（现场执法）、accident（事故），不能核对 "+kind, "only plate, enforcement and accident can be compared, not "+kind)
	}
	if q.Year < 1900 || q.Year > 9998 {
		return refuse("年度应为四位数，如 2020", "a year has four digits, as 2020")
	}
	return nil
}

// Run compares, and takes over the classes named by the question. imports.ErrFaults: the file can't be read; the report has its faults.
// ErrUnexplained: the report shows what remains, and nothing was taken over.
func (r *Reconciler) Run(ctx context.Context, q Question) (*Report, error) {
	if err := q.check(); err != nil {
		return nil, err
	}
	defer imports.Frugal()()
	c := imports.ReadForComparison(q.Mapping, q.File, q.Src, q.Size)
	out, err := r.compare(ctx, &q, c)
	if err == nil && out.Unexplained != 0 { // lines may have arrived between two pages: look once more
		out, err = r.compare(ctx, &q, c)
	}
	if err != nil {
		return out, err
	}
	if out.Unexplained != 0 {
		return out, fmt.Errorf("%w（%+d）", ErrUnexplained, out.Unexplained)
	}
	if out.Adopt, err = r.adopt(ctx, &q, c, out); err != nil {
		return out, err
	}
	out.Mark, err = r.mark(ctx, &q, out)
	return out, err
}

func (r *Reconciler) compare(ctx context.Context, q *Question, c *imports.Comparison) (*Report, error) {
	kind := q.Mapping.Kind
	of := rulesOf[kind.Name]
	out := &Report{
		Kind: kind.Name, KindLabel: kind.Label, Year: q.Year, Unit: q.Unit, File: c.Batch.File, Digest: c.Batch.Digest,
		Measure: of.measure, MeasureLabel: of.label, Rows: c.Batch.Total - c.Batch.Skipped,
		Faults: c.Batch.Faults, Findings: []Finding{},
	}
	unread, err := unreadNotes(c)
	if err != nil {
		return nil, err
	}
	out.Notes = slices.Concat(c.Batch.Notes, unread)
	if c.Batch.Broken {
		return out, imports.ErrFaults
	}
	in := reader{store: r.Store, schema: r.Schema, kind: kind, rules: of, counter: r.Counter(), scope: q.Scope, units: map[string]string{}}
	if out.Here, err = in.total(ctx); err != nil {
		return nil, err
	}
	here, err := in.ofYear(ctx, imports.MostCompared)
	if err != nil {
		return nil, err
	}
	out.Records = len(here)
	there, err := entriesOf(c, q.Unit)
	if err != nil {
		return nil, err
	}
	findings, err := Compare(kind, q.Scope, c.Has, there, here, func(rows []*Entry) ([]Entry, error) {
		return in.outside(ctx, rows)
	})
	if err != nil {
		return nil, err
	}
	out.fill(findings, c)
	return out, nil
}

// unreadNotes are the unreadable cells, left out of the comparison: the first 1,000.
func unreadNotes(c *imports.Comparison) (out []imports.Note, err error) {
	err = c.Each(func(r *imports.ComparedRow) error {
		for _, f := range r.Unread {
			if len(out) < mostFaults {
				f.Message = schema.Text{ZH: f.Message.ZH + "，该格不比较", EN: f.Message.EN + ": not compared"}
				out = append(out, imports.Note{Fault: f})
			}
		}
		return nil
	})
	return out, err
}

// adopt imports the rows only there, or plans the import.
func (r *Reconciler) adopt(ctx context.Context, q *Question, c *imports.Comparison, report *Report) (*TakeOver, error) {
	rows := map[int]bool{}
	for i := range report.Findings {
		if report.Findings[i].Class == OnlyThere {
			rows[report.Findings[i].index] = true
		}
	}
	unit := q.AdoptUnit
	if unit == "" {
		unit = q.Unit
	}
	b, faults, err := c.Select(func(index int) bool { return rows[index] }, unit)
	if err != nil {
		return nil, err
	}
	out := &TakeOver{Number: len(rows), Ready: b.Valid(), Faults: faults[:min(len(faults), mostFaults)]}
	if b.Valid() == 0 {
		out.Done = q.Adopt
		return out, nil
	}
	if !q.Adopt {
		out.Changes, err = r.Importer.Plan(ctx, b)
		return out, err
	}
	out.Run, err = r.Importer.Import(ctx, b, imports.Options{By: q.By})
	if out.Done = err == nil; out.Done {
		out.Changes = out.Run.Changes
	}
	return out, err
}

// markWords stand in the remark of a record that the platform lacks.
func markWords(year int) string { return fmt.Sprintf("部平台 %d 年无此记录", year) }

// mark marks the records only here, or plans the marks.
func (r *Reconciler) mark(ctx context.Context, q *Question, report *Report) (*TakeOver, error) {
	m := &imports.Marking{Kind: q.Mapping.Kind, Words: markWords(q.Year), File: report.File, Digest: report.Digest, By: q.By}
	for i := range report.Findings {
		if report.Findings[i].Class == OnlyHere {
			m.Records = append(m.Records, report.Findings[i].Record)
		}
	}
	out := &TakeOver{Number: len(m.Records)}
	if len(m.Records) == 0 {
		out.Done = q.Mark
		return out, nil
	}
	plan, err := r.Importer.PlanMark(ctx, m)
	if err == nil && q.Mark {
		out.Run, plan, err = r.Importer.Mark(ctx, m)
		out.Done = err == nil
	}
	out.Ready, out.NoRoom = plan.Marked, plan.NoRoom
	out.Changes = imports.Changes{Amended: plan.Marked, Unchanged: plan.Already}
	return out, err
}
