//go:build mongo

package reconcile_test

import (
	"testing"

	"roadbook/server/store"
	"roadbook/server/store/mongostore/enginetest"
)

// With the tag mongo, eachStore runs every test on a real engine too.
func init() { stores["engine"] = func(t testing.TB) store.Store { return enginetest.Open(t) } }
