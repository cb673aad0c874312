package hub

import (
	"errors"
	"fmt"
)

// ErrFewFiles: the process may open too few files to serve anybody.
var ErrFewFiles = errors.New("允许同时打开的文件太少，请提高上限（如 ulimit -n 4096）后再启动 / " +
	"too few files may be open at once: raise the limit (as ulimit -n 4096) and start again")

const (
	maxConnections = 16_384
	minOpenFiles   = 128 // below it nothing would be left for connections
	minOwnFiles    = 64  // at least kept for database, log and whatever else the server itself opens; the pool of MongoDB is 100
	maxOwnFiles    = 512
)

// connectionsFor is how many of so many open files are for connections: three quarters. ErrFewFiles.
func connectionsFor(files int) (int, error) {
	if files < minOpenFiles {
		return 0, fmt.Errorf("%d: %w", files, ErrFewFiles)
	}
	return min(files-min(max(files/4, minOwnFiles), maxOwnFiles), maxConnections), nil
}

// maxConns reads the limit of this process.
func (h *Hub) maxConns() (int, error) {
	files, err := openFiles()
	if err != nil {
		return 0, err
	}
	n, err := connectionsFor(files)
	if err == nil {
		h.cfg.Log.Info("connections are bounded", "open files", files, "connections", n, "without a token", n/2)
	}
	return n, err
}
