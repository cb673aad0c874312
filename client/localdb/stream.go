package localdb

import (
	"fmt"
	"io"

	"github.com/ncruces/go-sqlite3"

	"roadbook/sync/clock"
	"roadbook/sync/wire"
)

// stream is a row of the table streams.
type stream struct {
	id     int64
	epoch  string
	seq    uint64
	head   wire.Hash
	hlc    clock.HLC
	closed bool
}

// keyOf is the key of a line: stream and sequence, in the order of saving.
func keyOf(stream int64, seq uint64) int64 { return stream<<32 | int64(seq) }

func splitKey(key int64) (stream int64, seq uint64) { return key >> 32, uint64(key & wire.MaxSeq) }

const selectStream = "SELECT id, epoch, seq, head, hlc, closed FROM streams "

func scanStream(s *sqlite3.Stmt, st *stream) error {
	st.id, st.epoch, st.seq = s.ColumnInt64(0), s.ColumnText(1), uint64(s.ColumnInt64(2))
	st.hlc, st.closed = clock.HLC(s.ColumnInt64(4)), s.ColumnBool(5)
	return scanHash(s, 3, &st.head)
}

func scanHash(s *sqlite3.Stmt, col int, h *wire.Hash) error {
	raw := s.ColumnRawBlob(col)
	if len(raw) != len(h) {
		return fmt.Errorf("localdb: a hash of %d bytes", len(raw))
	}
	copy(h[:], raw)
	return nil
}

// lastStream is the newest stream; id 0: none.
func (db *DB) lastStream() (st stream, err error) {
	_, err = db.queryOne(selectStream+"ORDER BY id DESC LIMIT 1", func(s *sqlite3.Stmt) error { return scanStream(s, &st) })
	return st, err
}

func (db *DB) streamByID(id int64) (st stream, err error) {
	found, err := db.queryOne(selectStream+"WHERE id = ?", func(s *sqlite3.Stmt) error { return scanStream(s, &st) }, id)
	if err == nil && !found {
		err = fmt.Errorf("localdb: no stream %d", id)
	}
	return st, err
}

func (db *DB) streamByEpoch(epoch string) (st stream, found bool, err error) {
	found, err = db.queryOne(selectStream+"WHERE epoch = ?", func(s *sqlite3.Stmt) error { return scanStream(s, &st) }, epoch)
	return st, found, err
}

// openStream returns the stream for the next observation. A new stream begins after installation, after a closed stream
// (of a cloned or restored disk), and after a full one.
func (db *DB) openStream() (stream, error) {
	st, err := db.lastStream()
	if err != nil || (st.id != 0 && !st.closed && st.seq < wire.MaxSeq) {
		return st, err
	}
	var random [5]byte
	if _, err := io.ReadFull(db.cfg.Rand, random[:]); err != nil {
		return st, err
	}
	next := stream{id: st.id + 1, epoch: wire.IDEncoding.EncodeToString(random[:]), hlc: st.hlc}
	next.head = wire.Genesis(db.stream(next.epoch))
	return next, db.exec("INSERT INTO streams (id, epoch, seq, head, hlc) VALUES (?, ?, 0, ?, ?)",
		next.id, next.epoch, next.head[:], int64(next.hlc))
}

// hashAt is h(seq) of a stream; h(0) is the genesis. found is false after the last saved line.
func (db *DB) hashAt(st *stream, seq uint64) (h wire.Hash, found bool, err error) {
	if seq == 0 {
		return wire.Genesis(db.stream(st.epoch)), true, nil
	}
	if seq > st.seq {
		return h, false, nil
	}
	found, err = db.queryOne("SELECT hash FROM lines WHERE key = ?",
		func(s *sqlite3.Stmt) error { return scanHash(s, 0, &h) }, keyOf(st.id, seq))
	return h, found, err
}
