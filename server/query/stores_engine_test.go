//go:build mongo

package query_test

import (
	"testing"

	"roadbook/server/store"
	"roadbook/server/store/mongostore/enginetest"
)

// With the tag mongo a real engine has to give the same bytes too, each test on a database of its own.
func init() { otherStores["engine"] = func(t testing.TB) store.Store { return enginetest.Open(t) } }
