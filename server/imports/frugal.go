package imports

import (
	"runtime/debug"
	"sync"
)

// frugality is the number of large pieces of work at the moment, and the percentage of garbage before.
var frugality struct {
	sync.Mutex
	works, percent int
}

// Garbage beside live memory while a table is worked on, in percent; and the size of a file from which on reading is such work, in
// bytes: a workbook of a million rows can have few.
const (
	frugalPercent = 25
	frugalBytes   = 1 << 20
)

// Frugal keeps the process's garbage small until end is called, once: a large table's memory holds few pointers, so looking for
// garbage more often costs little, and twice that memory would not fit (NOTES.md).
func Frugal() (end func()) {
	f := &frugality
	f.Lock()
	defer f.Unlock()
	if f.works++; f.works == 1 {
		f.percent = debug.SetGCPercent(frugalPercent)
	}
	return func() {
		f.Lock()
		defer f.Unlock()
		if f.works--; f.works == 0 {
			debug.SetGCPercent(f.percent)
		}
	}
}
