package simtest

import (
	"errors"
	"maps"
	"strconv"

	"roadbook/server/store"
)

// reader follows the feed and keeps a copy of every record named there.
type reader struct {
	w      *world
	name   string
	unit   string
	cursor string
	epoch  int
	copies map[string]string
	busy   bool
}

func newReader(w *world, i int) *reader {
	return &reader{w: w, name: "reader" + strconv.Itoa(i), unit: []string{"", units[0]}[i], copies: map[string]string{}}
}

// read takes a page of the feed and reads the records on the page.
func (r *reader) read() {
	w, s := r.w, r.w.pickServer()
	if r.busy || !s.alive {
		return
	}
	r.busy = true
	w.spawn(r.name, func() {
		defer w.enter(s)()
		defer func() { r.busy = false }()
		if !s.alive {
			return // the server died before the request came: nobody reads a database already put away
		}
		if r.epoch != w.databaseEpoch {
			r.epoch, r.cursor, r.copies = w.databaseEpoch, "", map[string]string{}
		}
		epoch := r.epoch
		page, err := s.store.Feed(bg, r.cursor, r.unit, 5)
		if errors.Is(err, store.ErrCursor) { // the database was put back from a copy
			r.cursor, r.copies = "", map[string]string{}
		}
		if err != nil {
			return
		}
		news := map[string]string{}
		for _, e := range page.Entries {
			for _, id := range e.Touched {
				rec, err := s.store.Record(bg, id)
				if err != nil {
					return
				}
				news[id] = contents(&rec)
			}
		}
		if epoch == w.databaseEpoch && r.epoch == epoch {
			maps.Copy(r.copies, news)
			r.cursor = page.Next
		}
	})
}

// contents is a record's text for comparison by readers.
func contents(r *store.Record) string {
	text := r.Group
	for i := range r.State.Obs {
		text += " " + r.State.Obs[i].ID.String()
	}
	return text
}
