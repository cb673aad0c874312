package sqlitestore

import (
	"errors"
	"maps"
	"slices"

	"github.com/ncruces/go-sqlite3"
)

// flush writes all changes, table by table, in the order of keys.
func (b *batch) flush() error {
	return firstError(
		b.flushChunks, // first, because it may number streams and raise their top
		b.flushFrames, b.flushStreams, b.flushNames, b.flushGroups, b.flushTotals, b.flushPlaces, b.flushStat,
	)
}

func firstError(steps ...func() error) error {
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func (b *batch) flushChunks() error {
	keys := make([]int64, 0, len(b.chunks))
	for key, c := range b.chunks {
		if c.dirty {
			keys = append(keys, key)
		}
	}
	if len(keys) == 0 {
		return nil
	}
	slices.Sort(keys)
	s, err := b.w.stmt(`INSERT INTO chunk(k, d) VALUES(?, ?) ON CONFLICT DO UPDATE SET d=excluded.d`)
	if err != nil {
		return err
	}
	var row, room []byte
	for _, key := range keys {
		row, room = b.chunks[key].encode(b.s, row[:0], room)
		if err := put(s, key, row); err != nil {
			return err
		}
		if err := b.raiseTop(key); err != nil {
			return err
		}
	}
	return nil
}

func (b *batch) raiseTop(key int64) error {
	if key < 0 {
		return nil
	}
	st, err := b.stream(parseStream(b.s.streams.text(streamOf(key))))
	if err == nil && key >= st.top {
		st.top, st.dirty = key+1, true
	}
	return err
}

func put(s *sqlite3.Stmt, key int64, blob []byte) error {
	if err := s.BindInt64(1, key); err != nil {
		return err
	}
	if err := s.BindBlob(2, blob); err != nil {
		return err
	}
	return s.Exec()
}

func (b *batch) flushFrames() error {
	for _, fs := range b.fresh {
		k := fs.f.Key
		err := b.w.exec(`INSERT INTO frame(n, s, first, last, head, d, packed) VALUES(?,?,?,?,?,?,?)`,
			fs.n, b.streams[k.Stream].n, clip63(k.First), clip63(k.Last), k.Head[:], fs.form(), fs.f.Packed)
		if err == nil && !fs.f.Projected {
			err = b.w.exec(`INSERT INTO pending(n) VALUES(?)`, fs.n)
		}
		if err != nil {
			return err
		}
	}
	var changed []*frameState
	for _, fs := range b.frames {
		if fs.dirty {
			changed = append(changed, fs)
		}
	}
	slices.SortFunc(changed, func(x, y *frameState) int { return int(x.n - y.n) })
	for _, fs := range changed {
		if err := b.flushMark(fs); err != nil {
			return err
		}
	}
	return nil
}

func (b *batch) flushMark(fs *frameState) error {
	err := b.w.exec(`INSERT INTO mark(n, num, d) VALUES(?,?,?) ON CONFLICT DO UPDATE SET num=excluded.num, d=excluded.d`,
		fs.n, fs.f.N, fs.encodeMark())
	if err != nil || fs.pos == 0 {
		return err
	}
	if !fs.fresh {
		if err := b.w.exec(`DELETE FROM pending WHERE n=?`, fs.n); err != nil {
			return err
		}
	}
	return b.w.exec(`INSERT INTO feed(pos, n, units) VALUES(?,?,?)`, fs.pos, fs.n, appendNumbers(nil, fs.units))
}

func (b *batch) flushStreams() error {
	err := b.s.streams.unstored(func(n int64, text string) error {
		return b.w.exec(`INSERT INTO stream(n, id) VALUES(?,?)`, n, text)
	})
	if err != nil {
		return err
	}
	for _, st := range b.streams {
		if !st.dirty {
			continue
		}
		if err := b.w.exec(`UPDATE stream SET d=? WHERE n=?`, st.encode(), st.n); err != nil {
			return err
		}
	}
	return nil
}

func (b *batch) flushNames() error {
	insert := func(sql string) func(int64, string) error {
		return func(n int64, text string) error { return b.w.exec(sql, n, text) }
	}
	return errors.Join(
		b.s.units.unstored(insert(`INSERT INTO unit(n, s) VALUES(?,?)`)),
		b.s.kinds.unstored(insert(`INSERT INTO kind(n, s) VALUES(?,?)`)),
		b.s.measures.unstored(insert(`INSERT INTO measure(n, s) VALUES(?,?)`)),
	)
}

func (b *batch) flushGroups() error {
	var changed []string
	for name, g := range b.groups {
		if g.dirty {
			changed = append(changed, name)
		}
	}
	for _, name := range sortedSet(changed) {
		g := b.groups[name]
		var err error
		if len(g.members) > 1 {
			err = b.w.exec(`INSERT INTO team(name, d) VALUES(?,?) ON CONFLICT DO UPDATE SET d=excluded.d`, name, encodeForm(g.members))
		} else {
			err = b.w.exec(`DELETE FROM team WHERE name=?`, name)
		}
		if err != nil {
			return err
		}
	}
	return b.s.groups.flush(b.w)
}

func (b *batch) flushTotals() error {
	s, err := b.w.stmt(`INSERT INTO total(k, v) VALUES(?, ?) ON CONFLICT DO UPDATE SET v=v+excluded.v`)
	if err != nil {
		return err
	}
	for _, k := range slices.Sorted(maps.Keys(b.totals)) {
		if b.totals[k] == 0 {
			continue
		}
		if err := put2(s, k, b.totals[k]); err != nil {
			return err
		}
	}
	return nil
}

func put2(s *sqlite3.Stmt, x, y int64) error {
	if err := s.BindInt64(1, x); err != nil {
		return err
	}
	if err := s.BindInt64(2, y); err != nil {
		return err
	}
	return s.Exec()
}

// flushPlaces records which records came to a place, for readers searching by place; the reader of a record checks
// whether the record is still there.
func (b *batch) flushPlaces() error {
	if len(b.places) == 0 {
		return nil
	}
	s, err := b.w.stmt(`INSERT INTO place(d, p, n) VALUES(?,?,?)`)
	if err != nil {
		return err
	}
	b.stat.Flushes++
	for _, p := range slices.Sorted(maps.Keys(b.places)) {
		ns := sortedSet(b.places[p])
		if err := s.BindBlob(1, appendNumbers(nil, ns)); err != nil {
			return err
		}
		if err := errors.Join(s.BindInt64(2, p), s.BindInt64(3, b.stat.Flushes), s.Exec()); err != nil {
			return err
		}
	}
	return nil
}

func (b *batch) flushStat() error {
	if b.stat == b.s.statNow() {
		return nil
	}
	return b.stat.put(b.w)
}
