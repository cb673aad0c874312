//go:build unix

package hub

import (
	"math"

	"golang.org/x/sys/unix"
)

// openFiles raises the process's limit of open files as far as possible and returns the limit.
func openFiles() (int, error) {
	var l unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &l); err != nil {
		return 0, err
	}
	if l.Cur < l.Max {
		raised := l
		raised.Cur = raised.Max
		if unix.Setrlimit(unix.RLIMIT_NOFILE, &raised) == nil { // some systems allow less than the stated maximum
			l = raised
		}
	}
	return int(min(l.Cur, math.MaxInt32)), nil
}
