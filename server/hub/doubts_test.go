package hub

import (
	"testing"
	"time"

	"roadbook/schema"
	"roadbook/schema/catalogue"
	"roadbook/server/auth"
	"roadbook/server/doubts"
)

// openDoubts is the number of records of a code with open doubts.
func openDoubts(t *testing.T, h *Hub, code string) int64 {
	t.Helper()
	all, err := h.doubts.Counts(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range all {
		if c.Code == code {
			return c.Open
		}
	}
	return 0
}

// addPlateOn records a plate, always the same.
func addPlateOn(t *testing.T, h *Hub, d *testDevice, at time.Time) {
	t.Helper()
	d.addLine(t, h, "plate", at, map[string]string{
		"unit": "office-1", "plate_type": "02", "plate_number": "冀F00001", "business": "register", "sets": "1",
	})
}

func (r *testDevice) push(t *testing.T) {
	t.Helper()
	if err := r.link.Drain(t.Context(), r.device, time.Now().UnixMilli(), 1); err != nil {
		t.Fatal(err)
	}
}

// Doubts come by themselves, go with a publication without a restart, and are rebuilt beside the server and without one.
func TestDoubtsFollow(t *testing.T) {
	cfg := Config{Data: t.TempDir(), doubtsEvery: 3 * time.Millisecond}
	h, log, stop := start(t, cfg)
	clerk := enroll(t, h, "office-1", auth.RoleClerk)
	for _, day := range []int{1, 1, 2} {
		addPlateOn(t, h, clerk, time.Date(2021, 1, day, 2, 0, 0, 0, time.UTC))
	}
	clerk.push(t)
	want := func() bool {
		return openDoubts(t, h, "no_targets") == 3 && openDoubts(t, h, "duplicate") == 1 && openDoubts(t, h, "near") == 2
	}
	until(t, want)
	if err := RebuildDoubts(t.Context(), cfg, func(int64, int64) {}); err != nil || !want() {
		t.Errorf("beside the server: %v", err)
	}
	text, err := catalogue.EmbeddedText(h.inForce.Load().current)
	if err != nil {
		t.Fatal(err)
	}
	if text, err = catalogue.CopyToYear(text, 2021); err != nil {
		t.Fatal(err)
	}
	if _, err := Publish(t.Context(), h.store, schema.Default(), text, "c.yaml", time.UnixMilli(7)); err != nil {
		t.Fatal(err)
	}
	until(t, func() bool { return openDoubts(t, h, "no_targets") == 0 })
	if openDoubts(t, h, "near") != 2 {
		t.Errorf("the publication took other doubts away: %s", log)
	}
	stop()
	if err := RebuildDoubts(t.Context(), cfg, func(int64, int64) {}); err != nil {
		t.Errorf("without a server: %v", err)
	}
}

// Of two servers on a database one keeps the doubts, and after its orderly end the other does.
func TestOneServerKeepsDoubts(t *testing.T) {
	open := openShared(t, Config{doubtsEvery: 2 * time.Millisecond})
	status := func(h *Hub) doubts.Status {
		s, err := h.doubts.Status(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	one, stop := open()
	until(t, func() bool { s := status(one); return !s.AsOf.IsZero() && !s.First })
	holder := leaseOf(t, one)
	two, _ := open()
	addTwice(t, two)
	until(t, func() bool { return openDoubts(t, two, "duplicate") == 1 })
	if leaseOf(t, two) != holder {
		t.Error("the second server took the lease of the first")
	}
	stop()
	until(t, func() bool { h := leaseOf(t, two); return h != "" && h != holder })
}

func leaseOf(t *testing.T, h *Hub) string {
	t.Helper()
	e, err := h.store.Get(t.Context(), "lease", doubtsLease)
	if err != nil {
		t.Fatal(err)
	}
	return string(e.Data)
}

func addTwice(t *testing.T, h *Hub) {
	t.Helper()
	clerk := enroll(t, h, "office-1", auth.RoleClerk)
	for range 2 {
		addPlateOn(t, h, clerk, time.Date(2020, 6, 1, 2, 0, 0, 0, time.UTC))
	}
	clerk.push(t)
}
