// Package programs builds and drives the real programs, for tests that see nothing of them but processes, the command
// line, HTTP and files.
//
// Main removes in the end what Build built, once a test run, with the tag killpoints: such a program can kill itself at
// a named step (sync/simtest/killpoint) and go by a shifted clock; in everything else it is the one that people run.
// Start and Run start a program without any ROADBOOK_ variable of this process, Serve waits for the line that a server
// writes when it answers, HQ asks a server what an administrator may ask.
//
// A test of a fault must have failed on the program of before. ROADBOOK_PROGRAMS=DIR takes the programs of a directory
// instead of building them, and says so:
//
//	git worktree add /tmp/before COMMIT && (cd /tmp/before && go build -tags killpoints -o /tmp/old/ ./server ./client)
//	ROADBOOK_PROGRAMS=/tmp/old go test ./sync/simtest/outside -run TestX -count=1
package programs
