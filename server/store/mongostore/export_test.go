package mongostore

import "time"

// SetCallWait sets the longest time a call waits for the calls of other Batches.
func (s *Store) SetCallWait(d time.Duration) { s.callWait = d }

// SetNamedStreams sets the number of streams up to which a feed's cursor names each stream; the other bounds change in
// proportion.
func (s *Store) SetNamedStreams(n int) { s.maxNamedStreams = n }
