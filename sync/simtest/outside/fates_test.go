package outside

import (
	"fmt"
	"os"
	"strconv"
	"testing"

	"roadbook/client/localdb"
	"roadbook/schema"
)

// fateCounts returns the numbers of lines to quarantine and release, for the ordinary and the revoked device: more than
// older servers sent, and more than one answer holds. ROADBOOK_FATES=5000, for each, is the long form.
func fateCounts(t *testing.T) (ordinary, revoked int) {
	t.Helper()
	text := os.Getenv("ROADBOOK_FATES")
	if text == "" {
		return 210, 510
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 10 {
		t.Fatalf("ROADBOOK_FATES=%q", text)
	}
	return n, n
}

// saveDirectly saves n plates by the client's own package, in this process: n starts of the program would take most of
// the test's time. The lines name the catalogue.
func (d *device) saveDirectly(n int, catalogue string) (ids []string) {
	t := d.w.t
	t.Helper()
	keys, err := localdb.LoadKeys(d.dir)
	d.w.must(err)
	db, err := localdb.Open(t.Context(), localdb.Config{Dir: d.dir, Keys: keys, Known: true, Catalogue: catalogue})
	d.w.must(err)
	k, _ := db.Schema().Kind("plate")
	for range n {
		d.w.serial++
		var vs schema.Values
		for name, text := range map[string]string{
			"plate_type": "02", "business": "注册", "plate_number": fmt.Sprintf("冀F%05d", d.w.serial), "occurred_at": "2020-03-02T09:00:00+08:00",
		} {
			v, fault := k.Parse(name, text)
			if fault != nil {
				t.Fatal(fault)
			}
			vs = vs.With(name, v)
		}
		s, err := db.Save(t.Context(), localdb.Draft{Kind: "plate", Fields: vs})
		d.w.must(err)
		ids = append(ids, s.ID)
	}
	d.w.must(db.Close())
	d.confirmed = append(d.confirmed, ids...)
	return ids
}

// wantQuarantined syncs until nothing waits, and checks the number of quarantined lines in the device's status.
func (d *device) wantQuarantined(s *server, n int, when string) {
	d.w.t.Helper()
	d.deliver(s.URL)
	if got := d.status().Quarantined; got != n {
		d.w.t.Errorf("%s the device shows %d quarantined lines, not %d", when, got, n)
	}
}

// TestEveryFateReachesItsDevice: every quarantine and release reaches its device, in any number, even a revoked device.
// A revoked device pulls nothing else.
func TestEveryFateReachesItsDevice(t *testing.T) {
	w := newWorld(t)
	some, many := fateCounts(t)
	s := w.serve("")
	ordinary, revoked, other := s.enroll("office-1", "clerk"), s.enroll("office-2", "clerk"), s.enroll("office-2", "clerk")
	w.must(s.hq.Revoke(s.URL, revoked.id))
	quarantined := map[*device][]string{
		ordinary: ordinary.saveDirectly(some, "shunping-2099@1"), // of a catalogue still unknown to the server
		revoked:  revoked.saveDirectly(many, "shunping-2020@1"),
	}
	other.plate()
	other.deliver(s.URL)
	for d, ids := range quarantined {
		n := len(ids)
		d.wantQuarantined(s, n, "delivered,")
		w.rng.Shuffle(n, func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
		for _, id := range ids[3:] {
			w.must(s.hq.Release(s.URL, id))
		}
		d.wantQuarantined(s, 3, "all but three released,")
		for _, id := range ids[:3] {
			w.must(s.hq.Release(s.URL, id))
		}
		d.wantQuarantined(s, 0, "all released,")
		s.wantExported(d.confirmed...)
	}
	var list []struct{ Record string }
	if revoked.runJSON(&list, "list", "--limit", "0"); len(list) != many {
		t.Errorf("the revoked device knows %d records, and said %d", len(list), many)
	}
}
