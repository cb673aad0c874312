//go:build unix

package dbfile

import "syscall"

// systemFull are the system's words for it: the disk's end, and that of a quota.
var systemFull = []error{syscall.ENOSPC, syscall.EDQUOT}
