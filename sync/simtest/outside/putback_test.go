package outside

import "testing"

// TestDirectoryPutBack: the server's directory is put back as a plain copy, with the same epoch, while the device
// already writes to another stream. The old stream's lines missing in the copy are sent again.
func TestDirectoryPutBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.serve("")
	d := s.enroll("office-1", "clerk")
	d.plates(4)
	d.deliver("")
	s.stop()
	snapshot := copyOf(t, s.dir)
	s.start()
	d.plates(7)
	d.deliver("")
	before := copyOf(t, d.dir) // the device's disk is put back too, and so continues in a new stream
	d.plate()
	d.deliver("")
	putBack(t, before, d.dir)
	d.confirmed = d.confirmed[:11]
	d.deliver("")
	d.plates(5)
	d.deliver("")
	s.wantExported(d.confirmed...)
	s.stop()
	putBack(t, snapshot, s.dir)
	s.start()
	d.deliver("")
	s.wantExported(d.confirmed...)
	d.plate() // the device continues
	d.deliver("")
	s.wantExported(d.confirmed...)
	if o := s.command("verify"); o.Exit != 0 {
		t.Errorf("verify: %v", o)
	}
}

// TestDirectoryPutBackUnderSeveral: each device notices by itself, whatever lines have been delivered since.
func TestDirectoryPutBackUnderSeveral(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.serve("")
	var devices []*device
	for range 3 {
		devices = append(devices, s.enroll("office-1", "clerk"))
	}
	say := func() {
		for _, d := range devices {
			d.plates(w.rng.IntN(3))
			d.deliver("")
		}
	}
	say()
	s.stop()
	snapshot := copyOf(t, s.dir)
	s.start()
	say()
	s.stop()
	putBack(t, snapshot, s.dir)
	s.start()
	say()
	for _, d := range devices {
		s.wantExported(d.confirmed...)
	}
}
