//go:build demo

package demo

import "testing"

// TestWholePlatformIsReconciled is TestPlatformIsReconciled with the whole year.
func TestWholePlatformIsReconciled(t *testing.T) {
	platformIsReconciled(t, 7, 100)
}
