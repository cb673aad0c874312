package imports

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"roadbook/server/store"
	"roadbook/sync/clock"
	"roadbook/sync/tally"
)

// overlay answers as the store would after an import: sums with the differences added, and scans of the kinds behind
// answers with the records that the import would write. Scans by unit or day are the store's own.
type overlay struct {
	store.Reader
	sums    map[sumPlace]int64
	kind    string                  // of the records below
	changed map[string]store.Record // records of the store, by id
	created []store.Record          // by id; each id is greater than any of the store
}

// sumPlace names a sum.
type sumPlace struct {
	unit    string
	day     clock.Day
	measure string
}

// readWhole are the kinds that answers read by record.
var readWhole = []string{"budget", "expectation", "unit_entry", "segment", "facility_plan", "facility", "task"}

func (o *overlay) add(unit string, cs []tally.Contribution, sign int64) {
	for _, c := range cs {
		at := sumPlace{unit, c.Day, c.Measure}
		if o.sums[at] += sign * c.Amount; o.sums[at] == 0 {
			delete(o.sums, at)
		}
	}
}

// Sums adds the differences to the store's sums.
func (o *overlay) Sums(ctx context.Context, q store.SumQuery) ([]tally.Sum, error) {
	base, err := o.Reader.Sums(ctx, q)
	if err != nil || len(o.sums) == 0 {
		return base, err
	}
	amounts := make(map[sumPlace]int64, len(base))
	for _, s := range base {
		amounts[sumPlace{s.Unit, s.Day, s.Measure}] += s.Amount
	}
	wanted := make(map[string]bool, len(q.Measures))
	for _, m := range q.Measures {
		wanted[m] = true
	}
	for at, amount := range o.sums {
		if at.day < q.From || at.day > q.To || q.Unit != "" && at.unit != q.Unit || len(wanted) > 0 && !wanted[at.measure] {
			continue
		}
		if !q.ByUnit {
			at.unit = ""
		}
		if !q.ByDay {
			at.day = 0
		}
		amounts[at] += amount
	}
	out := make([]tally.Sum, 0, len(amounts))
	for at, amount := range amounts {
		if amount != 0 {
			out = append(out, tally.Sum{Unit: at.unit, Day: at.day, Measure: at.measure, Amount: amount})
		}
	}
	slices.SortFunc(out, func(a, b tally.Sum) int {
		return cmp.Or(strings.Compare(a.Unit, b.Unit), cmp.Compare(a.Day, b.Day), strings.Compare(a.Measure, b.Measure))
	})
	return out, nil
}

// ScanRecords shows the changed records in their places and the new ones behind all others.
func (o *overlay) ScanRecords(ctx context.Context, q store.RecordQuery) ([]store.Record, error) {
	if q.Kind != o.kind || q.Unit != "" || q.From != 0 || q.To != 0 || len(o.changed)+len(o.created) == 0 {
		return o.Reader.ScanRecords(ctx, q)
	}
	if q.Limit == 0 {
		q.Limit = 500
	}
	var out []store.Record
	if len(o.created) == 0 || q.After < o.created[0].ID {
		var err error
		if out, err = o.Reader.ScanRecords(ctx, q); err != nil {
			return nil, err
		}
		for i := range out {
			if r, ok := o.changed[out[i].ID]; ok {
				out[i] = r
			}
		}
	}
	at, _ := slices.BinarySearchFunc(o.created, q.After+"\x00", func(r store.Record, id string) int { return strings.Compare(r.ID, id) })
	return append(out, o.created[at:min(len(o.created), at+q.Limit-len(out))]...), nil
}
