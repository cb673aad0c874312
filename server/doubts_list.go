package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"roadbook/schema"
	"roadbook/server/command"
	"roadbook/server/doubts"
	"roadbook/server/hub"
	"roadbook/server/query"
	"roadbook/sync/clock"
)

type doubtsListCmd struct {
	Code  string `help:"只列这一类存疑，如 duplicate；写错时列出全部代码 · only doubts of this code, as duplicate; after a wrong one all codes are named" placeholder:"CODE"`
	Unit  string `help:"只列这个单位自己的登记：代码或名称，缺省全部 · only this unit's own records, by code or name; all units if not said" placeholder:"UNIT"`
	Open  bool   `help:"只列机关未看过的 · only what HQ has not looked at"`
	After string `env:"-" help:"从上一页末尾接着列 · go on where the page before ended" placeholder:"NEXT"`
	Limit int    `help:"一次最多列出的条数，1 到 500 · number of records at once, 1 to 500" default:"100"`
}

// Bounds of --limit, as of GET /v1/doubts.
const mostDoubts = 500

// doubtsPage is the JSON of a page, in the names of GET /v1/doubts.
type doubtsPage struct {
	AsOf    string          `json:"as_of"` // RFC 3339; "": nobody has looked yet
	First   bool            `json:"first"` // the first look at all records has not ended: the list is incomplete
	Counts  []doubts.Count  `json:"counts"`
	Records []doubts.Record `json:"records"`
	Next    string          `json:"next,omitempty"`

	units map[string]string
}

// Run lists the records in doubt.
func (c *doubtsListCmd) Run(ctx context.Context, p *command.Program) error {
	if err := command.CheckRange("--limit", c.Limit, 1, mostDoubts); err != nil {
		return err
	}
	ask, err := query.ReadDoubtsQuestion(schema.Default(), c.Code, "", c.After)
	if err != nil {
		return err
	}
	ask.Open, ask.Limit = c.Open, c.Limit
	r, q, closeStore, err := hub.OpenDoubts(ctx, p.Config("data"))
	if err != nil {
		return err
	}
	page, err := c.read(ctx, r, q, ask)
	if err = errors.Join(err, closeStore()); err != nil {
		return err
	}
	if p.JSON {
		return p.Print(page, "")
	}
	return page.print(p, c.Open)
}

func (c *doubtsListCmd) read(ctx context.Context, r *doubts.Reader, q *query.Query, ask doubts.Question) (*doubtsPage, error) {
	var err error
	if ask.Unit, _, err = q.Selection(ctx, schema.CleanName(c.Unit), ""); err != nil {
		return nil, err
	}
	s, err := r.Status(ctx)
	if err != nil {
		return nil, err
	}
	out := &doubtsPage{First: s.First || s.AsOf.IsZero(), Counts: []doubts.Count{}, Records: []doubts.Record{}, units: map[string]string{}}
	if !s.AsOf.IsZero() {
		out.AsOf = s.AsOf.In(clock.Shanghai).Format(time.RFC3339)
	}
	units, err := q.Units(ctx, 0)
	if err != nil {
		return nil, err
	}
	for _, u := range units {
		out.units[u.Code] = u.Name
	}
	counts, err := r.Counts(ctx, ask.Unit)
	if err != nil {
		return nil, err
	}
	out.Counts = append(out.Counts, counts...)
	records, next, err := r.List(ctx, ask)
	out.Records, out.Next = append(out.Records, records...), next
	return out, err
}

// print writes a line a doubt, for people and for scripts that cut lines at tabs; what the list is of goes beside it.
func (d *doubtsPage) print(p *command.Program, open bool) error {
	for _, r := range d.Records {
		for i := range r.Doubts {
			columns := d.columns(&r, &r.Doubts[i])
			for i := range columns {
				columns[i] = oneLine(columns[i])
			}
			if err := p.Print(nil, "%s\n", strings.Join(columns, "\t")); err != nil {
				return err
			}
		}
	}
	if d.AsOf == "" || d.First {
		fmt.Fprintln(p.Err, "存疑还没有全部核对过，名单尚不完整：服务器运行时会自动核对 · not all records were looked at yet, the list is incomplete: a running server looks by itself")
	} else {
		fmt.Fprintf(p.Err, "截至 %s 收到的登记 · of what was received until then\n", d.AsOf)
	}
	uncounted, check := d.sums(open)
	fmt.Fprintf(p.Err, "未计入 %d，请核对 %d（%s），列出 %d 条 · not counted %[1]d, to check %[2]d (%[5]s), records listed %[4]d\n",
		uncounted, check, command.Either(open, "机关未看过的", "含机关看过的"), len(d.Records), command.Either(open, "HQ has not looked", "with what HQ has looked at"))
	if d.Next != "" {
		fmt.Fprintf(p.Err, "还有更多 · there are more: --after '%s'\n", d.Next)
	}
	return nil
}

// columns are a doubt's: the record, its kind, unit and day, the severity, the doubt's name and text, and HQ's words.
func (d *doubtsPage) columns(r *doubts.Record, of *doubts.Doubt) []string {
	kind, name := r.Kind, of.Code
	if k, ok := schema.Default().Kind(r.Kind); ok {
		kind = k.Label.ZH + " " + k.Name
	}
	if rule, ok := schema.Default().Doubt(of.Code); ok {
		name = rule.Name.ZH + " " + of.Code
	}
	seen := ""
	if of.Seen {
		seen = strings.TrimSpace("机关已看过 seen " + of.Words)
	}
	return []string{
		r.ID, kind, strings.TrimSpace(d.units[r.Unit] + " " + r.Unit), r.Day, command.Either(of.Severity == schema.Uncounted, "未计入 not counted", "请核对 check"),
		name, of.Text.ZH + " · " + of.Text.EN, seen,
	}
}

// oneLine keeps typed text within its column: a tab or a line's end would begin another one.
func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, text)
}

// sums are the numbers of all codes; with open, of what HQ has not looked at.
func (d *doubtsPage) sums(open bool) (uncounted, check int64) {
	for _, c := range d.Counts {
		n := c.Open
		if !open {
			n += c.Seen
		}
		if c.Severity == schema.Uncounted {
			uncounted += n
		} else {
			check += n
		}
	}
	return uncounted, check
}
