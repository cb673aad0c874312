//go:build !linux

package dbfile

func lazy(string) bool { return false }

func free(string) (bytes int64, known bool) { return 0, false }
