package returning

import (
	"errors"
	"testing"

	"roadbook/server/hub"
	"roadbook/server/store"
	"roadbook/server/store/faulty"
	"roadbook/server/transfer"
)

// A move to another store is interrupted again and again, at any step. Between two interruptions the old server serves
// once more, and devices sync there. In the end the devices go on at the new place, and every answer is as if nothing
// had happened.
func TestMoveCutUnderClients(t *testing.T) { compareMoved(t, disk, disk) }

func compareMoved(t *testing.T, from, to func(*testing.T) hub.Config) {
	t.Helper()
	t.Parallel()
	seed := seedOf(t)
	without := newWorld(t, seed, disk(t))
	without.playStory(func() { without.sync("south") })
	with := newWorld(t, seed, from(t))
	with.playStory(func() { with.move(to(t)) })
	compareAnswers(t, without.check(without.truth), with.check(with.truth))
}

var errCut = errors.New("the power went")

// cuts are after how many steps of the new store a move dies: while the registry is copied, in the first frames, in
// later ones.
var cuts = []int{1, 12, 30, 45, 60, 75}

// move takes the deployment to another place, with cuts.
func (w *world) move(to hub.Config) {
	w.t.Helper()
	died := 0
	for i, steps := range cuts {
		w.end()
		if err := w.moveOnce(to, steps); errors.Is(err, errCut) {
			died++
		} else if err != nil {
			w.t.Fatal(err)
		}
		if i == len(cuts)/2 {
			w.between(to)
		}
	}
	if died != len(cuts) {
		w.t.Errorf("%d of %d moves were cut", died, len(cuts))
	}
	w.must(w.moveOnce(to, -1))
	w.home = to
	w.startAgain()
}

// between two tries no server starts at the new place, and the old server serves once more.
func (w *world) between(to hub.Config) {
	w.t.Helper()
	if _, err := hub.New(w.t.Context(), w.config(to)); !errors.Is(err, transfer.ErrUnfinished) {
		w.t.Fatalf("a server on half a store: %v, want ErrUnfinished", err)
	}
	w.startAgain()
	w.sync("south")
}

// moveOnce moves until the move dies after so many steps; -1: to the end.
func (w *world) moveOnce(to hub.Config, steps int) error {
	to = w.config(to)
	to.Wrap = func(s store.Store) store.Store {
		return faulty.Wrap(s, func(string, bool) error {
			if steps--; steps == -1 {
				return errCut
			}
			return nil
		})
	}
	_, err := hub.Move(w.t.Context(), w.config(w.home), to, nil)
	return err
}
