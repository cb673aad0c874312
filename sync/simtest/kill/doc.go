// Package kill kills the real programs, with SIGKILL, at named steps, and looks whether anything was lost or
// counted twice.
//
// It builds both programs with the tag killpoints (sync/simtest/killpoint), runs a server and several clients
// as processes, each client in a data directory of its own, and drives them through the command line and HTTP
// alone. A round lets one program die at one step, before it or after it, and starts it again; the rounds go
// through all points in a seeded order, again and again. The test keeps its own ledger of what each save
// confirmed with exit 0 and an id, and in the end compares it with the export and with the indicators.
//
// It promises: a save that was killed before its commit is not there, one killed after it is, nothing is half
// there; everything confirmed stands exactly once in the export; the sums are the ledger's.
//
// Plain go test kills 20 times. All points several times, counted in the output:
//
//	ROADBOOK_KILLS=200 go test ./sync/simtest/kill -run TestKill -v -count=1 -timeout 30m
//
// ROADBOOK_SEED repeats a run's order and sayings; the seed is in the output. With the tag mongo, and the
// engine at ROADBOOK_TEST_MONGO_URI, the server stands on MongoDB as well.
//
// With that tag TestCluster puts two servers, from half-way on three, behind a load balancer and on one engine behind a
// line, with twelve clients, and kills servers, the balancer, the line and the engine itself under their load. Some
// devices are lost at once after they sent something: only the sweeper of another server can count that.
//
//	ROADBOOK_CLUSTER_KILLS=100 go test -tags mongo ./sync/simtest/kill -run 'TestCluster$' -v -count=1 -timeout 60m
//
// TestClusterNotices takes out the rules that only several servers need: the lease, the sweeper, and that a count is
// stored only over an older one.
package kill
