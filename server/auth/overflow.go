package auth

import (
	"maps"
	"sync"

	"roadbook/sync/wire"
)

// maxOverflow is how many tries are remembered at most. Beyond, nobody else may try.
const maxOverflow = 10_000

// overflowTries remembers tries for which the store has no room: whoever has a right password gets in on a full disk, and
// whoever guesses has no more tries than else.
type overflowTries struct {
	mu      sync.Mutex
	entries map[string]overflowTry
}

type overflowTry struct {
	tries
	expires int64 // Unix ms
}

// find overwrites t with what is remembered, if anything is.
func (s *overflowTries) find(name string, now int64, t *tries) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if is, ok := s.entries[name]; ok && is.expires > now {
		*t = is.tries
	}
}

// keep remembers t. Refuses where too many are remembered already.
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

// forget leaves it to the store again.
func (s *overflowTries) forget(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.entries, name)
}
