package localdb

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"roadbook/sync/wire"
)

// BenchmarkSave saves one observation from draft to disk, fsync included, on encrypted files. The result includes the
// 99th percentile beside the mean.
func BenchmarkSave(b *testing.B) {
	db, _ := openEnrolled(b, "clerk")
	d := plate(b, db, "冀F8K2M6")
	took := make([]time.Duration, 0, b.N)
	for b.Loop() {
		begin := time.Now()
		if _, err := db.Save(ctx, d); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(begin))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
}

// BenchmarkDrain measures the client's part of draining 10,000 waiting observations: cutting, signing and encoding
// frames, and applying answers. No server is involved.
func BenchmarkDrain(b *testing.B) {
	const n = 10_000
	for b.Loop() {
		b.StopTimer()
		db, _ := openEnrolled(b, "clerk")
		fill(b, db, n)
		b.StartTimer()
		for {
			req := mustNext(b, db)
			if req.Frame == nil {
				break
			}
			if _, err := req.Encode(wire.Zstd); err != nil {
				b.Fatal(err)
			}
			mustApply(b, db, answer(req, wire.Created), req)
		}
		b.StopTimer()
		db.Close()
		b.StartTimer()
	}
}

// fill saves n observations in one transaction, for benchmarks only.
func fill(b *testing.B, db *DB, n int) {
	b.Helper()
	d := plate(b, db, "冀F8K2M6")
	err := db.writeTx(ctx, func() error {
		for range n {
			if _, err := db.save(&d); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
}

// BenchmarkShow finds and folds one record among 10,000.
func BenchmarkShow(b *testing.B) {
	db, _ := openEnrolled(b, "clerk")
	fill(b, db, 10_000)
	id := mustSave(b, db, plate(b, db, "冀F8K2M6")).ID
	for b.Loop() {
		mustShow(b, db, id)
	}
}

// BenchmarkList lists an empty kind, and the newest twenty of all, among 100,000 own records and as many pulled ones.
func BenchmarkList(b *testing.B) {
	const n = 100_000
	own, _ := openEnrolled(b, "clerk")
	fill(b, own, n)
	pulled, _ := openEnrolled(b, "clerk")
	err := pulled.writeTx(ctx, func() error {
		return own.Lines(ctx, func(id wire.ObsID, line []byte, _ wire.Status) error {
			_, err := pulled.savePulledLine(&wire.PulledLine{ID: "zther" + id.String()[5:], Line: string(line)}, start)
			return err
		})
	})
	if err != nil {
		b.Fatal(err)
	}
	for name, db := range map[string]*DB{"own": own, "pulled": pulled} {
		for _, f := range []Filter{{Kind: "accident", Limit: 20}, {Limit: 20}} {
			b.Run(name+"-"+f.Kind, func(b *testing.B) {
				for b.Loop() {
					if _, err := db.List(ctx, f); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// BenchmarkFind finds a plate and an abbreviated id among 100,000 own records.
func BenchmarkFind(b *testing.B) {
	db, _ := openEnrolled(b, "clerk")
	fill(b, db, 100_000)
	id := mustSave(b, db, plate(b, db, "冀FZZZZZ")).Record
	b.Run("text", func(b *testing.B) {
		for b.Loop() {
			if list, _, err := db.Find(ctx, Filter{Limit: 20}, "FZZZZ"); err != nil || len(list) != 1 {
				b.Fatal(len(list), err)
			}
		}
	})
	b.Run("id", func(b *testing.B) {
		for b.Loop() {
			if got, err := db.Resolve(ctx, id[len(id)-8:]); err != nil || got != id {
				b.Fatal(got, err)
			}
		}
	})
}

// BenchmarkListInDoubt lists 1,000 plates with their doubts, each plate typed twice.
func BenchmarkListInDoubt(b *testing.B) {
	db, _ := openEnrolled(b, "clerk")
	err := db.writeTx(ctx, func() error {
		for i := range 1000 {
			d := plate(b, db, fmt.Sprintf("冀F%05d", 10000+i/2))
			if _, err := db.save(&d); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	pullSigned(b, db, wire.Pulled{Cursor: "c", Reference: []byte(segments)})
	for b.Loop() {
		if l, err := db.List(ctx, Filter{Doubts: true}); err != nil || len(l) != 1000 {
			b.Fatal(len(l), err)
		}
	}
}
