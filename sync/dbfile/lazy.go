package dbfile

import "path/filepath"

// AllocatesLazily reports whether the file system of a database allocates space only on writing: ext2, ext3 and many
// network file systems. There the index of the write-ahead log, which is mapped memory, can grow on a full disk, and
// the first access then kills the process (SIGBUS): the database must write nothing without some free space left. False
// if the file does not exist.
func AllocatesLazily(database string) bool { return allocatesLazily(database) }

// CheckFreeSpace returns ErrFull if fewer bytes are free on the file system of a database. It returns nil if the free
// space is unknown.
func CheckFreeSpace(database string, bytes int64) error {
	if free, known := freeBytes(filepath.Dir(database)); known && free < bytes {
		return ErrFull
	}
	return nil
}
