package maker

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"sync"
	"time"
)

// news tells listening pages that something changed; it carries no content.
type news struct {
	mu        sync.Mutex
	listeners map[chan []string]bool
}

// tell tells all listeners. A listener that lags behind hears of the changes together.
func (n *news) tell(changed ...string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for ch := range n.listeners {
		all := changed
		select {
		case waiting := <-ch:
			all = slices.Concat(waiting, changed)
			slices.Sort(all)
			all = slices.Compact(all)
		default:
		}
		ch <- all // has room: only tell sends, under the lock
	}
}

// mostListeners bounds the open windows.
const mostListeners = 32

func (n *news) listen() (ch chan []string, leave func(), ok bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.listeners) >= mostListeners {
		return nil, nil, false
	}
	if n.listeners == nil {
		n.listeners = map[chan []string]bool{}
	}
	ch = make(chan []string, 1)
	n.listeners[ch] = true
	return ch, func() {
		n.mu.Lock()
		defer n.mu.Unlock()
		delete(n.listeners, ch)
	}, true
}

// beat is the longest silence of a stream of news: a page that hears less asks anew.
const beat = 20 * time.Second

// serveNews streams one JSON array a line: the names of what changed; an empty one keeps the stream alive.
func (m *Maker) serveNews(ctx context.Context, w http.ResponseWriter) {
	ch, leave, ok := m.news.listen()
	if !ok {
		writeError(w, errTooMany)
		return
	}
	defer leave()
	w.Header().Set("Content-Type", "application/x-ndjson")
	out := http.NewResponseController(w)
	send := func(changed []string) bool {
		if json.NewEncoder(w).Encode(changed) != nil {
			return false
		}
		return out.Flush() == nil
	}
	for alive := send([]string{}); alive; {
		select {
		case <-ctx.Done():
			return
		case changed := <-ch:
			alive = send(changed)
		case <-time.After(beat):
			alive = send([]string{})
		}
	}
}
