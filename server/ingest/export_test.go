package ingest

// Waiting is how many frames wait for a worker.
func (in *Ingest) Waiting() int { return len(in.queue.jobs) }
