package returning

import (
	"errors"
	"os"
	"strings"
	"testing"

	"roadbook/schema"
	"roadbook/server/hub"
)

// The sums are rebuilt while devices are in the middle of their work: by the same version of the catalogue, and by
// another version, which also counts the older records. Every answer is as if the catalogue had always been this
// version.
func TestRebuiltUnderClients(t *testing.T) {
	t.Parallel()
	seed := seedOf(t)
	without := newWorld(t, seed, disk(t))
	without.publish()
	without.playStory(func() {})
	want := without.check(without.truth)
	for name, happens := range map[string]func(*world){
		"the same version": func(w *world) { w.publish(); w.playStory(func() { w.end(); w.rebuild(); w.startAgain() }) },
		"another version":  func(w *world) { w.playStory(w.publish) },
		"another version, by hand": func(w *world) {
			w.playStory(func() {
				w.end()
				w.announce()
				w.rebuild()
				w.startAgain()
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			with := newWorld(t, seed, disk(t))
			happens(with)
			compareAnswers(t, want, with.check(with.truth))
		})
	}
}

// rebuild rebuilds all sums by the catalogues in force.
func (w *world) rebuild() {
	w.t.Helper()
	version, err := hub.Rebuild(w.t.Context(), w.config(w.home), nil, nil)
	w.must(err)
	s, closeStore, err := hub.OpenStore(w.t.Context(), w.config(w.home))
	w.must(err)
	by, err := s.CountedBy(w.t.Context())
	w.must(errors.Join(err, closeStore()))
	if by != version || w.published != strings.Contains(by, "yunchuan-2020@1") {
		w.t.Errorf("counted by %q, the command says %q", by, version)
	}
}

// announce publishes a county's catalogue, with measures unknown to the program's own catalogue.
func (w *world) announce() {
	w.t.Helper()
	text, err := os.ReadFile("../../../server/testdata/yunchuan-2020.yaml")
	w.must(err)
	s, closeStore, err := hub.OpenStore(w.t.Context(), w.config(w.home))
	w.must(err)
	_, err = hub.Publish(w.t.Context(), s, schema.Default(), text, "yunchuan-2020.yaml", w.clock())
	w.must(err)
	w.must(closeStore())
	w.published = true
}

// publish stops the server, announces the catalogue and starts the server again.
func (w *world) publish() {
	w.t.Helper()
	w.end()
	w.announce()
	w.startAgain()
}
