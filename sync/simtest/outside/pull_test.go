package outside

import "testing"

// wantRecords checks that the device lists these records.
func (d *device) wantRecords(ids ...string) {
	d.w.t.Helper()
	var list []struct{ Record string }
	d.runJSON(&list, "list", "--limit", "0")
	have := map[string]bool{}
	for _, r := range list {
		have[r.Record] = true
	}
	missing := 0
	for _, id := range ids {
		if !have[id] {
			missing++
		}
	}
	if missing > 0 {
		d.w.t.Errorf("of %d records of its unit the device was not told %d", len(ids), missing)
	}
}

// TestPutBackServerIsPulledAnew: a server's directory is put back from a copy, as with a snapshot of the machine, and
// then grows differently, first less and then further than the reader has pulled. The reader gets all new lines.
func TestPutBackServerIsPulledAnew(t *testing.T) {
	w := newWorld(t)
	s := w.serve("")
	tell := func(d *device, n int) {
		for range n {
			d.plate()
			if o := d.sync(s.URL); o.Exit != 0 { // one frame each
				t.Fatal(o)
			}
		}
	}
	reader, writer := s.enroll("office-1", "clerk"), s.enroll("office-1", "clerk")
	for _, grown := range []int{1, 4} {
		later := s.enroll("office-1", "clerk")
		s.stop()
		copied := copyOf(t, s.dir)
		s.start()
		tell(writer, 2)
		reader.deliver(s.URL)
		reader.wantRecords(writer.confirmed...)
		s.stop()
		putBack(t, copied, s.dir)
		s.start()
		tell(later, grown)
		reader.deliver(s.URL)
		reader.wantRecords(later.confirmed...)
	}
}
