//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd || windows)

package station

import (
	"errors"
	"os"
)

// lockFile is not supported here.
func lockFile(*os.File) error { return errors.ErrUnsupported }
