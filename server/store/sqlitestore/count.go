package sqlitestore

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"

	"roadbook/server/store"
	"roadbook/sync/clock"
	"roadbook/sync/tally"
)

// Recount counts the records anew and moves the totals by the difference from each record's last count. The places
// need no look of their own: the difference also removes a record from its departed place.
func (b *batch) Recount(_ context.Context, _ []store.Place, records []string, count store.CountFunc) error {
	for _, id := range records {
		e, err := b.record(id)
		if err != nil {
			return translate(err)
		}
		if e.rec.Rev == 0 {
			continue
		}
		if err := b.recount(e, count); err != nil {
			return translate(err)
		}
	}
	return nil
}

func (b *batch) recount(e *entry, count store.CountFunc) error {
	members, err := b.membersOf(e)
	if err != nil {
		return err
	}
	contribs := count(&e.rec, members)
	unit, _, _ := unpackPlace(e.packedPlace)
	if unit == e.unit && b.sameContributions(e.counted, contribs) {
		return nil
	}
	c, err := b.chunk(e.chunk)
	if err != nil {
		return err
	}
	b.addToTotals(e, -1)
	e.counted, e.unit = make([]contribution, 0, len(contribs)), unit
	for _, x := range contribs {
		measure := b.s.measures.number(x.Measure)
		if measure > maxMeasures {
			return fmt.Errorf("sqlitestore: more than %d measures", maxMeasures)
		}
		e.counted = append(e.counted, contribution{measure, x.Day, x.Amount})
	}
	b.addToTotals(e, 1)
	e.change(c)
	return nil
}

func (b *batch) sameContributions(counted []contribution, contribs []tally.Contribution) bool {
	return slices.EqualFunc(counted, contribs, func(a contribution, x tally.Contribution) bool {
		return a.day == x.Day && a.amount == x.Amount && b.s.measures.text(a.measure) == x.Measure
	})
}

// addToTotals adds the contributions of an entry to the differences, multiplied by sign.
func (b *batch) addToTotals(e *entry, sign int64) {
	for _, a := range e.counted {
		b.totals[totalKey(a.measure, e.unit, a.day)] += sign * a.amount
	}
}

// totals are all sums in memory: for each measure and unit its days in order. Their size is the number of days with a
// count, whatever the number of records.
type totals struct {
	mu   sync.RWMutex
	rows map[int64][]dayTotal // by measure << unitBits | unit
}

type dayTotal struct {
	day clock.Day
	v   int64
}

func (t *totals) load(c *conn) error {
	rows := map[int64][]dayTotal{}
	err := c.each(`SELECT k, v FROM total ORDER BY k`, func(r row) error {
		mu, day := splitTotal(r.int(0))
		rows[mu] = append(rows[mu], dayTotal{day, r.int(1)})
		return nil
	})
	t.mu.Lock()
	defer t.mu.Unlock()
	t.rows = rows
	return err
}

// add moves the sums by differences already committed to the file.
func (t *totals) add(diffs map[int64]int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for k, v := range diffs {
		if v == 0 {
			continue
		}
		mu, day := splitTotal(k)
		rows := t.rows[mu]
		i, found := slices.BinarySearchFunc(rows, day, func(x dayTotal, d clock.Day) int { return cmp.Compare(x.day, d) })
		if found {
			rows[i].v += v
			continue
		}
		t.rows[mu] = slices.Insert(rows, i, dayTotal{day, v})
	}
}
