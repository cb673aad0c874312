//go:build !killpoints

package localdb

// killPoint does nothing; a program built with the tag killpoints may kill itself here.
func killPoint(string, bool) {}

// clockAhead is the wall clock's offset in ms: always 0 without the tag killpoints.
const clockAhead = 0
