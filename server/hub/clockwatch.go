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

// clockCheckInterval is how often a server looks what others, or server clock accept, have said of the time.
const clockCheckInterval = 5 * time.Second

// Now is the present by the machine's clock.
func Now() time.Time { return systemClock()() }

// openClockWatch judges the clock once before anything is dated by it.
func (h *Hub) openClockWatch(ctx context.Context) error {
	built := int64(0)
	if !h.cfg.Built.IsZero() {
		built = h.cfg.Built.UnixMilli()
	}
	h.clockWatch = timecheck.New(timecheck.Config{
		Registry: h.store, Now: h.cfg.Now, Steady: h.cfg.Steady, Built: built, Log: h.cfg.Log,
	})
	h.closers = append(h.closers, func() error {
		err := h.clockWatch.Close()
		if errors.Is(err, store.ErrFull) || errors.Is(err, store.ErrGone) || errors.Is(err, store.ErrUnavailable) {
			return nil // it was logged; what was signed last is a moment more than what is stored
		}
		return err
	})
	return h.clockWatch.Refresh(ctx)
}

func (h *Hub) checkClock(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, clockCheckInterval)
	defer cancel()
	if err := h.clockWatch.Refresh(ctx); err != nil && ctx.Err() == nil {
		h.cfg.Log.Debug("looking at the times signed", "err", err)
	}
}

// warnings are what a person should see to though the server goes on.
func (h *Hub) warnings() []api.Warning {
	var ws []api.Warning
	if v := h.clockWatch.Check(); v.Off() {
		ws = append(ws, api.Warning{Code: "clock_off", Message: v.Text()})
	}
	if i := h.fileWarning.Load(); i >= 0 {
		ws = append(ws, api.Warning{Code: fileWarnings[i].code, Message: fileWarnings[i].text})
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
