package mongostore

import "time"

// Linger lets the calls of Batches together wait so long for one another.
func (s *Store) Linger(d time.Duration) { s.linger = d }
