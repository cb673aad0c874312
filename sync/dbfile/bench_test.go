//go:build unix

package dbfile_test

import (
	"path/filepath"
	"testing"
)

// BenchmarkCheckInPlace is what a group commit pays for knowing that its files stand.
func BenchmarkCheckInPlace(b *testing.B) {
	names := opened(b, filepath.Join(b.TempDir(), "x.db"))
	for b.Loop() {
		if err := names.CheckInPlace(); err != nil {
			b.Fatal(err)
		}
	}
}
