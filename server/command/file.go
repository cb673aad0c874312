package command

import (
	"bytes"
	"cmp"
	"io"
	"io/fs"
	"os"
	"syscall"
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

// File is a file opened for reading at any place; it need not fit into memory.
type File struct {
	io.ReaderAt
	Size int64
	io.Closer
}

// OpenFile opens a file named on the command line, up to limit bytes; a larger file is the error tooLarge. A pipe is
// read into memory.
func OpenFile(name string, limit int64, tooLarge error) (*File, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, Unreadable(err)
	}
	info, err := f.Stat()
	switch {
	case err != nil || info.IsDir():
		f.Close()
		return nil, Unreadable(cmp.Or(err, error(&fs.PathError{Op: "read", Path: name, Err: syscall.EISDIR})))
	case info.Mode().IsRegular() && info.Size() <= limit:
		return &File{f, info.Size(), f}, nil
	}
	f.Close()
	if info.Mode().IsRegular() {
		return nil, tooLarge
	}
	content, err := ReadFile(name, limit, tooLarge)
	return &File{bytes.NewReader(content), int64(len(content)), io.NopCloser(nil)}, err
}

// Unreadable is the error of an unreadable file on the command line.
func Unreadable(err error) error {
	return Usage("读不到文件，请检查路径和权限 · the file can't be read, check its path and permissions (" + err.Error() + ")")
}
