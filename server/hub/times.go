package hub

import (
	"context"
	"errors"
	"time"

	"roadbook/schema"
	"roadbook/server/api"
	"roadbook/server/store"
	"roadbook/server/timecheck"
)

// lookEvery is how often a server looks what others, or server clock accept, have said of the time.
const lookEvery = 5 * time.Second

// Now is the present by the machine's clock.
func Now() time.Time { return systemClock()() }

// openTimes judges the clock once before anything is dated by it.
func (h *Hub) openTimes(ctx context.Context) error {
	built := int64(0)
	if !h.cfg.Built.IsZero() {
		built = h.cfg.Built.UnixMilli()
	}
	h.times = timecheck.New(timecheck.Config{
		Registry: h.store, Now: h.cfg.Now, Steady: h.cfg.Steady, Built: built, Log: h.cfg.Log,
	})
	h.closers = append(h.closers, func() error {
		err := h.times.Close()
		if errors.Is(err, store.ErrFull) || errors.Is(err, store.ErrGone) || errors.Is(err, store.ErrUnavailable) {
			return nil // it was logged; what was signed last is a moment more than what is stored
		}
		return err
	})
	return h.times.Refresh(ctx)
}

func (h *Hub) lookAtTimes(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, lookEvery)
	defer cancel()
	if err := h.times.Refresh(ctx); err != nil && ctx.Err() == nil {
		h.cfg.Log.Debug("looking at the times signed", "err", err)
	}
}

// warnings are what a person should see to though the server goes on.
func (h *Hub) warnings() []api.Warning {
	var ws []api.Warning
	if v := h.times.Check(); v.Off() {
		ws = append(ws, api.Warning{Code: "clock_off", Message: v.Text()})
	}
	if i := h.trouble.Load(); i >= 0 {
		ws = append(ws, api.Warning{Code: fileTexts[i].code, Message: fileTexts[i].text})
	}
	return ws
}

// warningTexts are what HQ's pages show of them.
func (h *Hub) warningTexts() (texts []schema.Text) {
	for _, w := range h.warnings() {
		texts = append(texts, w.Message)
	}
	return texts
}
