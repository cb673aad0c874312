package sqlitestore

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"roadbook/server/store"
	"roadbook/sync/clock"
	"roadbook/sync/tally"
)

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }

// Sums adds up the totals in memory.
func (s *Store) Sums(ctx context.Context, q store.SumQuery) ([]tally.Sum, error) {
	if err := ctx.Err(); err != nil {
		return nil, unavailable(err)
	}
	wanted := map[int64]bool{}
	for _, m := range q.Measures {
		wanted[s.measures.find(m)] = true
	}
	unit := s.units.find(q.Unit)
	if q.Unit != "" && unit == 0 {
		return nil, nil
	}
	acc := map[tally.Sum]int64{}
	s.sums.mu.RLock()
	for mu, rows := range s.sums.rows {
		measure, u := mu>>unitBits, mu&maxUnits
		if (len(wanted) > 0 && !wanted[measure]) || (unit != 0 && u != unit) {
			continue
		}
		at := tally.Sum{Measure: s.measures.text(measure)}
		if q.ByUnit || unit != 0 {
			at.Unit = s.units.text(u)
		}
		addDays(acc, at, rows, q)
	}
	s.sums.mu.RUnlock()
	return sortedSums(acc), nil
}

func addDays(acc map[tally.Sum]int64, at tally.Sum, rows []dayTotal, q store.SumQuery) {
	i, _ := slices.BinarySearchFunc(rows, q.From, func(x dayTotal, d clock.Day) int { return cmp.Compare(x.day, d) })
	sum := int64(0)
	for ; i < len(rows) && rows[i].day <= q.To; i++ {
		if q.ByDay {
			at.Day = rows[i].day
			acc[at] += rows[i].v
		}
		sum += rows[i].v
	}
	if !q.ByDay {
		acc[at] += sum
	}
}

func sortedSums(acc map[tally.Sum]int64) (out []tally.Sum) {
	for at, v := range acc {
		if v != 0 {
			at.Amount = v
			out = append(out, at)
		}
	}
	slices.SortFunc(out, func(a, b tally.Sum) int {
		return cmp.Or(strings.Compare(a.Unit, b.Unit), cmp.Compare(a.Day, b.Day), strings.Compare(a.Measure, b.Measure))
	})
	return out
}
