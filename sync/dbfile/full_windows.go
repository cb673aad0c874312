package dbfile

import "golang.org/x/sys/windows"

// systemFullErrors are the system's errors for a full disk and for an exhausted quota.
var systemFullErrors = []error{windows.ERROR_DISK_FULL, windows.ERROR_HANDLE_DISK_FULL, windows.ERROR_DISK_QUOTA_EXCEEDED}
