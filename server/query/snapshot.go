package query

import (
	"context"
	"hash/fnv"
	"sync"

	"roadbook/server/store"
)

// snapshot is the state of streams, enrolled devices and ledger at one moment: the basis of completeness and of HQ's
// plans.
type snapshot struct {
	lastReceived int64            // Unix ms of the last frame counted; 0 = none
	receivedFrom map[string]int64 // by device: the same for its frames
	lastFrame    map[string]store.FrameKey
	devices      []DeliveringDevice
	ledger       *ledger
}

// snapshots takes snapshots, one at a time however many callers ask. Callers that come during a snapshot share the
// next one, so that no caller gets a snapshot begun before the call.
//
// A snapshot is not kept from one question to the next: only a look at the streams tells the counted frames, on a
// store with other servers writing as well. The ledger follows from HQ's streams alone and is kept until one of them
// has changed.
type snapshots struct {
	mu      sync.Mutex
	running bool
	next    *snapshotCall

	token  uint64 // of HQ's streams when ledger was read; only the running goroutine uses it
	ledger *ledger
}

type snapshotCall struct {
	done     chan struct{}
	snapshot *snapshot
	err      error
}

// takeSnapshot waits for a snapshot begun after the call, or for ctx.
func (q *Query) takeSnapshot(ctx context.Context) (*snapshot, error) {
	t := q.snapshots.join(func(t *snapshotCall) { q.readSnapshot(context.WithoutCancel(ctx), t) })
	select {
	case <-t.done:
		return t.snapshot, t.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// join returns the call that has not begun yet; if none is running, the call begins.
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

// run takes snapshots until no caller waits.
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
	s := &snapshot{receivedFrom: map[string]int64{}, lastFrame: map[string]store.FrameKey{}}
	if s.devices, t.err = withTimeout(ctx, q, q.cfg.DeliveringDevices); t.err != nil {
		return
	}
	field := s.fieldDevices()
	token := fnv.New64a()
	t.err = q.eachStream(ctx, func(st *store.Stream) error {
		s.lastReceived = max(s.lastReceived, st.Received)
		if st.Received >= s.receivedFrom[st.ID.Device] {
			s.receivedFrom[st.ID.Device], s.lastFrame[st.ID.Device] = st.Received, st.Last
		}
		if !field[st.ID.Device] {
			_, _ = token.Write(streamToken(st)) // a hash accepts any input
		}
		return nil
	})
	if t.err == nil {
		s.ledger, t.err = q.snapshots.ledgerAt(token.Sum64(), func() (*ledger, error) { return q.readLedger(ctx) })
	}
	t.snapshot = s
}

// fieldDevices are the devices without ledger lines: those kinds are HQ's alone. Nearly all lines come from such
// devices, so on a busy day the ledgers are not read again for every question.
func (s *snapshot) fieldDevices() map[string]bool {
	out := map[string]bool{}
	for _, r := range s.devices {
		out[r.ID] = r.Role == "officer" || r.Role == "clerk"
	}
	return out
}

// ledgerAt returns the ledger for this token of the streams. The token is taken before the records are read: a frame
// in flight changes the token when the frame is marked.
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
