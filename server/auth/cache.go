package auth

import "sync"

// cacheLife is the time for which an entry is used without reading it again, in ms. A revocation at another server or
// program takes effect after this time at the latest.
const cacheLife = 2000

const cacheMax = 20_000

// cache keeps entries read a moment ago: every request needs its sender's entry.
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
