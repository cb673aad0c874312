package returning

import "time"

// life is a story in which something may happen to the server while people are at work: some have sent everything,
// some have sent part, some have said what nobody has heard yet, and what happens happens in between.
func (w *world) life(happens func()) {
	w.t.Helper()
	w.enrol("north", "office-1", "clerk", 0)
	w.enrol("south", "check-1", "officer", 40*24*time.Hour) // a clock that is forty days fast
	gone := w.enrol("gone", "office-2", "clerk", 0)
	w.say(5, "north", "south", "gone")
	w.sync("north", "south", "gone")
	w.revoke(gone)
	w.say(2, "gone")
	w.say(6, "north", "south")
	w.sync("gone", "south")
	w.release(w.ledger[len(w.ledger)-13].id)
	w.now.Add(time.Hour.Milliseconds())
	at := w.now.Load()
	happens()
	w.now.Store(at + time.Hour.Milliseconds())
	w.enrol("west", "office-2", "clerk", -24*time.Hour)
	w.say(4, "north", "south", "west")
	w.sync("west", "gone", "north", "south")
	w.say(3, "south")
	w.sync("south", "north", "west")
}
