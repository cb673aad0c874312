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

// clockCheckInterval is the interval for reading the times signed by other servers, and a decision of the command
// server clock accept.
const clockCheckInterval = 5 * time.Second

// Now is the current time of the machine's clock.
func Now() time.Time { return systemClock()() }

// openClockWatch checks the clock once before any date is taken from it.
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
			return nil // logged already; the last signed time is at most a moment later than the stored one
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

// warnings lists the conditions that need a person's attention while the server runs on.
func (h *Hub) warnings() []api.Warning {
	var ws []api.Warning
	if v := h.clockWatch.Check(); v.Off() {
		ws = append(ws, api.Warning{Code: "clock_off", Message: v.Text()})
	}
	if i := h.fileWarning.Load(); i >= 0 {
		ws = append(ws, api.Warning{Code: fileWarnings[i].code, Message: fileWarnings[i].text})
	}
	for _, c := range h.inForce.Load().clashes {
		ws = append(ws, api.Warning{Code: clashCode, Message: ClashText(c)})
	}
	if w := h.following.warning.Load(); w != nil {
		ws = append(ws, *w)
	}
	return ws
}

// warningTexts lists the warnings' texts for HQ's pages.
func (h *Hub) warningTexts() (texts []schema.Text) {
	for _, w := range h.warnings() {
		texts = append(texts, w.Message)
	}
	return texts
}
