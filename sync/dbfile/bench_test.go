//go:build unix

package dbfile_test

import (
	"path/filepath"
	"testing"
)

// BenchmarkCheckInPlace measures the cost of the check that every group commit makes.
func BenchmarkCheckInPlace(b *testing.B) {
	names := opened(b, filepath.Join(b.TempDir(), "x.db"))
	for b.Loop() {
		if err := names.CheckInPlace(); err != nil {
			b.Fatal(err)
		}
	}
}
