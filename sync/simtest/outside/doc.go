// Package outside treats the real programs as the world does: their disk fills up, open files run out, a proxy changes
// answers, clocks are off, directories are copied and put back, servers are lost and set up anew.
//
// The tests know only what a person could know of the programs: processes, the command line, HTTP, files. A test lists
// the observations confirmed to a client with exit 0, and compares the list with the server's export.
//
// Each test repeats a situation in which the programs once lost data, got stuck or were silent. Randomness comes from
// ROADBOOK_SEED, printed by every test.
//
//	go test ./sync/simtest/outside                 # tests without special needs
//	go test -tags outside ./sync/simtest/outside   # small real file systems too: root, mount, e2fsprogs
//
// The long form kills the server 200 times and clients 200 times, in turn and at any moment, lets 5,000 devices return
// at once and continue for ten minutes (server/loadtest crowd), and prints tables:
//
//	ROADBOOK_OUTSIDE=long go test ./sync/simtest/outside -run TestLong -v -count=1 -timeout 60m
//
// A test that needs a mount fails without permission. Each test begins with newWorld:
//
//	s := w.serve(dir)            a server of a directory ("" = a new one), on the same port after restarts
//	d := s.enroll("office-1", "clerk"); id := d.plate(); d.deliver(s.URL)
//	p := w.proxy(s.URL)          a proxy before the server; p.tamperWith changes the answers
//	putBack(t, copyOf(t, dir), dir)
//	w.serve(dir, files(512))     also clock(-26*time.Hour), kill("Commit:1:after"), env("ROADBOOK_PIN=2580")
//	smallDisk(t, "ext4", 8<<20)  with the tag outside: a file system of its own
package outside
