package mongostore

import (
	"time"

	"go.mongodb.org/mongo-driver/mongo/options"
	"go.mongodb.org/mongo-driver/mongo/readconcern"
	"go.mongodb.org/mongo-driver/mongo/readpref"
	"go.mongodb.org/mongo-driver/mongo/writeconcern"
)

// What every command says about how sure its answer must be, and how long it may take. This is the only place that
// decides it; a test watches each command that goes out. NOTES.md says why.

const (
	// defaultTimeout is the deadline of a call where none is configured.
	defaultTimeout = 10 * time.Second
	// indexTimeout is the deadline for making one index, which reads the whole collection.
	indexTimeout = 2 * time.Hour
)

// withConcerns puts the concerns of all commands and the deadlines of all calls into the options of a client, whatever the
// URI says of them: what was acknowledged would else hang on a line of configuration.
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
		SetTimeout(timeout) // so the driver tells the server how long a write may take; a find and an aggregate are told of it by hand
}
