//go:build unix

package main

import "golang.org/x/sys/unix"

// init keeps the program's files private to their user, also in an existing directory open to all.
func init() { unix.Umask(0o077) }
