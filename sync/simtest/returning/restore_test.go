package returning

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"roadbook/server/hub"
	"roadbook/server/store"
)

// An old backup is restored while devices come back: devices enrolled before the backup, devices enrolled after
// (unknown to the restored registry), a device with everything acknowledged, and a revoked device. The devices offer
// their stored lines again, and every answer is as if nothing had happened. One machine is lost in the same fire: only
// its lines from the backup remain.
func TestOldBackupUnderReturningClients(t *testing.T) { compareRestored(t, disk) }

func compareRestored(t *testing.T, place func(*testing.T) hub.Config) {
	t.Helper()
	t.Parallel()
	seed := seedOf(t)
	with, lostAt := playYear(t, seed, place, true)
	without, _ := playYear(t, seed, disk, false)
	kept := with.truth.without("lost", lostAt)
	if len(kept) == len(with.truth) || len(kept) != len(without.truth) {
		t.Fatalf("%d observations, %d are kept, without the fire there are %d", len(with.truth), len(kept), len(without.truth))
	}
	compareAnswers(t, without.check(without.truth), with.check(kept))
	for _, s := range with.truth[len(kept):] {
		if s.device == "lost" && s.at > lostAt && s.act == "" {
			if _, err := with.hq.ask(http.MethodGet, "/v1/records/"+s.record, nil); err == nil || !strings.Contains(err.Error(), "404") {
				t.Errorf("%s is lost, and of it the server says %v", s.record, err)
			}
		}
	}
}

// disk is a place for an embedded store.
func disk(t *testing.T) hub.Config { t.Helper(); return hub.Config{Data: t.TempDir()} }

// playYear plays the story. Without the fire the lost machine is lost before its last observations, so that nobody can
// know any of these.
func playYear(t *testing.T, seed uint64, place func(*testing.T) hub.Config, fire bool) (w *world, lostAt int64) {
	t.Helper()
	w = newWorld(t, seed, place(t))
	w.enroll("early", "office-1", "clerk", 0)
	w.enroll("lost", "office-2", "clerk", -2*time.Hour)
	gone := w.enroll("revoked", "office-1", "clerk", 0)
	w.saveRandom(6, "early", "lost", "revoked")
	w.sync("early", "lost", "revoked")
	w.revoke(gone)
	w.saveRandom(2, "revoked")
	w.sync("revoked")
	w.release(w.truth[len(w.truth)-1].id)
	w.tick()
	saved := disk(t)
	backUp(w, saved)

	late := w.enroll("late", "office-2", "clerk", 40*24*time.Hour) // its clock is forty days fast
	w.enroll("post", "office-1", "officer", -300*24*time.Hour)
	w.saveRandom(8, "early", "late", "post")
	w.saveRandom(1, "revoked")
	w.sync("early", "late", "post", "revoked") // all acknowledged
	lostAt = w.now.Load()
	if fire {
		w.saveRandom(5, "lost")
		w.sync("lost")
	}
	w.now.Store(lostAt + time.Hour.Milliseconds()) // the same time in all runs, whatever the lost machine saved
	w.sync("late", "early")                        // these two have seen the lines that the fire destroys
	w.devices["lost"].lose()
	late.reboot() // only the late device still knows how far its clock was off then
	if fire {
		w.burn(saved, place(t))
	}
	w.saveRandom(3, "early", "late", "post")
	w.sync("revoked", "late", "post", "early")
	w.sync("early", "late", "post", "revoked")
	return w, lostAt
}

func backUp(w *world, to hub.Config) {
	w.t.Helper()
	w.must(hub.Backup(w.t.Context(), w.config(w.home), w.config(to), 0, nil, func(store.Counts) error { return nil }))
}

// burn takes the server's disk away; the server answers nobody until the backup is restored elsewhere.
func (w *world) burn(saved, to hub.Config) {
	w.t.Helper()
	url := w.hub.URL()
	w.end()
	if err := w.devices["early"].sync(url); err == nil {
		w.t.Error("a sync with a server that burnt")
	}
	_, err := hub.Restore(w.t.Context(), w.config(saved), w.config(to), nil)
	w.must(err)
	w.home = to
	w.startAgain()
}
