// Package outside treats the real programs the way the world does: their disk fills up, files run out, a proxy lies,
// clocks are off, directories are copied and put back, servers are lost and set up anew.
//
// It knows of them what a person could know: processes, the command line, HTTP, files. What was said to a client and
// confirmed with exit 0 stands in the test's own ledger, and is held against the server's export.
//
// It promises, for each way in which the programs once lost something, got stuck or were silent (README, "what was
// tried from outside"): not again. Chance comes from ROADBOOK_SEED, which every test prints.
//
//	go test ./sync/simtest/outside                 # what needs nothing but Go
//	go test -tags outside ./sync/simtest/outside   # real small file systems too: root, mount, e2fsprogs
//
// The long form kills the server 200 times and clients 200 times, in turn and at any moment, lets 5,000 devices return at
// once and go on for ten minutes (server/loadtest crowd), and prints tables:
//
//	ROADBOOK_OUTSIDE=long go test ./sync/simtest/outside -run TestLong -v -count=1 -timeout 60m
//
// A test that needs a mount and may not fails. The world of a test is made by newWorld; then:
//
//	s := w.serve(dir)            a server of that directory ("" = a new one); it keeps its port over restarts
//	d := s.enrol("office-1", "clerk"); id := d.plate(); d.deliver(s.URL)
//	p := w.proxy(s.URL)          says to devices what p.lie makes of the server's answers
//	putBack(t, copyOf(t, dir), dir)
//	w.serve(dir, files(512))     also clock(-26*time.Hour), kill("Commit:1:after"), env("ROADBOOK_PIN=2580")
//	smallDisk(t, "ext4", 8<<20)  with the tag outside: a file system of its own
package outside
