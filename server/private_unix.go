//go:build unix

package main

import "golang.org/x/sys/unix"

// init keeps the data directory's files to the user that the server runs as, also in a directory that was
// made beforehand, open to all: the database holds the server's keys and the hashes of passwords.
func init() { unix.Umask(0o077) }
