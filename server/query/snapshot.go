package query

import (
	"context"
	"hash/fnv"
	"sync"

	"roadbook/server/store"
)

// snapshot is what the store and the register of devices looked like at one moment: what tells how complete the
// figures are, and what HQ planned.
type snapshot struct {
	lastReceived int64            // Unix ms of the last frame counted; 0 = none
	receivedFrom map[string]int64 // by device: the same of its frames
	devices      []DeliveringDevice
	ledger       *ledger
}

// snapshots takes censuses, one at a time however many ask: those who come while one is being taken share the
// next, so that nobody is answered by one that began before they asked.
//
// It is not kept from one question to the next: which frames count is only known by looking at the streams, on
// a store that other servers write to as well. The ledger follows from what HQ says alone and is kept until one of
// its streams has changed.
type snapshots struct {
	mu      sync.Mutex
	running bool
	next    *snapshotCall

	token  uint64 // of HQ's streams when ledger was read; only touched by who is running
	ledger *ledger
}

type snapshotCall struct {
	done     chan struct{}
	snapshot *snapshot
	err      error
}

// takeSnapshot waits for one that begins after the call, or for ctx.
func (q *Query) takeSnapshot(ctx context.Context) (*snapshot, error) {
	t := q.snapshots.join(func(t *snapshotCall) { q.readSnapshot(context.WithoutCancel(ctx), t) })
	select {
	case <-t.done:
		return t.snapshot, t.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// join returns the turn that has not begun; where nobody is running, it begins.
func (c *snapshots) join(take func(*snapshotCall)) *snapshotCall {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.next == nil {
		c.next = &snapshotCall{done: make(chan struct{})}
	}
	t := c.next
	if !c.running {
		c.running = true
		go c.run(take)
	}
	return t
}

// run takes turns until nobody waits.
func (c *snapshots) run(take func(*snapshotCall)) {
	for {
		c.mu.Lock()
		t := c.next
		c.next, c.running = nil, t != nil
		c.mu.Unlock()
		if t == nil {
			return
		}
		take(t)
		close(t.done)
	}
}

func (q *Query) readSnapshot(ctx context.Context, t *snapshotCall) {
	s := &snapshot{receivedFrom: map[string]int64{}}
	if s.devices, t.err = withTimeout(ctx, q, q.cfg.DeliveringDevices); t.err != nil {
		return
	}
	field := s.fieldDevices()
	token := fnv.New64a()
	t.err = q.eachStream(ctx, func(st *store.Stream) error {
		s.lastReceived = max(s.lastReceived, st.Received)
		s.receivedFrom[st.ID.Device] = max(s.receivedFrom[st.ID.Device], st.Received)
		if !field[st.ID.Device] {
			_, _ = token.Write(streamToken(st)) // a hash takes all
		}
		return nil
	})
	if t.err == nil {
		s.ledger, t.err = q.snapshots.ledgerAt(token.Sum64(), func() (*ledger, error) { return q.readLedger(ctx) })
	}
	t.snapshot = s
}

// fieldDevices are the devices that can say nothing of a ledger: those kinds are HQ's alone. Nearly all that comes in
// is theirs, so that a busy day does not read the ledgers anew for every question.
func (s *snapshot) fieldDevices() map[string]bool {
	out := map[string]bool{}
	for _, r := range s.devices {
		out[r.ID] = r.Role == "officer" || r.Role == "clerk"
	}
	return out
}

// ledgerAt returns the ledger that was read when the streams had this token. The token is taken before the
// records are read: a frame in flight changes it when it is marked.
func (c *snapshots) ledgerAt(token uint64, read func() (*ledger, error)) (*ledger, error) {
	if c.ledger != nil && c.token == token {
		return c.ledger, nil
	}
	l, err := read()
	if err == nil {
		c.token, c.ledger = token, l
	}
	return l, err
}
