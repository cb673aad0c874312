//go:build mongo

package mongostore_test

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"
	"go.mongodb.org/mongo-driver/mongo/writeconcern"

	"roadbook/schema"
	"roadbook/schema/catalogue"
	"roadbook/server/fleet"
	"roadbook/server/ingest"
	"roadbook/server/store"
	"roadbook/server/store/mongostore"
	"roadbook/sync/clock"
	"roadbook/sync/tally"
	"roadbook/sync/wire"
)

// The benchmark compares, in one run, the whole path of real frames (signature, chain, validation, the write path, the
// answer) with a bare insertMany of the same lines.
const (
	benchDevices = 32
	benchUnits   = 8
	benchFrame   = 500
)

var benchDay = time.Date(2020, 12, 15, 2, 0, 0, 0, time.UTC)

type signedFrame struct {
	d *fleet.Device
	f *wire.Frame
}

// frames makes n frames of fresh plates from the devices in turn; a frame covers two days of each unit.
func frames(b *testing.B, n int) []signedFrame {
	b.Helper()
	rng := rand.New(rand.NewPCG(7, 7))
	kind, _ := schema.Default().Kind("plate")
	devices := make([]*fleet.Device, benchDevices)
	for i := range devices {
		devices[i] = fleet.NewDevice(rng, fmt.Sprintf("bench-%d", i), benchDay.UnixMilli())
		devices[i].SetEnrollment(fmt.Sprintf("unit-%d", i%benchUnits), "clerk", "shunping-2020@1")
	}
	out := make([]signedFrame, n)
	for i := range out {
		d := devices[i%benchDevices]
		for j := range benchFrame {
			at := benchDay.AddDate(0, 0, i/benchDevices*2+j/(benchFrame/2))
			d.Save(fleet.Observation{Kind: kind, Act: "create", At: at.UnixMilli(), Fields: plate(d.Unit, i*benchFrame+j, at)})
		}
		f := d.Next()
		if f == nil || len(f.Lines) != benchFrame {
			b.Fatalf("a frame of another size")
		}
		out[i] = signedFrame{d, f}
		a := &wire.Answer{V: 1, Results: []wire.Result{{First: f.First, Last: f.Last(), Status: wire.Created}}}
		if err := d.Acknowledge(f, a); err != nil {
			b.Fatal(err)
		}
	}
	return out
}

func plate(unit string, n int, at time.Time) schema.Values {
	text := func(name string, t schema.Type, s string) schema.Named {
		return schema.Named{Name: name, Value: schema.Value{Type: t, S: s}}
	}
	vs := schema.Values{
		text("unit", schema.TypeText, unit), {Name: "occurred_at", Value: schema.Value{Type: schema.TypeTime, I: at.UnixMilli()}},
		text("plate_type", schema.TypeCode, "02"), text("plate_number", schema.TypePlate, fmt.Sprintf("冀F%05X", n)),
		text("business", schema.TypeCode, "register"), {Name: "sets", Value: schema.Value{Type: schema.TypeInt, I: 1}},
	}
	vs.Sort()
	return vs
}

func writePath(b *testing.B, s *mongostore.Store) *ingest.Ingest {
	b.Helper()
	all, err := catalogue.Embedded(schema.Default())
	if err != nil {
		b.Fatal(err)
	}
	seed := make([]byte, ed25519.SeedSize)
	in := ingest.New(ingest.Config{
		Store: s, Schema: schema.Default(), Catalogues: []string{"shunping-2020@1"}, Counter: tally.NewCounter(all...),
		Key: ed25519.NewKeyFromSeed(seed), Epoch: "epoch001", Now: func() time.Time { return benchDay.AddDate(0, 1, 0) },
		Rand: rand.NewChaCha8([32]byte{}),
	})
	b.Cleanup(in.Close)
	return in
}

// runParallel runs fn over the frames with the given number of workers.
func runParallel(workers int, all []signedFrame, fn func(signedFrame)) {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(all)); i = next.Add(1) - 1 {
				fn(all[i])
			}
		})
	}
	wg.Wait()
}

func perSecond(b *testing.B, n int) {
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "obs/s")
}

func BenchmarkIngest(b *testing.B) {
	for _, workers := range []int{1, 8} {
		b.Run(fmt.Sprintf("workers=%d", workers), func(b *testing.B) {
			s := connect(b, database(b))
			defer func() { _ = s.Close() }()
			in := writePath(b, s)
			all := frames(b, b.N)
			send := func(x signedFrame) {
				req := x.d.Request(x.f, benchDay.AddDate(0, 1, 0).UnixMilli())
				a, err := in.Sync(context.Background(), ingest.Device{ID: x.d.ID, Key: x.d.PublicKey(), Unit: x.d.Unit, Role: x.d.Role}, req)
				if err != nil {
					b.Error(err)
				} else if len(a.Results) != 1 || !a.Results[0].Status.Acknowledges() {
					b.Errorf("answered %d runs, the first %+v", len(a.Results), a.Results[:1])
				}
			}
			b.ResetTimer()
			runParallel(workers, all, send)
			b.StopTimer()
			perSecond(b, b.N*benchFrame)
			sums, err := s.Sums(context.Background(), totalQuery())
			if err != nil || len(sums) != 1 || sums[0].Amount != int64(b.N*benchFrame) {
				b.Fatalf("sums %v, %v: want %d plates", sums, err, b.N*benchFrame)
			}
			b.StartTimer()
			runParallel(workers, all, send) // the same once more
			b.StopTimer()
			b.ReportMetric(float64(2*b.N*benchFrame)/b.Elapsed().Seconds(), "obs/s-with-replay")
		})
	}
}

// BenchmarkRaw inserts the lines as documents, without and with two more indexes.
func BenchmarkRaw(b *testing.B) {
	for _, indexes := range []int{0, 2} {
		for _, workers := range []int{1, 8} {
			b.Run(fmt.Sprintf("indexes=%d/workers=%d", indexes, workers), func(b *testing.B) { benchRaw(b, indexes, workers) })
		}
	}
}

func benchRaw(b *testing.B, indexes, workers int) {
	ctx := context.Background()
	journal := true
	client, err := mongo.Connect(ctx, options.Client().ApplyURI(engineURI(b)).
		SetWriteConcern(&writeconcern.WriteConcern{W: "majority", Journal: &journal}))
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = client.Disconnect(ctx) }()
	c := client.Database(database(b)).Collection("raw")
	for i := range indexes {
		if _, err := c.Indexes().CreateOne(ctx, mongo.IndexModel{Keys: bson.D{{Key: fmt.Sprintf("k%d", i), Value: 1}}}); err != nil {
			b.Fatal(err)
		}
	}
	all := frames(b, b.N)
	b.ResetTimer()
	runParallel(workers, all, func(x signedFrame) {
		docs := make([]any, len(x.f.Lines))
		for i, id := range x.f.IDs(x.f.Hashes()) {
			docs[i] = bson.D{
				{Key: "_id", Value: id.String()}, {Key: "line", Value: x.f.Lines[i]},
				{Key: "k0", Value: fmt.Sprintf("%s/%d", x.d.Unit, clock.DayOf(benchDay.UnixMilli()))}, {Key: "k1", Value: id.String()},
			}
		}
		if _, err := c.InsertMany(ctx, docs, options.InsertMany().SetOrdered(false)); err != nil {
			b.Error(err)
		}
	})
	b.StopTimer()
	perSecond(b, b.N*benchFrame)
}

func totalQuery() store.SumQuery {
	return store.SumQuery{Measures: []string{"plate_sets"}, From: 20200101, To: 20211231}
}
