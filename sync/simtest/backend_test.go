package simtest

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/bson"

	"roadbook/server/store"
	"roadbook/server/store/mongostore"
	"roadbook/server/store/mongostore/simdoc"
	"roadbook/server/store/sqlitestore"
)

// backend is the database shared by the servers.
type backend interface {
	open() (store.Store, error) // called by a server at its start
	inspect() store.Store       // for the checks: no task runs meanwhile
	crash()                     // the effect of a server's death on the database
	backup() any
	restore(any) error
	close()
}

// engineBackends are further databases to run on, by the name of the store; a backend behind a build tag adds itself.
var engineBackends = map[string]func(*world) (backend, error){}

func newBackend(w *world) (backend, error) {
	if engine, ok := engineBackends[w.store]; ok {
		return engine(w)
	}
	if w.store == "mongo" {
		b := &mongoBackend{w: w}
		return b, b.use(simdoc.New(w))
	}
	return &sqliteBackend{w: w, disk: newDisk(w.rng)}, nil
}

// mongoBackend is a simulated document engine.
type mongoBackend struct {
	w      *world
	engine *simdoc.Engine
	quiet  store.Store
}

func (b *mongoBackend) use(e *simdoc.Engine) (err error) {
	b.engine = e
	b.quiet, err = b.open()
	return err
}

func (b *mongoBackend) open() (store.Store, error) {
	return mongostore.New(bg, b.engine, mongostore.Config{
		Now: func() time.Time { return time.UnixMilli(b.w.now) }, Without: b.w.broken.server,
	})
}

func (b *mongoBackend) inspect() store.Store { return b.quiet }
func (b *mongoBackend) crash()               {}
func (b *mongoBackend) close()               {}

var collections = []mongostore.Coll{
	mongostore.Records, mongostore.Groups, mongostore.Buckets, mongostore.Frames,
	mongostore.Streams, mongostore.QuarantinedLines, mongostore.Entries, mongostore.Meta,
}

// backup is a snapshot of every document at one moment.
func (b *mongoBackend) backup() any {
	was := b.w.current
	b.w.current = nil
	defer func() { b.w.current = was }()
	out := map[mongostore.Coll][]bson.Raw{}
	for _, c := range collections {
		out[c], _ = b.engine.Scan(bg, c, mongostore.Query{})
	}
	return out
}

func (b *mongoBackend) restore(image any) error {
	e := simdoc.New(b.w)
	for _, c := range collections {
		var docs []any
		for _, d := range image.(map[mongostore.Coll][]bson.Raw)[c] {
			docs = append(docs, d)
		}
		if _, err := e.Insert(bg, c, docs); err != nil {
			return err
		}
	}
	return b.use(e)
}

// sqliteBackend is a SQLite file on a simulated disk.
type sqliteBackend struct {
	w       *world
	disk    *disk
	backups []*disk
	s       *sqlitestore.Store
}

func (b *sqliteBackend) open() (store.Store, error) {
	s, err := sqlitestore.Open(bg, sqlitestore.Config{
		Path: "/roadbook.db", VFS: b.disk.Name(), Without: b.w.broken.server,
		Now: func() time.Time { return time.UnixMilli(b.w.now) },
	})
	if err != nil {
		return nil, err
	}
	b.s = s
	return &crashingStore{Store: s, w: b.w}, nil
}

func (b *sqliteBackend) inspect() store.Store { return b.s }

// crash is a power cut: unsynced writes are lost.
func (b *sqliteBackend) crash() {
	b.disk.powerCut()
	b.s.Close()
}

func (b *sqliteBackend) backup() any {
	b.backups = append(b.backups, b.disk.copy())
	return b.backups[len(b.backups)-1]
}

func (b *sqliteBackend) restore(image any) error {
	b.disk.Close()
	b.disk = image.(*disk).copy()
	return nil
}

func (b *sqliteBackend) close() {
	b.s.Close()
	for _, d := range append(b.backups, b.disk) {
		d.Close()
	}
}

// crashingStore lets the server die before, between and after the steps of a Batch.
type crashingStore struct {
	store.Store
	w *world
}

func (c *crashingStore) Batch(ctx context.Context, fn func(store.Steps) error) error {
	if err := c.w.Step(ctx, "before batch"); err != nil {
		return err
	}
	died := false
	err := c.Store.Batch(ctx, func(s store.Steps) error {
		err := fn(&crashingSteps{Steps: s, c: c, died: &died})
		if died {
			return errDead
		}
		return err
	})
	t := c.w.current
	if died && t != nil && t.server != nil {
		t.server.crash()
		return errDead
	}
	if err != nil || t == nil || t.server == nil {
		return err
	}
	if c.w.crashesAt("after the commit") {
		c.w.tracef("server %d crashes after its commit", t.server.number)
		t.server.crash()
		return errDead
	}
	if !c.w.ending && c.w.chance(c.w.rates.unavailable) {
		c.w.tracef("unavailable after a commit")
		return store.ErrUnavailable
	}
	return nil
}

// crashingSteps decides before each writing step whether the server dies there. The server dies at the end of the
// transaction.
type crashingSteps struct {
	store.Steps
	c    *crashingStore
	died *bool
}

func (s *crashingSteps) crashBefore(step string) error {
	w := s.c.w
	if *s.died {
		return errDead
	}
	if t := w.current; t != nil && t.server != nil && w.crashesAt("before "+step) {
		w.tracef("server %d crashes before %s", t.server.number, step)
		*s.died = true
		return errDead
	}
	return nil
}

func (s *crashingSteps) CommitFrame(ctx context.Context, f store.Frame) (store.Frame, bool, error) {
	if err := s.crashBefore("commit"); err != nil {
		return store.Frame{}, false, err
	}
	return s.Steps.CommitFrame(ctx, f)
}

func (s *crashingSteps) ReplaceRecords(ctx context.Context, recs []store.Record) ([]int, error) {
	if err := s.crashBefore("replace"); err != nil {
		return nil, err
	}
	return s.Steps.ReplaceRecords(ctx, recs)
}

func (s *crashingSteps) Touch(ctx context.Context, key store.FrameKey, records, units []string) error {
	if err := s.crashBefore("touch"); err != nil {
		return err
	}
	return s.Steps.Touch(ctx, key, records, units)
}

func (s *crashingSteps) Recount(ctx context.Context, places []store.Place, records []string, count store.CountFunc) error {
	if err := s.crashBefore("recount"); err != nil {
		return err
	}
	return s.Steps.Recount(ctx, places, records, count)
}

func (s *crashingSteps) ClearDeparted(ctx context.Context, key store.FrameKey, records []string) error {
	if err := s.crashBefore("clear"); err != nil {
		return err
	}
	return s.Steps.ClearDeparted(ctx, key, records)
}

func (s *crashingSteps) Mark(ctx context.Context, key store.FrameKey) (int64, error) {
	if err := s.crashBefore("mark"); err != nil {
		return 0, err
	}
	return s.Steps.Mark(ctx, key)
}

var bg = context.Background()
