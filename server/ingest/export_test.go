package ingest

import "time"

// Waiting is how many frames wait for a group to go with.
func (in *Ingest) Waiting() int {
	in.queue.mu.Lock()
	defer in.queue.mu.Unlock()
	return len(in.queue.waiting)
}

// Patient sets how long a frame waits for others; nothing may be on its way yet.
func (in *Ingest) SetMaxWait(d time.Duration) { in.queue.maxWait = d }
