package query

import (
	"context"
	"slices"

	"roadbook/schema"
	"roadbook/server/doubts"
	"roadbook/server/store"
	"roadbook/sync/merge"
)

// ReadDoubtsQuestion reads a question about records with doubts, as typed: a code, open as of Flag, and the Next of the page before.
func ReadDoubtsQuestion(sch *schema.Schema, code, open, after string) (ask doubts.Question, err error) {
	ask = doubts.Question{Code: code, After: after}
	if ask.Open, err = Flag("open", open); err != nil {
		return ask, err
	}
	if after != "" && !doubts.IsAfter(after) {
		return ask, badRequest("after 应为上一页的 next", "after is the next of the page before")
	}
	var known []string
	for _, d := range sch.Doubts() {
		known = append(known, d.Code)
	}
	if code == "" || slices.Contains(known, code) {
		return ask, nil
	}
	return ask, CheckNames(schema.Text{ZH: "存疑代码", EN: "code of doubts"}, []string{code}, known...)
}

// Summaries describes records in a few words each, sensitive values masked, by id. Absent records are left out.
func (q *Query) Summaries(ctx context.Context, ids []string) (map[string]schema.Text, error) {
	recs, err := withTimeout(ctx, q, func(ctx context.Context) ([]store.Record, error) { return q.cfg.Store.RecordsByID(ctx, ids...) })
	if err != nil {
		return nil, err
	}
	out := make(map[string]schema.Text, len(recs))
	for i := range recs {
		v := merge.Fold(recs[i].ID, &recs[i].State, q.cfg.Schema)
		out[recs[i].ID] = q.summary(&v)
	}
	return out, nil
}
