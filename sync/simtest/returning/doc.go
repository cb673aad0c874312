// Package returning lets the real client continue with the real server after an event in the server's data: a restored
// old backup, rebuilt sums, or a move to another store. Keys, local databases, HTTP, stores and the programs' own
// commands are real, in one process. Only the clocks and the devices' random values belong to the test, so that two
// runs of a story make the same lines to the byte.
//
// Promises: each story runs with the event and without, and every figure, record and exported line of both runs is
// equal, except for data that nobody has any more; and both runs agree with a plain recount of people's observations.
//
//	go test ./sync/simtest/returning                         # SQLite, a random seed, printed
//	ROADBOOK_SEED=7 go test ./sync/simtest/returning         # this seed
//	go test -tags mongo ./sync/simtest/returning             # the test engine too
package returning
