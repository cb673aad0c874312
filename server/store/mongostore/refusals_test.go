package mongostore

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/bson"

	"roadbook/server/store"
	"roadbook/server/store/mongostore/fakemongo"
)

// The errors of a database that can't be opened, and a check that nothing was written to the database.
func TestOpenRefused(t *testing.T) {
	always := func(code int32, text string) func(fakemongo.Command) bson.D {
		return func(fakemongo.Command) bson.D { return fakemongo.Refusal(code, "", text) }
	}
	onWrite := func(code int32, text string) func(fakemongo.Command) bson.D {
		return func(c fakemongo.Command) bson.D {
			if c.Name == "find" {
				return nil
			}
			return fakemongo.Refusal(code, "", text)
		}
	}
	format := func(n int64) func(fakemongo.Command) bson.D {
		return func(c fakemongo.Command) bson.D {
			if c.Name == "find" && c.On == "meta" {
				return fakemongo.Format(n)
			}
			return nil
		}
	}
	const secret = "correct-horse"
	for _, tt := range []struct {
		name   string
		before string // of the host in the URI
		answer func(fakemongo.Command) bson.D
		want   error
		tried  []string // commands
	}{
		{"sign-in refused", "roadbook:" + secret + "@", always(18, "Authentication failed."), ErrSignIn, []string{"saslStart"}},
		{"user unknown", "roadbook:" + secret + "@", always(11, "no such user"), ErrSignIn, []string{"saslStart"}},
		{"may not read", "", always(13, "command find requires authentication"), store.ErrDenied, []string{"find"}},
		{"may not write", "", onWrite(13, "not authorized on roadbook"), store.ErrDenied, []string{"find", "createIndexes"}},
		{"not by Atlas", "", always(8000, "user is not allowed to do action"), store.ErrDenied, []string{"find"}},
		{"disk full", "", onWrite(14031, "out of disk space"), store.ErrFull, []string{"find", "createIndexes"}},
		{"disk full under FerretDB", "", onWrite(1, `could not extend file "base/1/2": No space left on device`), store.ErrFull, []string{"find", "createIndexes"}},
		{"over the quota", "", onWrite(8000, "you are over your space quota, using 513 MB of 512 MB"), store.ErrFull, []string{"find", "createIndexes"}},
		{"no name for a database", "", always(73, "Invalid database name"), ErrAddress, []string{"find"}},
		{"took too long", "", always(50, "operation exceeded time limit"), store.ErrUnavailable, []string{"find"}},
		{"newer", "", format(99), store.ErrNewer, []string{"find"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			fake := fakemongo.New(t, tt.answer)
			_, err := Open(t.Context(), Config{URI: fake.URI(tt.before, "/")})
			if !errors.Is(err, tt.want) {
				t.Fatalf("%v, want %v", err, tt.want)
			}
			if strings.Contains(err.Error(), secret) {
				t.Errorf("the password is told: %v", err)
			}
			var tried []string
			for _, c := range fake.Sent() {
				tried = append(tried, c.Name)
			}
			if tried = slices.Compact(tried); !slices.Equal(tried, tt.tried) {
				t.Errorf("sent %v, want %v", tried, tt.tried)
			}
		})
	}
}

// A URI that can't be parsed is not repeated in an error, since it may contain a password.
func TestURIIsNotLeaked(t *testing.T) {
	for _, uri := range []string{
		"", "roadbook", "http://root:s3cret@h/", "mongodb://", "mongodb://root:s3cret@", "mongodb://root:s3:cret@h/", "mongodb://root:s3/cret@h/",
		"mongodb://root:s3cret%zz@h/", "mongodb://root:s3cret@h:port/", "mongodb://root:s3cret@h?w=1", "mongodb://h/?tlsCAFile=/no/such/s3cret",
		"mongodb://root:s3@cret@h/", "mongodb://root:s3cret@h/?authMechanism=s3cret",
	} {
		_, err := Open(t.Context(), Config{URI: uri})
		if !errors.Is(err, ErrAddress) {
			t.Errorf("%q: %v", uri, err)
		}
		if err != nil && (strings.Contains(err.Error(), "s3") || strings.Contains(err.Error(), "cret") || strings.Contains(err.Error(), "root")) {
			t.Errorf("%q is repeated: %v", uri, err)
		}
	}
}

func TestNobodyAnswers(t *testing.T) {
	_, err := Open(t.Context(), Config{URI: "mongodb://127.0.0.1:9/?serverSelectionTimeoutMS=50"})
	if !errors.Is(err, store.ErrUnavailable) || !strings.HasSuffix(err.Error(), "no server to be had: 127.0.0.1:9: connection refused") {
		t.Errorf("opened where nobody listens: %v", err)
	}
}
