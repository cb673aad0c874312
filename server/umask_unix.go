//go:build unix

package main

import "golang.org/x/sys/unix"

// init keeps new files private to the server's user, also in an existing directory with open permissions: the database
// holds the server's keys and the hashes of passwords.
func init() { unix.Umask(0o077) }
