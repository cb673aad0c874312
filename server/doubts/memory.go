package doubts

import (
	"context"
	"encoding/json"

	"roadbook/server/store"
)

// memory is the Follower's summary of the rows: exact after loading, moved by differences, and dropped after any error.
type memory struct {
	counts    map[string]counts          // by unit
	changed   map[string]bool            // units with counts not stored yet
	allCounts bool                       // units without doubts may have stored counts
	linked    map[string]map[string]bool // key of neighbours → records linked by HQ
	due       map[string]bool            // records to evaluate again
}

// counts are numbers of records by code: open, and looked at by HQ.
type counts map[string][2]int64

// loadMemory reads all rows of records once, after a start and after an error.
func (f *Follower) loadMemory(ctx context.Context) error {
	m := &memory{counts: map[string]counts{}, changed: map[string]bool{}, linked: map[string]map[string]bool{}, due: map[string]bool{}, allCounts: true}
	err := store.WalkSide(ctx, f.cfg.Store, recordRows, func(r *store.SideRow) error {
		stored := new(row)
		if err := json.Unmarshal(r.Data, stored); err != nil {
			f.cfg.Log.Warn("a row of doubts cannot be read, and is made anew", "record", recordAt(r.Key), "err", err)
			m.due[recordAt(r.Key)] = true
			return nil
		}
		m.count(stored, 1)
		return nil
	})
	if err != nil {
		return err
	}
	err = store.WalkSide(ctx, f.cfg.Store, linkedRows, func(r *store.SideRow) error {
		m.link(string(r.Data), recordAt(r.Key))
		return nil
	})
	if err != nil {
		return err
	}
	err = store.WalkSide(ctx, f.cfg.Store, dueRows, func(r *store.SideRow) error {
		m.due[recordAt(r.Key)] = true
		return nil
	})
	if err == nil {
		f.memory = m
	}
	return err
}

// count adds a row to the counts, n times.
func (m *memory) count(r *row, n int64) {
	said := map[[2]any]bool{}
	for i := range r.Doubts {
		d := &r.Doubts[i]
		once := [2]any{d.Code, d.Seen}
		if said[once] {
			continue // a record counts once for a code
		}
		said[once] = true
		of := m.counts[r.Unit]
		if of == nil {
			of = counts{}
			m.counts[r.Unit] = of
		}
		both := of[d.Code]
		if d.Seen {
			both[1] += n
		} else {
			both[0] += n
		}
		if of[d.Code] = both; both == [2]int64{} {
			delete(of, d.Code)
		}
		m.changed[r.Unit] = true
	}
}

func (m *memory) link(key, record string) {
	if m.linked[key] == nil {
		m.linked[key] = map[string]bool{}
	}
	m.linked[key][record] = true
}

func (m *memory) unlink(key, record string) {
	if delete(m.linked[key], record); len(m.linked[key]) == 0 {
		delete(m.linked, key)
	}
}

// saveCounts stores the changed counts.
func (m *memory) saveCounts(ctx context.Context, s store.Side) error {
	var gone []string
	if m.allCounts {
		err := store.WalkSide(ctx, s, countRows, func(r *store.SideRow) error {
			if unit := unitOf(r); len(m.counts[unit]) == 0 {
				gone = append(gone, r.Key)
			}
			return nil
		})
		if err != nil {
			return err
		}
		for unit := range m.counts {
			m.changed[unit] = true
		}
	}
	var rows []store.SideRow
	for unit := range m.changed {
		if len(m.counts[unit]) == 0 {
			gone = append(gone, countRows+part(unit))
			continue
		}
		rows = append(rows, store.SideRow{Key: countRows + part(unit), Data: encode(unitCounts{unit, m.counts[unit]})})
	}
	if len(rows)+len(gone) > 0 {
		if err := s.WriteSide(ctx, rows, gone); err != nil {
			return err
		}
	}
	clear(m.changed)
	m.allCounts = false
	return nil
}

// unitCounts is a stored row of counts.
type unitCounts struct {
	Unit   string `json:"unit"`
	Counts counts `json:"counts"`
}

func unitOf(r *store.SideRow) string {
	var u unitCounts
	if json.Unmarshal(r.Data, &u) != nil {
		return ""
	}
	return u.Unit
}
