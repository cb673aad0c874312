package auth

import "sync"

// cacheLife is how long, in ms, an entry is believed without reading it again: so late, at most, does
// another server's or program's revocation take effect.
const cacheLife = 2000

const cacheMax = 20_000

// cache keeps entries that were just read: every request needs its asker's.
type cache[T any] struct {
	mu sync.Mutex
	m  map[string]cached[T]
}

type cached[T any] struct {
	v  T
	at int64
}

func (c *cache[T]) find(name string, now int64) (v T, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.m[name]
	if !ok || now-e.at > cacheLife || now < e.at {
		return v, false
	}
	return e.v, true
}

func (c *cache[T]) keep(name string, v T, now int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.m == nil || len(c.m) >= cacheMax {
		c.m = map[string]cached[T]{}
	}
	c.m[name] = cached[T]{v, now}
}

func (c *cache[T]) forget(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.m, name)
}
