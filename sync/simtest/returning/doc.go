// Package returning lets the real client go on with the real server after what happens to a server's data: an old
// backup was restored, the sums were made anew, the store was moved. Keys, local databases, HTTP, stores and the
// programs' own commands are the real ones, in one process; only clocks and the devices' randomness are the test's, so
// that the same story, told twice, makes the same lines to the byte.
//
// It promises: each story is told with the disaster and without it, and every figure, record and exported line of the
// two is the same, but for what no one keeps any more; and both agree with a plain recount of what people said.
//
//	go test ./sync/simtest/returning                         # SQLite, a seed that it prints
//	ROADBOOK_SEED=7 go test ./sync/simtest/returning         # that seed
//	go test -tags mongo ./sync/simtest/returning             # the test engine too
package returning
