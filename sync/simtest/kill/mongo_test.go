//go:build mongo

package kill

import (
	"crypto/rand"
	"net/url"
	"os"
	"testing"
)

// TestKillMongo is TestKill with the server on MongoDB, in a database of its own for each run.
func TestKillMongo(t *testing.T) {
	uri, err := url.Parse(os.Getenv("ROADBOOK_TEST_MONGO_URI"))
	if err != nil || uri.Host == "" {
		t.Fatalf("built with the tag mongo, but ROADBOOK_TEST_MONGO_URI names no engine: %v", err)
	}
	database := "roadbook_kill_" + rand.Text()
	dropAfter(t, uri.String(), database)
	uri.Path = "/" + database
	run(t, "--mongo", uri.String())
}
