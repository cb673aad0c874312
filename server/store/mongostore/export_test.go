package mongostore

import "time"

// Linger lets the calls of Batches together wait so long for one another.
func (s *Store) Linger(d time.Duration) { s.linger = d }

// Named lets a feed's cursor name so many streams one by one where there are no more, and of more as many times less.
func (s *Store) Named(n int) { s.named = n }
