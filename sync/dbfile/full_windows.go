package dbfile

import "golang.org/x/sys/windows"

// systemFullErrors are the system's words for it: the disk's end, and that of a quota.
var systemFullErrors = []error{windows.ERROR_DISK_FULL, windows.ERROR_HANDLE_DISK_FULL, windows.ERROR_DISK_QUOTA_EXCEEDED}
