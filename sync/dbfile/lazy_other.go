//go:build !linux

package dbfile

func allocatesLazily(string) bool { return false }

func freeBytes(string) (bytes int64, known bool) { return 0, false }
