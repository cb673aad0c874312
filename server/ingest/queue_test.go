package ingest_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"roadbook/server/store"
)

// gatedStore is a store whose first Batches each wait at a gate.
type gatedStore struct {
	store.Store
	parallel int // groups running at once
	came     atomic.Int64
	gates    []chan struct{}
	most     atomic.Int64 // largest number of Batches run together
}

func (d *gatedStore) Traits() store.Traits {
	t := d.Store.Traits()
	t.Parallel = d.parallel
	return t
}

func (d *gatedStore) WithConcurrentBatches(ctx context.Context, n int) context.Context {
	d.most.Store(max(d.most.Load(), int64(n)))
	return d.Store.WithConcurrentBatches(ctx, n)
}

func (d *gatedStore) Batch(ctx context.Context, fn func(store.Steps) error) error {
	if n := int(d.came.Add(1)); n <= len(d.gates) {
		<-d.gates[n-1]
	}
	return d.Store.Batch(ctx, fn)
}

// queueWorld is a world of devices sending a frame each, through a gatedStore.
type queueWorld struct {
	*world
	d        *gatedStore
	openGate []func() // one function a gate
	sent     int
	answered chan error
}

func newQueueWorld(t *testing.T, parallel, doors int) *queueWorld {
	t.Helper()
	d := &gatedStore{Store: openSimulated(t), parallel: parallel}
	c := &queueWorld{world: newWorld(t, d), d: d, answered: make(chan error, 20)}
	for range doors {
		door := make(chan struct{})
		d.gates, c.openGate = append(d.gates, door), append(c.openGate, sync.OnceFunc(func() { close(door) }))
		t.Cleanup(c.openGate[len(c.openGate)-1]) // a Batch at a closed gate would keep the world from closing
	}
	return c
}

func (c *queueWorld) send() {
	c.sent++
	name := fmt.Sprintf("%02d", c.sent)
	dev := c.device(name, "office-1", "clerk")
	c.plate(dev, "冀F8K0"+name, c.now)
	f := dev.Next()
	go func() {
		_, err := c.in.Sync(context.Background(), who(dev), dev.Request(f, c.now.UnixMilli()))
		c.answered <- err
	}()
}

// until waits until done, and fails after ten seconds.
func (c *queueWorld) until(done func() bool) {
	c.t.Helper()
	for until := time.Now().Add(10 * time.Second); !done(); time.Sleep(time.Millisecond) {
		if time.Now().After(until) {
			c.t.Fatal("it never came so far")
		}
	}
}

// wantAnswers waits for n answers, and fails if there are more.
func (c *queueWorld) wantAnswers(n int) {
	c.t.Helper()
	for range n {
		select {
		case err := <-c.answered:
			if err != nil {
				c.t.Error(err)
			}
		case <-time.After(10 * time.Second):
			c.t.Fatal("a frame that was done waited for one that was not")
		}
	}
	if len(c.answered) != 0 {
		c.t.Errorf("%d too many were answered", len(c.answered))
	}
}

// Of two frames in a group, the finished frame is answered, whatever happens to the other frame.
func TestNobodyWaitsForTheOther(t *testing.T) {
	c := newQueueWorld(t, 1, 2)
	c.send()
	c.until(func() bool { return c.d.came.Load() == 1 })
	c.send()
	c.send()
	c.until(func() bool { return c.in.Waiting() == 2 })
	c.openGate[0]()
	c.wantAnswers(2) // the first, and one of the two in the group
	if c.d.most.Load() != 2 {
		t.Errorf("%d went together", c.d.most.Load())
	}
	c.openGate[1]()
	c.wantAnswers(1)
}

// Beside a running group the next group starts once half a group waits.
func TestHalfAGroupGoesBeside(t *testing.T) {
	c := newQueueWorld(t, 2, 1)
	c.in.SetMaxWait(time.Hour)
	half := int64(c.d.Traits().FramesAtOnce / 2)
	c.send()
	c.until(func() bool { return c.d.came.Load() == 1 })
	for range half {
		c.send()
	}
	c.wantAnswers(int(half))
	if c.d.most.Load() != half {
		t.Errorf("%d went together, want the %d at a time", c.d.most.Load(), half)
	}
	c.openGate[0]()
	c.wantAnswers(1)
}

// No frame waits for ever behind a group without end.
func TestTheImpatientGoBeside(t *testing.T) {
	c := newQueueWorld(t, 2, 1)
	c.in.SetMaxWait(time.Millisecond)
	c.send()
	c.until(func() bool { return c.d.came.Load() == 1 })
	c.send()
	c.wantAnswers(1)
	c.openGate[0]()
	c.wantAnswers(1)
}

// No frame waits for ever behind several groups, if one of them ends.
func TestTheImpatientTakeTheFirstPlace(t *testing.T) {
	c := newQueueWorld(t, 2, 2)
	c.in.SetMaxWait(time.Millisecond)
	for group := range int64(2) {
		c.send()
		c.until(func() bool { return c.d.came.Load() == group+1 })
	}
	c.send()
	c.until(func() bool { return c.in.Waiting() == 1 })
	time.Sleep(20 * time.Millisecond) // maxWait passed while no group was free
	c.openGate[0]()
	c.wantAnswers(2)
	c.openGate[1]()
	c.wantAnswers(1)
}
