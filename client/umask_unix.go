//go:build unix

package main

import "golang.org/x/sys/unix"

// init keeps what this program writes to the user that runs it, also in a directory that was made beforehand,
// open to all.
func init() { unix.Umask(0o077) }
