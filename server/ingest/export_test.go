package ingest

import "time"

// Waiting is the number of frames waiting for a group.
func (in *Ingest) Waiting() int {
	in.queue.mu.Lock()
	defer in.queue.mu.Unlock()
	return len(in.queue.waiting)
}

// SetMaxWait sets how long a frame waits for running groups. Call it before the first frame.
func (in *Ingest) SetMaxWait(d time.Duration) { in.queue.maxWait = d }
