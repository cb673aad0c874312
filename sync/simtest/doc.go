// Package simtest simulates a county: people, devices, a network, servers and a database, all driven by one
// seed. The client's localdb and syncer and the server's ingest, puller and stores are the real code. The clock, the
// network, the disks (simdisk) and, under mongostore, the document engine (simdoc) are simulated.
//
// Promises: one goroutine runs at a time and the seed chooses the goroutine, so a seed always gives the same
// world (TestReplay compares the traces). The checks compare the database with the truth, a record of all
// observations people made, and the sums with a recount. The recount shares no code with sync/merge or sync/tally.
//
//	go test ./sync/simtest                                                          # 40 seeds
//	ROADBOOK_SIM_SEEDS=500 go test ./sync/simtest -run TestSimulation               # as CI does
//	ROADBOOK_SIM_SEEDS=5000 go test ./sync/simtest -run TestSimulation -timeout 3h  # the long run
//	ROADBOOK_SIM_SEED=77 go test ./sync/simtest -run TestSimulation -v              # one seed, with its trace
//
// The rows of the protocol's table of faults, and the tests of each row on both stores:
//
//	answer lost, frame twice, lines cut otherwise   TestFault/AnswerLost, FrameTwiceAtOnce
//	direct and by bundle                            TestDirectAndByBundle
//	writer stalled                                  TestFault/StalledWriter, every seed under mongo
//	poison, unparsable, too large                   TestFault/PoisonLine
//	cut, restarts, 503 storms, days of outage       TestFault/DaysOfOutage
//	clocks                                          TestFault/WrongClocks
//	a phone's clock stops in sleep                  TestFault/PhoneThatSleeps, WallClockSetBack, WallClockSetForward, every seed
//	a server's clock far off                        TestFault/ServerClockFarBack, ServerClockFarAhead, seeds of clocks
//	good clock, reboot, bad clock, correction       TestFault/GoodClockRebootBadClockCorrection
//	cloned, restored client                         TestFault/DeviceCloned, ClientRestoredFromBackup
//	server restored                                 TestFault/ServerRestoredFromBackup, AmendmentBeforeOriginal
//	enrolled at another server, or anew             TestFault/EnrolledAgainAtAServerThatLostEverything, EnrolledAtAnotherServer
//	directory put back by hand                      TestFault/DirectoryPutBackByHand
//	an old copy by mistake, then a newer            TestFault/BootFixedByACopy, LineQuarantinedByACopy
//	another's answer                                TestFault/AnswersCrossed
//	crash of the server at every step               TestCrashAtEveryStep
//	late-committing writer                          TestFault/LateWriter
//	one event twice, links, void                    TestFault/TwoRecordsOfOneEvent, LinksABandBC
//	coupled fields                                  TestFault/CoupledFields
//	client's disk full, killed while saving         TestFault/DiskFull, KilledWhileSaving
//	token expired, refresh answer lost              client/syncer, client/transport, server/api
//	revoked device                                  TestFault/RevokedDevice
//	catalogue versions                              TestFault/CatalogueVersions
//	amendments in any order                         TestFault/AmendmentBeforeOriginal, sync/merge
//	half-uploaded photo                             not built yet
//	thousands of clients return                     TestFault/ManyReturn (few), server/loadtest (many)
//
// TestBroken takes each rule out and counts the seeds until a check fails; ROADBOOK_SIM_PATIENCE is the greatest
// number of seeds. Two rules have a directed interleaving instead (TestInterleaving): chance needs hundreds of seeds.
package simtest
