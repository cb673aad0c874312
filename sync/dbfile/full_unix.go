//go:build unix

package dbfile

import "syscall"

// systemFullErrors are the system's words for it: the disk's end, and that of a quota.
var systemFullErrors = []error{syscall.ENOSPC, syscall.EDQUOT}
