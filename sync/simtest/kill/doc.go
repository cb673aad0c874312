// Package kill kills the real programs, with SIGKILL, at named steps, and checks that no observation was lost or
// counted twice.
//
// The test builds both programs with the tag killpoints (sync/simtest/killpoint), runs a server and several clients
// as processes, each client in a data directory of its own, and uses only the command line and HTTP. A round kills
// a program before or after a step, and starts the program again; the rounds go through all points in a seeded
// order, again and again. The test notes each save confirmed with exit 0 and an id (the truth), and in the end
// compares the truth with the export and with the indicators.
//
// Promises: a save killed before its commit is not there, a save killed after its commit is there, and no save is
// there in part; every confirmed observation stands exactly once in the export; the sums match the truth.
//
// Plain go test kills 20 times. All points several times, counted in the output:
//
//	ROADBOOK_KILLS=200 go test ./sync/simtest/kill -run TestKill -v -count=1 -timeout 30m
//
// ROADBOOK_SEED repeats a run's order and statements; the seed is in the output. With the tag mongo, and the
// engine at ROADBOOK_TEST_MONGO_URI, the server runs on MongoDB as well.
//
// With this tag TestCluster puts two servers, and three in the second half, behind a load balancer and on one engine
// behind a proxied connection. Under the load of twelve clients the test kills servers, the balancer, the connection and
// the engine itself. Some devices are lost right after sending a line: only another server's sweeper can count that line.
//
//	ROADBOOK_CLUSTER_KILLS=100 go test -tags mongo ./sync/simtest/kill -run 'TestCluster$' -v -count=1 -timeout 60m
//
// TestClusterNotices takes out the rules that only several servers need: the lease, the sweeper, and the rule that a
// newer sum is never replaced by an older one.
package kill
