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

// backend is the database that the servers share.
type backend interface {
	open() (store.Store, error) // by a server that comes up
	peek() store.Store          // for the judge: nobody else moves meanwhile
	crash()                     // what the death of a server does to it
	backup() any
	restore(any) error
	close()
}

// engines are further databases to play on, by the name of the store; those that need more than Go add themselves.
var engines = map[string]func(*world) (backend, error){}

func newBackend(w *world) (backend, error) {
	if engine, ok := engines[w.store]; ok {
		return engine(w)
	}
	if w.store == "mongo" {
		b := &documents{w: w}
		return b, b.use(simdoc.New(w))
	}
	return &file{w: w, disk: newDisk(w.rng)}, nil
}

// documents is a simulated document engine.
type documents struct {
	w      *world
	engine *simdoc.Engine
	quiet  store.Store
}

func (b *documents) use(e *simdoc.Engine) (err error) {
	b.engine = e
	b.quiet, err = b.open()
	return err
}

func (b *documents) open() (store.Store, error) {
	return mongostore.New(bg, b.engine, mongostore.Config{
		Now: func() time.Time { return time.UnixMilli(b.w.now) }, Without: b.w.broken.server,
	})
}

func (b *documents) peek() store.Store { return b.quiet }
func (b *documents) crash()            {}
func (b *documents) close()            {}

var collections = []mongostore.Coll{
	mongostore.Records, mongostore.Groups, mongostore.Buckets, mongostore.Frames,
	mongostore.Streams, mongostore.QuarantinedLines, mongostore.Entries, mongostore.Meta,
}

// backup is a snapshot of every document at one moment.
func (b *documents) backup() any {
	was := b.w.current
	b.w.current = nil
	defer func() { b.w.current = was }()
	out := map[mongostore.Coll][]bson.Raw{}
	for _, c := range collections {
		out[c], _ = b.engine.Scan(bg, c, mongostore.Query{})
	}
	return out
}

func (b *documents) restore(image any) error {
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

// file is a SQLite file on a simulated disk.
type file struct {
	w    *world
	disk *disk
	s    *sqlitestore.Store
}

func (b *file) open() (store.Store, error) {
	s, err := sqlitestore.Open(bg, sqlitestore.Config{
		Path: "/roadbook.db", VFS: b.disk.Name(), Without: b.w.broken.server,
		Now: func() time.Time { return time.UnixMilli(b.w.now) },
	})
	if err != nil {
		return nil, err
	}
	b.s = s
	return &cutting{Store: s, w: b.w}, nil
}

func (b *file) peek() store.Store { return b.s }

// crash is a power cut: what was not synced is lost.
func (b *file) crash() {
	b.disk.powerCut()
	b.s.Close()
}

func (b *file) backup() any { return b.disk.copy() }

func (b *file) restore(image any) error {
	b.disk.Close()
	b.disk = image.(*disk).copy()
	return nil
}

func (b *file) close() {
	b.s.Close()
	b.disk.Close()
}

// cutting lets the server die before, between and after the steps of a Batch.
type cutting struct {
	store.Store
	w *world
}

func (c *cutting) Batch(ctx context.Context, fn func(store.Steps) error) error {
	if err := c.w.Step(ctx, "before batch"); err != nil {
		return err
	}
	died := false
	err := c.Store.Batch(ctx, func(s store.Steps) error {
		err := fn(&cutSteps{Steps: s, c: c, died: &died})
		if died {
			return errDead
		}
		return err
	})
	t := c.w.current
	if died && t != nil && t.in != nil {
		t.in.crash()
		return errDead
	}
	if err != nil || t == nil || t.in == nil {
		return err
	}
	if c.w.dies("after the commit") {
		c.w.tell("server %d crashes after its commit", t.in.number)
		t.in.crash()
		return errDead
	}
	if !c.w.ending && c.w.chance(c.w.weather.unavailable) {
		c.w.tell("unavailable after a commit")
		return store.ErrUnavailable
	}
	return nil
}

// cutSteps decides before each step that writes whether the server dies there. It dies once the transaction is left.
type cutSteps struct {
	store.Steps
	c    *cutting
	died *bool
}

func (s *cutSteps) cut(step string) error {
	w := s.c.w
	if *s.died {
		return errDead
	}
	if t := w.current; t != nil && t.in != nil && w.dies("before "+step) {
		w.tell("server %d crashes before %s", t.in.number, step)
		*s.died = true
		return errDead
	}
	return nil
}

func (s *cutSteps) CommitFrame(ctx context.Context, f store.Frame) (store.Frame, bool, error) {
	if err := s.cut("commit"); err != nil {
		return store.Frame{}, false, err
	}
	return s.Steps.CommitFrame(ctx, f)
}

func (s *cutSteps) ReplaceRecords(ctx context.Context, recs []store.Record) ([]int, error) {
	if err := s.cut("replace"); err != nil {
		return nil, err
	}
	return s.Steps.ReplaceRecords(ctx, recs)
}

func (s *cutSteps) Touch(ctx context.Context, key store.FrameKey, records, units []string) error {
	if err := s.cut("touch"); err != nil {
		return err
	}
	return s.Steps.Touch(ctx, key, records, units)
}

func (s *cutSteps) Recount(ctx context.Context, places []store.Place, records []string, count store.CountFunc) error {
	if err := s.cut("recount"); err != nil {
		return err
	}
	return s.Steps.Recount(ctx, places, records, count)
}

func (s *cutSteps) ClearDeparted(ctx context.Context, key store.FrameKey, records []string) error {
	if err := s.cut("clear"); err != nil {
		return err
	}
	return s.Steps.ClearDeparted(ctx, key, records)
}

func (s *cutSteps) Mark(ctx context.Context, key store.FrameKey) (int64, error) {
	if err := s.cut("mark"); err != nil {
		return 0, err
	}
	return s.Steps.Mark(ctx, key)
}

var bg = context.Background()
