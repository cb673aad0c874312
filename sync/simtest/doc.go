// Package simtest simulates a county: people, devices, a network, servers and a database, all of it driven by
// one seed. The client's localdb and syncer and the server's ingest, puller and stores are the real ones; the
// clock, the network, the disks and, under mongostore, the document engine are simulated.
//
// It promises: one goroutine runs at a time and the seed chooses which, so that a seed is the same world each
// time (TestReplay compares the traces). The judge holds what came out to a ledger of what people said, and
// the sums to a recount that shares no code with sync/merge or sync/tally.
package simtest
