//go:build !killpoints

package localdb

// passing is where a program built with the tag killpoints may kill itself; this one can't.
func passing(string, bool) {}
