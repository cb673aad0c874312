package hub

import (
	"errors"
	"fmt"
)

// ErrFewFiles: the process may open too few files for serving.
var ErrFewFiles = errors.New("允许同时打开的文件太少，请提高上限（如 ulimit -n 4096）后再启动 / " +
	"too few files may be open at once: raise the limit (as ulimit -n 4096) and start again")

const (
	maxConnections = 16_384
	minOpenFiles   = 128 // fewer would leave no file for connections
	minOwnFiles    = 64  // reserved at least for database, log and the server's other files; the pool of MongoDB is 100
	maxOwnFiles    = 512
)

// connectionsFor returns the number of connections for a limit of open files: three quarters. ErrFewFiles.
func connectionsFor(files int) (int, error) {
	if files < minOpenFiles {
		return 0, fmt.Errorf("%d: %w", files, ErrFewFiles)
	}
	return min(files-min(max(files/4, minOwnFiles), maxOwnFiles), maxConnections), nil
}

// maxConns derives the bound on connections from the process's limit of open files.
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
