// Package programs builds and drives the real programs, for tests that use only processes, the command line, HTTP
// and files.
//
// Build builds the programs once per test run, with the tag killpoints, and Main removes them at the end. A program
// with this tag can kill itself at a named step (sync/simtest/killpoint) and use a shifted clock; apart from this
// the program is the released one. Start and Run start a program without any ROADBOOK_ variable of this process. Serve
// waits for the line of a server that is ready. HQ asks a server the questions of an administrator.
//
// A test of a fault must have failed on the older program. ROADBOOK_PROGRAMS=DIR uses the programs of a directory
// instead of building new ones, and logs this:
//
//	git worktree add /tmp/before COMMIT && (cd /tmp/before && go build -tags killpoints -o /tmp/old/ ./server ./client)
//	ROADBOOK_PROGRAMS=/tmp/old go test ./sync/simtest/outside -run TestX -count=1
package programs
