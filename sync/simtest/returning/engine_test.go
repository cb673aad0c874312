//go:build mongo

package returning

import (
	"context"
	"crypto/rand"
	"net/url"
	"sync"
	"testing"

	"roadbook/server/hub"
	"roadbook/server/store/mongostore"
	"roadbook/server/store/mongostore/enginetest"
)

// database is a place on the test engine, of this test's own.
func database(t *testing.T) hub.Config {
	t.Helper()
	uri, err := url.Parse(enginetest.URI(t))
	if err != nil {
		t.Fatal(err)
	}
	name := "returning_" + rand.Text()
	uri.Path = "/" + name
	t.Cleanup(func() {
		err := mongostore.Drop(context.WithoutCancel(t.Context()), mongostore.Config{URI: uri.String(), Database: name})
		if err != nil {
			t.Errorf("dropping %s: %v", name, err)
		}
	})
	return hub.Config{Mongo: uri.String()}
}

func TestOldBackupOnMongo(t *testing.T) { compareRestored(t, database) }

func TestMoveToMongo(t *testing.T) { compareMoved(t, disk, database) }

func TestMoveFromMongo(t *testing.T) { compareMoved(t, database, disk) }

// On MongoDB the sums are rebuilt while the server answers and devices sync.
func TestRebuiltBesideServer(t *testing.T) {
	seed := seedOf(t)
	without := newWorld(t, seed, database(t))
	without.playStory(func() { without.sync("north", "gone") })
	with := newWorld(t, seed, database(t))
	with.playStory(func() {
		var beside sync.WaitGroup
		beside.Go(with.rebuild)
		beside.Go(with.rebuild)
		with.sync("north", "gone")
		beside.Wait()
	})
	compareAnswers(t, without.check(without.truth), with.check(with.truth))
}
