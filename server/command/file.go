package command

import (
	"io"
	"os"
)

// ReadFile reads a file named on the command line, up to limit bytes; a larger file is the error tooLarge.
func ReadFile(name string, limit int64, tooLarge error) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, Unreadable(err)
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, Unreadable(err)
	}
	if int64(len(content)) > limit {
		return nil, tooLarge
	}
	return content, nil
}

// Unreadable is the error of an unreadable file on the command line.
func Unreadable(err error) error {
	return Usage("读不到文件，请检查路径和权限 · the file can't be read, check its path and permissions (" + err.Error() + ")")
}
