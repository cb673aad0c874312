package mongostore

import (
	"time"

	"go.mongodb.org/mongo-driver/mongo/options"
	"go.mongodb.org/mongo-driver/mongo/readconcern"
	"go.mongodb.org/mongo-driver/mongo/readpref"
	"go.mongodb.org/mongo-driver/mongo/writeconcern"
)

// The concerns and deadlines of all commands are set here and nowhere else; a test checks each command sent. NOTES.md
// gives the reasons.

const (
	// defaultTimeout is the deadline of a call if the configuration has none.
	defaultTimeout = 10 * time.Second
	// indexTimeout is the deadline for making one index, which reads the whole collection.
	indexTimeout = 2 * time.Hour
)

// withConcerns sets the concerns of all commands and the deadlines of all calls in the options of a client and
// overrides the URI. Otherwise a line of configuration could weaken every acknowledgement.
func withConcerns(opts *options.ClientOptions, timeout time.Duration) *options.ClientOptions {
	if opts.ServerSelectionTimeout == nil || *opts.ServerSelectionTimeout > timeout {
		opts.SetServerSelectionTimeout(timeout)
	}
	journal := true
	return opts.
		SetWriteConcern(&writeconcern.WriteConcern{W: "majority", Journal: &journal}).
		SetReadConcern(readconcern.Majority()).
		SetReadPreference(readpref.Primary()).
		SetRetryWrites(true).SetRetryReads(true).
		SetTimeout(timeout) // makes the driver send a deadline with each write; find and aggregate set their deadlines by hand
}
