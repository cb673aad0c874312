package mongostore

import (
	"errors"
	"fmt"
	"net"
	"strings"

	"go.mongodb.org/mongo-driver/mongo/options"

	"roadbook/server/store"
)

// ErrAddress: the URI can't be parsed, or names an impossible address. No error repeats the URI, since it may contain
// a password.
var ErrAddress = errors.New("mongostore: the address of the database can't be read")

// parseURI reads a URI.
func parseURI(uri string) (*options.ClientOptions, error) {
	opts := options.Client().ApplyURI(uri)
	err := opts.Validate()
	if err == nil {
		return opts, nil
	}
	if dns, ok := errors.AsType[*net.DNSError](err); ok { // mongodb+srv: parsing looks up the hosts
		return nil, fmt.Errorf("%w: %s: %s", store.ErrUnavailable, dns.Name, dns.Err)
	}
	if text := err.Error(); !leaksURI(text, uri) {
		return nil, fmt.Errorf("%w: %s", ErrAddress, strings.TrimPrefix(text, "error parsing uri: "))
	}
	return nil, ErrAddress
}

// leaksURI reports whether a text contains a part of the URI that may be a user's name or a password. A password may
// contain any of the characters separating the parts of a URI, if its author forgot to escape them.
func leaksURI(text, uri string) bool {
	_, rest, found := strings.Cut(uri, "://")
	if !found {
		rest = uri
	}
	parts := strings.FieldsFunc(rest, func(r rune) bool { return strings.ContainsRune(":@/?&=#,%", r) })
	for _, part := range parts {
		if strings.Contains(text, part) {
			return true
		}
	}
	return false
}
