//go:build !killpoints

package localdb

// killPoint is where a program built with the tag killpoints may kill itself; this one can't.
func killPoint(string, bool) {}

// clockAhead is by how many ms the wall clock of such a program may be off; this one's is the machine's.
const clockAhead = 0
