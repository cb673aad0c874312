package ingest_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"roadbook/server/store"
)

// doorman is a store of one worker, whose first Batch waits at one door and whose second at another.
type doorman struct {
	store.Store
	came  atomic.Int64
	doors [2]chan struct{}
	most  atomic.Int64 // Batches that went together
}

func (d *doorman) Traits() store.Traits {
	t := d.Store.Traits()
	t.Parallel = 1
	return t
}

func (d *doorman) Together(ctx context.Context, n int) context.Context {
	d.most.Store(max(d.most.Load(), int64(n)))
	return d.Store.Together(ctx, n)
}

func (d *doorman) Batch(ctx context.Context, fn func(store.Steps) error) error {
	if n := d.came.Add(1); n <= 2 {
		<-d.doors[n-1]
	}
	return d.Store.Batch(ctx, fn)
}

// Of two frames that are taken at a time the one that is done is answered, whatever becomes of the other.
func TestNobodyWaitsForTheOther(t *testing.T) {
	d := &doorman{Store: openSimulated(t), doors: [2]chan struct{}{make(chan struct{}), make(chan struct{})}}
	w := newWorld(t, d)
	answered := make(chan error, 3)
	send := func(name string) {
		dev := w.device(name, "office-1", "clerk")
		w.plate(dev, "冀F8K00"+name, w.now)
		f := dev.Next()
		go func() {
			_, err := w.in.Sync(context.Background(), who(dev), dev.Request(f, w.now.UnixMilli()))
			answered <- err
		}()
	}
	wait := func(done func() bool) {
		t.Helper()
		for until := time.Now().Add(10 * time.Second); !done(); time.Sleep(time.Millisecond) {
			if time.Now().After(until) {
				t.Fatal("it never came so far")
			}
		}
	}
	send("1")
	wait(func() bool { return d.came.Load() == 1 })
	send("2")
	send("3")
	wait(func() bool { return w.in.Waiting() == 2 })
	close(d.doors[0])
	for range 2 { // the first, and one of the two that went together
		select {
		case err := <-answered:
			if err != nil {
				t.Error(err)
			}
		case <-time.After(10 * time.Second):
			t.Error("a frame that was done waited for one that was not")
		}
	}
	if d.most.Load() != 2 || len(answered) != 0 {
		t.Errorf("%d went together, %d too many were answered", d.most.Load(), len(answered))
	}
	close(d.doors[1])
	if err := <-answered; err != nil {
		t.Error(err)
	}
}
