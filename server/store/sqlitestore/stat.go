package sqlitestore

import (
	"github.com/fxamacker/cbor/v2"

	"roadbook/server/store"
)

// stat is a small row of counters kept beside the tables.
type stat struct {
	_ struct{} `cbor:",toarray"`
	store.Counts
	FrameN    int64 // number of the last frame row
	Pos       int64 // last position in the feed
	Flushes   int64 // transactions that wrote places
	CountedBy string
}

func (s *Store) statNow() stat {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.stat
}

func (s *Store) loadStat(c *conn) error {
	var st stat
	err := c.each(`SELECT v FROM meta WHERE k='stat'`, func(r row) error {
		return cbor.Unmarshal(r.s.ColumnRawBlob(0), &st)
	})
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stat = st
	return err
}

func (st *stat) put(c *conn) error {
	return c.exec(`INSERT INTO meta(k, v) VALUES('stat', ?) ON CONFLICT DO UPDATE SET v=excluded.v`, encodeForm(st))
}
