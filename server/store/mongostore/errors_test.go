package mongostore

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"testing"

	"go.mongodb.org/mongo-driver/mongo"
	xdriver "go.mongodb.org/mongo-driver/x/mongo/driver"
	"go.mongodb.org/mongo-driver/x/mongo/driver/topology"

	"roadbook/server/store"
	"roadbook/sync/wire"
)

// TestTranslate: the meaning of each error for a caller; codes separate retryable from permanent errors.
func TestTranslate(t *testing.T) {
	doubt := &mongo.WriteConcernError{Code: 64, Message: "waiting for replication timed out"}
	of := func(codes ...int) mongo.BulkWriteException {
		var e mongo.BulkWriteException
		for i, code := range codes {
			e.WriteErrors = append(e.WriteErrors, mongo.BulkWriteError{WriteError: mongo.WriteError{Index: i, Code: code}})
		}
		return e
	}
	permanent := errors.New("none of them")
	type row struct {
		name string
		err  error
		want error
	}
	rows := []row{
		{"write concern of one write", mongo.WriteException{WriteConcernError: doubt}, ErrWriteConcern},
		{"write concern of a bulk", mongo.BulkWriteException{WriteConcernError: doubt}, ErrWriteConcern},
		{"not primary", fmt.Errorf("wrapped: %w", mongo.CommandError{Code: 10107}), store.ErrUnavailable},
		{"retryable by label", mongo.CommandError{Code: 1, Labels: []string{"RetryableWriteError"}}, store.ErrUnavailable},
		{"network", mongo.CommandError{Labels: []string{"NetworkError"}}, store.ErrUnavailable},
		{"deadline", context.DeadlineExceeded, store.ErrUnavailable},
		{"cancelled", context.Canceled, store.ErrUnavailable},
		{"full in a bulk", of(11000, 14031, 112), store.ErrFull},
		{"a rest that may be tried again", of(11000, 112), store.ErrUnavailable},
		{"full by its text", mongo.CommandError{Code: 1, Message: "write: No space left on device"}, store.ErrFull},
		{"PostgreSQL away", mongo.CommandError{Code: 1, Message: "pool.go:90: failed to connect to `user=postgres`: refused"}, store.ErrUnavailable},
		{"PostgreSQL killed", mongo.CommandError{Code: 1, Message: "unexpected EOF"}, store.ErrUnavailable},
		{"PostgreSQL stopping", mongo.CommandError{Code: 1, Message: "terminating connection due to administrator command"}, store.ErrUnavailable},
		{"two that wait for each other", mongo.CommandError{Code: 1, Message: "deadlock detected"}, store.ErrUnavailable},
		{"sign-in at the start of a connection", topology.ConnectionError{Wrapped: fmt.Errorf("auth: %w", xdriver.Error{Code: 18})}, ErrSignIn},
		{"a fault of FerretDB's", mongo.CommandError{Code: 1, Message: "internal"}, permanent},
	}
	for want, codes := range map[error][]int{
		store.ErrUnavailable: {
			6, 7, 24, 43, 50, 64, 89, 91, 112, 133, 134, 175, 189, 202, 211, 237, 262, 317, 365, 9001, 10058, 10107, 11600, 11602,
			13388, 13435, 13436,
		},
		ErrSignIn: {11, 18, 334}, store.ErrDenied: {13, 8000}, store.ErrFull: {12501, 14031}, ErrAddress: {73},
		permanent: {2, 9, 14, 20, 26, 59, 66, 72, 121, 10334, 17280},
	} {
		for _, code := range codes {
			rows = append(rows,
				row{fmt.Sprintf("command: %d", code), mongo.CommandError{Code: int32(code)}, want},
				row{fmt.Sprintf("write: %d", code), mongo.WriteException{WriteErrors: mongo.WriteErrors{{Code: code}}}, want})
		}
	}
	sentinels := []error{store.ErrUnavailable, ErrWriteConcern, store.ErrDenied, ErrSignIn, store.ErrFull, ErrAddress}
	for _, r := range rows {
		got := translate(r.err)
		for _, s := range sentinels {
			if errors.Is(got, s) != errors.Is(r.want, s) {
				t.Errorf("%s is %v, want %v", r.name, got, r.want)
			}
		}
	}
	if translate(nil) != nil {
		t.Error("no error became one")
	}
	if len(meanings) != 35 {
		t.Errorf("%d codes have a meaning: let the test know what the others mean", len(meanings))
	}
}

func TestDuplicatesGoByCode(t *testing.T) {
	at := func(i, code int) mongo.BulkWriteError {
		return mongo.BulkWriteError{WriteError: mongo.WriteError{Index: i, Code: code, Message: "no text to go by"}}
	}
	taken := make([]bool, 4)
	err := duplicates(mongo.BulkWriteException{WriteErrors: []mongo.BulkWriteError{at(1, 11000), at(3, 11000)}}, taken)
	if err != nil || !reflect.DeepEqual(taken, []bool{false, true, false, true}) {
		t.Errorf("taken %v, %v", taken, err)
	}
	if err := duplicates(mongo.BulkWriteException{WriteErrors: []mongo.BulkWriteError{at(0, 121)}}, taken); err == nil {
		t.Error("another error passed for a duplicate")
	}
	doubt := mongo.BulkWriteException{
		WriteErrors: []mongo.BulkWriteError{at(0, 11000)}, WriteConcernError: &mongo.WriteConcernError{Code: 64},
	}
	if err := duplicates(doubt, taken); !errors.Is(translate(err), ErrWriteConcern) {
		t.Errorf("a duplicate beside a write-concern error: %v", err)
	}
}

func TestKeys(t *testing.T) {
	for _, p := range []store.Place{
		{}, {Unit: "check-1", Day: 20201231, Kind: "plate", Bucket: 12}, {Unit: "所/一", Day: 20200101, Kind: "accident"},
	} {
		if got, err := parseBucketID(bucketID(p)); err != nil || got != p {
			t.Errorf("%+v became %q and %+v, %v", p, bucketID(p), got, err)
		}
	}
	s := wire.StreamID{Device: "dev0000001", Epoch: "ep0ch001"}
	k := store.FrameKey{Stream: s, First: 9, Last: 10, Head: wire.Hash{1, 2}}
	if got, err := parseFrameID(frameID(k)); err != nil || got != k {
		t.Errorf("%+v became %+v, %v", k, got, err)
	}
	later := k
	later.First = 10
	if frameID(k) >= frameID(later) {
		t.Error("frame ids do not sort as their numbers do")
	}
	chunk := func(seq uint64) string { return chunkID(wire.NewObsID(s, seq, wire.Hash{3}).String()) }
	if chunk(1) != chunk(15) || chunk(15) == chunk(16) || chunk(99) >= chunk(1000) {
		t.Error("chunks do not sort as sequences do")
	}
	for _, bad := range []string{"x", "a/b/c", "a/b/c/d", "u/plate/20200101/x"} {
		if _, err := parseBucketID(bad); err == nil {
			t.Errorf("bucket id %q was read", bad)
		}
	}
}
