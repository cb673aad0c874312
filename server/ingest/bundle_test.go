package ingest_test

import (
	"context"
	"crypto/ed25519"
	"testing"
	"time"

	"roadbook/server/fleet"
	"roadbook/server/ingest"
	"roadbook/sync/wire"
)

// bundle seals frames of a device into a file.
func (w *world) bundle(d *fleet.Device, frames ...*wire.Frame) []byte {
	w.t.Helper()
	file, err := d.Bundle(key(99).Public().(ed25519.PublicKey), "", frames...)
	if err != nil {
		w.t.Fatal(err)
	}
	return file
}

func (w *world) importBundle(d *fleet.Device, file []byte) *ingest.BundleResult {
	w.t.Helper()
	in, err := w.in.Bundle(w.t.Context(), file, func(context.Context, string) (ingest.Device, error) { return who(d), nil })
	if err != nil {
		w.t.Fatal(err)
	}
	return in
}

// The same lines arrive directly and by files, cut differently, in another order and twice: each line counts once.
func TestBundleIsOneMoreWay(t *testing.T) {
	eachStore(t, func(t *testing.T, w *world) {
		d := w.device("d1", "window-1", "clerk")
		at := time.Date(2020, 12, 15, 10, 0, 0, 0, shanghai)
		w.plate(d, "冀F8K2M6", at)
		one := d.Next()
		w.plate(d, "冀F8K2M7", at)
		both := d.Next()
		if len(one.Lines) != 1 || len(both.Lines) != 2 {
			t.Fatalf("%d and %d lines", len(one.Lines), len(both.Lines))
		}
		if in := w.importBundle(d, w.bundle(d, both, one)); in.Created != 2 || in.Exists != 1 {
			t.Fatalf("%+v", in)
		}
		w.wantStatuses(w.send(d, one), wire.Exists)
		w.wantStatuses(w.send(d, both), wire.Exists)
		if in := w.importBundle(d, w.bundle(d, one, both)); in.Created != 0 || in.Exists != 3 {
			t.Fatalf("%+v", in)
		}
		w.wantSets("window-1", 2)
	})
}
