package auth

import (
	"maps"
	"sync"

	"roadbook/sync/wire"
)

// mostSpare is how many tries are remembered at most. Beyond, nobody else may try.
const mostSpare = 10_000

// spareTries remembers tries for which the store has no room: whoever has a right password gets in on a full disk, and
// whoever guesses has no more tries than else.
type spareTries struct {
	mu sync.Mutex
	of map[string]spareTry
}

type spareTry struct {
	tries
	expires int64 // Unix ms
}

// find overwrites t with what is remembered, if anything is.
func (s *spareTries) find(name string, now int64, t *tries) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if is, ok := s.of[name]; ok && is.expires > now {
		*t = is.tries
	}
}

// keep remembers t. Refuses where too many are remembered already.
func (s *spareTries) keep(name string, t tries, expires, now int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.of == nil {
		s.of = map[string]spareTry{}
	}
	if _, known := s.of[name]; !known && len(s.of) >= mostSpare {
		maps.DeleteFunc(s.of, func(_ string, is spareTry) bool { return is.expires <= now })
		if len(s.of) >= mostSpare {
			return wire.Refuse(wire.CodeTooMany, "")
		}
	}
	s.of[name] = spareTry{t, expires}
	return nil
}

// forget leaves it to the store again.
func (s *spareTries) forget(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.of, name)
}
