package returning

import "time"

// playStory is a story with an event on the server while people are at work: some devices have sent everything, some
// have sent a part, some hold lines still unsent; the event happens in between.
func (w *world) playStory(happens func()) {
	w.t.Helper()
	w.enroll("north", "office-1", "clerk", 0)
	w.enroll("south", "check-1", "officer", 40*24*time.Hour) // a clock forty days fast
	gone := w.enroll("gone", "office-2", "clerk", 0)
	w.saveRandom(5, "north", "south", "gone")
	w.sync("north", "south", "gone")
	w.revoke(gone)
	w.saveRandom(2, "gone")
	w.saveRandom(6, "north", "south")
	w.sync("gone", "south")
	w.release(w.truth[len(w.truth)-13].id)
	w.now.Add(time.Hour.Milliseconds())
	at := w.now.Load()
	happens()
	w.now.Store(at + time.Hour.Milliseconds())
	w.enroll("west", "office-2", "clerk", -24*time.Hour)
	w.saveRandom(4, "north", "south", "west")
	w.sync("west", "gone", "north", "south")
	w.saveRandom(3, "south")
	w.sync("south", "north", "west")
}
