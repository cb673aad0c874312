// Package sqlitestore is the embedded store: one SQLite file, no database to install.
//
// The package implements the contract of package store with one writer at a time and one transaction per Batch
// (WAL, synchronous=FULL): a Batch's steps work on a cache of the rows read and see one another's writes there;
// when the Batch commits, everything is written in the order of its keys. Sums move by exact differences between
// a record's last contributions (stored with the record) and its present contributions.
//
// NOTES.md describes the layout of the file and its cost.
package sqlitestore

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"time"

	"roadbook/server/store"
	"roadbook/sync/dbfile"
)

// Config configures a store.
type Config struct {
	Path      string           // the file; "-wal" and "-shm" are beside it
	VFS       string           // name of a registered VFS; "" is the operating system's files
	Now       func() time.Time // clock for expiry; nil is time.Now
	MustExist bool             // a server used the file before: without tables, none are made, and the error is ErrGone
	Quiet     time.Duration    // time without a commit before a checkpoint; 0 = 5 s
	Without   store.Guard      // rules taken out, by tests
}

// Store is an open database. It is safe for concurrent use.
type Store struct {
	cfg     Config
	writer  chan *conn // contains the one writer while idle
	readers chan *conn // idle readers; nil if one connection does everything
	pages   chan int   // pages in the WAL after a commit, for the checkpointer
	files   files
	done    sync.WaitGroup
	closing context.CancelFunc

	units, kinds, measures, streams dict
	sums                            totals
	groups                          *groupIndex

	lastRecords int // of the last Batch: the next may be as large

	mu   sync.RWMutex
	stat stat
}

// Open opens the database and creates it if absent. store.ErrNewer: a newer program wrote the database.
// store.ErrUnavailable: the database can't be opened now. store.ErrFull: there is no space to open it. Further errors:
// ErrForeign, ErrGone.
func Open(ctx context.Context, cfg Config) (*Store, error) {
	if cfg.Now == nil {
		cfg.Now = time.Now //nolint:forbidigo // the default clock
	}
	s := &Store{cfg: cfg, writer: make(chan *conn, 1), pages: make(chan int, 1)}
	if cfg.Quiet == 0 {
		s.cfg.Quiet = quiet
	}
	if cfg.VFS == "" {
		s.files.reserve = dbfile.Reserve(filepath.Join(filepath.Dir(cfg.Path), ReserveFile))
	}
	w, err := s.openWriter()
	if err != nil {
		return nil, translate(err)
	}
	if err := s.start(ctx, w); err != nil {
		return nil, errors.Join(translate(err), w.close(), s.closeReaders())
	}
	s.writer <- w
	return s, nil
}

func (s *Store) start(ctx context.Context, w *conn) error {
	if err := migrate(w, s.cfg.MustExist); err != nil {
		return err
	}
	if err := s.refresh(w); err != nil {
		return err
	}
	var err error
	if s.files.names, err = dbfile.OpenFilesOf(w.c); err != nil {
		return err
	}
	if s.cfg.VFS != "" {
		return nil // one connection: a VFS of the simulation shares no memory
	}
	s.readers = make(chan *conn, readerCount)
	for range readerCount {
		r, err := openConn(s.cfg, readerPragmas)
		if err != nil {
			return err
		}
		s.readers <- r
	}
	return s.startCheckpoints(context.WithoutCancel(ctx))
}

// load reads small, often used tables into memory.
func (s *Store) load(c *conn) error {
	return errors.Join(
		s.units.load(c, `SELECT n, s FROM unit ORDER BY n`),
		s.kinds.load(c, `SELECT n, s FROM kind ORDER BY n`),
		s.measures.load(c, `SELECT n, s FROM measure ORDER BY n`),
		s.streams.load(c, `SELECT n, id FROM stream ORDER BY n`),
		s.sums.load(c),
		s.loadStat(c),
		s.loadGroups(c),
	)
}

// Close waits for the running Batch and closes the file.
func (s *Store) Close() error {
	if s.closing != nil {
		s.closing()
		s.done.Wait()
	}
	w, ok := <-s.writer
	if !ok {
		return nil
	}
	close(s.writer)
	return errors.Join(s.closeReaders(), s.files.keepForeignWAL(w), w.close())
}

func (s *Store) closeReaders() (err error) {
	if s.readers == nil {
		return nil
	}
	for range len(s.readers) {
		err = errors.Join(err, (<-s.readers).close())
	}
	return err
}

// WithConcurrentBatches changes nothing: one Batch runs at a time.
func (s *Store) WithConcurrentBatches(ctx context.Context, _ int) context.Context { return ctx }

// Traits report that a Batch takes many frames and that one Batch runs at a time.
func (s *Store) Traits() store.Traits {
	return store.Traits{Name: "sqlite", FramesAtOnce: 16, Parallel: 1, Atomic: true}
}

// lock waits for the writer.
func (s *Store) lock(ctx context.Context) (*conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, unavailable(err)
	}
	select {
	case w, ok := <-s.writer:
		if !ok {
			return nil, errClosed
		}
		return w, nil
	case <-ctx.Done():
		return nil, unavailable(ctx.Err())
	}
}

func (s *Store) unlock(w *conn) { s.writer <- w }

// read runs fn on a reader, in one read transaction: all of fn sees one snapshot.
func (s *Store) read(ctx context.Context, fn func(v *view) error) error {
	pool := s.readers
	if pool == nil {
		pool = s.writer
	}
	select {
	case c, ok := <-pool:
		if !ok {
			return errClosed
		}
		defer func() { pool <- c }()
		return c.snapshot(ctx, func() error { return fn(&view{s: s, c: c}) })
	case <-ctx.Done():
		return unavailable(ctx.Err())
	}
}

var errClosed = fmt.Errorf("%w: closed", store.ErrUnavailable)

// dict numbers texts from 1; the empty text is 0. Only the writer assigns numbers, and numbers never change.
type dict struct {
	mu     sync.RWMutex
	byText map[string]int64
	byNum  []string // number n is at n-1
	stored int      // how many are in the file
}

func (d *dict) load(c *conn, sql string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.byText, d.byNum = map[string]int64{}, nil
	err := c.each(sql, func(r row) error {
		n, text := r.int(0), r.text(1)
		if n != int64(len(d.byNum))+1 {
			return fmt.Errorf("sqlitestore: number %d is missing in a table of names", len(d.byNum)+1)
		}
		d.byNum = append(d.byNum, text)
		d.byText[text] = n
		return nil
	})
	d.stored = len(d.byNum)
	return err
}

// find returns a text's number, 0 for none.
func (d *dict) find(text string) int64 {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.byText[text]
}

// number returns a text's number and assigns one if it has none. For the writer.
func (d *dict) number(text string) int64 {
	if n := d.find(text); n != 0 || text == "" {
		return n
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.byNum = append(d.byNum, text)
	d.byText[text] = int64(len(d.byNum))
	return int64(len(d.byNum))
}

// numbers lists all numbers, including the number of the empty text.
func (d *dict) numbers() []int64 {
	d.mu.RLock()
	defer d.mu.RUnlock()
	all := make([]int64, len(d.byNum)+1)
	for i := range all {
		all[i] = int64(i)
	}
	return all
}

// text returns the text of a number found in a row.
func (d *dict) text(n int64) string {
	d.mu.RLock()
	defer d.mu.RUnlock()
	if n < 1 || n > int64(len(d.byNum)) {
		return ""
	}
	return d.byNum[n-1]
}

// unstored calls fn for the numbers not yet in the file.
func (d *dict) unstored(fn func(n int64, text string) error) error {
	for i, text := range d.byNum[d.stored:] {
		if err := fn(int64(d.stored+i+1), text); err != nil {
			return err
		}
	}
	return nil
}

// endTransaction keeps the new numbers after a commit, or removes them.
func (d *dict) endTransaction(committed bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if committed {
		d.stored = len(d.byNum)
		return
	}
	for _, text := range d.byNum[d.stored:] {
		delete(d.byText, text)
	}
	d.byNum = d.byNum[:d.stored]
}
