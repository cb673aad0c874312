package mongostore

import "time"

// SetCallWait lets the calls of Batches together wait so long for one another.
func (s *Store) SetCallWait(d time.Duration) { s.callWait = d }

// SetNamedStreams lets a feed's cursor name so many streams one by one where there are no more, and of more as many times less.
func (s *Store) SetNamedStreams(n int) { s.namedStreams = n }
