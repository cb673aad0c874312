package auth

import (
	"maps"
	"sync"

	"roadbook/sync/wire"
)

// maxOverflow bounds the number of remembered tries. Beyond it, further names are refused.
const maxOverflow = 10_000

// overflowTries remembers tries when the store has no room: on a full disk, a right password still signs in, and
// guessing gets no more tries than usual.
type overflowTries struct {
	mu      sync.Mutex
	entries map[string]overflowTry
}

type overflowTry struct {
	tries
	expires int64 // Unix ms
}

// find overwrites t with remembered tries, if any.
func (s *overflowTries) find(name string, now int64, t *tries) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if is, ok := s.entries[name]; ok && is.expires > now {
		*t = is.tries
	}
}

// keep remembers t. It refuses if too many tries are remembered already.
func (s *overflowTries) keep(name string, t tries, expires, now int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.entries == nil {
		s.entries = map[string]overflowTry{}
	}
	if _, known := s.entries[name]; !known && len(s.entries) >= maxOverflow {
		maps.DeleteFunc(s.entries, func(_ string, is overflowTry) bool { return is.expires <= now })
		if len(s.entries) >= maxOverflow {
			return wire.Refuse(wire.CodeTooMany, "")
		}
	}
	s.entries[name] = overflowTry{t, expires}
	return nil
}

// forget drops remembered tries, since the store has them again.
func (s *overflowTries) forget(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.entries, name)
}
