package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"roadbook/server/auth"
	"roadbook/sync/wire"
)

// Many devices return at once to a server with two sync slots: some are refused, all come through, and each
// observation counts once.
func TestCrowdDrains(t *testing.T) {
	const devices, plates = 24, 5
	w := newWorld(t, func(c *Config) { c.MaxSyncs = 2 })
	devs := make([]*testDevice, devices)
	for i := range devs {
		devs[i] = w.newDev(byte(i+1), "office-1", auth.RoleClerk)
		for n := range plates {
			devs[i].appendPlate("office-1", fmt.Sprintf("冀F%02d%dK6", i, n), "2020-12-15T10:00:00+08:00")
		}
	}
	var away atomic.Int64
	var all sync.WaitGroup
	errs := make([]error, devices)
	for i, d := range devs {
		all.Go(func() { errs[i] = d.pushUntilAccepted(plates, &away) })
	}
	all.Wait()
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
	if got := row(t, w.indicators("year=2020"), "P5-1"); *got.Value != fmt.Sprint(devices*plates) {
		t.Fatalf("%s sets, %d were issued; %d requests turned away", *got.Value, devices*plates, away.Load())
	}
}

// pushUntilAccepted sends every line twice, each in its own frame, and retries when refused. Safe to call in a
// goroutine.
func (d *testDevice) pushUntilAccepted(n int, away *atomic.Int64) error {
	for i := range 2 * n {
		f := d.frame(i/2, i/2+1)
		body, err := (&wire.Request{Stream: d.stream, Frame: f}).Encode(wire.Zstd)
		if err != nil {
			return err
		}
		for try := 0; ; try++ {
			r, err := d.w.try(http.MethodPost, "/v1/sync", d.token, body, "Content-Encoding", "zstd", "Accept-Encoding", "identity")
			if err != nil {
				return err
			}
			if r.status == http.StatusServiceUnavailable && r.header.Get("Retry-After") != "" && try < 5000 {
				away.Add(1)
				time.Sleep(time.Millisecond)
				continue
			}
			var a wire.Answer
			if err := json.Unmarshal([]byte(r.body), &a); err != nil || len(a.Results) != 1 || !a.Results[0].Status.Acknowledges() {
				return fmt.Errorf("line %d: %d %s %w", i, r.status, r.body, err)
			}
			break
		}
	}
	return nil
}
