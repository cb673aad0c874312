package auth

import (
	"sync"
	"time"
)

// allowance is how often something may be tried: burst at once, then once every refill.
type allowance struct {
	burst  float64
	refill time.Duration
}

var (
	personTries  = allowance{6, 20 * time.Second} // passwords of one user from one address
	addressTries = allowance{30, 5 * time.Second} // passwords from one address
	enrolTries   = allowance{500, time.Second}    // enrolment codes from one address: a whole fleet may stand behind it
)

// limiter counts tries under names. It forgets names that have their full allowance again, and holds a
// bounded number of them.
type limiter struct {
	mu sync.Mutex
	m  map[string]*tries
}

type tries struct {
	left float64
	at   time.Time
	full time.Time // when nothing is owed any more
}

const limiterMost = 10_000

// take spends one try; false if none is left.
func (l *limiter) take(name string, by allowance, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	t, ok := l.m[name]
	if !ok {
		l.makeRoom(now)
		t = &tries{left: by.burst, at: now}
		l.m[name] = t
	}
	if since := now.Sub(t.at); since > 0 {
		t.left = min(by.burst, t.left+float64(since)/float64(by.refill))
	}
	t.at = now
	if t.left < 1 {
		return false
	}
	t.left--
	t.full = now.Add(time.Duration((by.burst - t.left) * float64(by.refill)))
	return true
}

// giveBack returns a try that was a success.
func (l *limiter) giveBack(name string, by allowance) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if t, ok := l.m[name]; ok {
		t.left = min(by.burst, t.left+1)
	}
}

func (l *limiter) makeRoom(now time.Time) {
	if l.m == nil {
		l.m = map[string]*tries{}
	}
	if len(l.m) < limiterMost {
		return
	}
	for name, t := range l.m {
		if !t.full.After(now) {
			delete(l.m, name)
		}
	}
	if len(l.m) >= limiterMost { // an attack from everywhere: hashing is bounded anyhow
		clear(l.m)
	}
}
