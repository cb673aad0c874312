package dbfile

import "path/filepath"

// AllocatesLazily reports whether the file system of a database gives out room only when it is written to: ext2, ext3, many over a
// network. There the write-ahead log's index, which is mapped memory, can grow on a full disk and then kills the process
// (SIGBUS) where it is first touched: nothing must be written without some room left. False where the file is not there.
func AllocatesLazily(database string) bool { return allocatesLazily(database) }

// CheckFreeSpace is nil where so many bytes are free on the file system of a database, or it can't be told; else ErrFull.
func CheckFreeSpace(database string, bytes int64) error {
	if free, known := freeBytes(filepath.Dir(database)); known && free < bytes {
		return ErrFull
	}
	return nil
}
