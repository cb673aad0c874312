//go:build mongo

package ingest_test

import (
	"testing"

	"roadbook/server/store"
	"roadbook/server/store/mongostore/enginetest"
)

// With the tag mongo every test of eachStore runs on a real engine too, each on a database of its own.
func init() { stores["engine"] = func(t testing.TB) store.Store { return enginetest.Open(t) } }
