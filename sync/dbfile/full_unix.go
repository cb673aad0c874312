//go:build unix

package dbfile

import "syscall"

// systemFullErrors are the system's errors for a full disk and for an exhausted quota.
var systemFullErrors = []error{syscall.ENOSPC, syscall.EDQUOT}
