package mongostore

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"testing"

	"go.mongodb.org/mongo-driver/mongo"

	"roadbook/server/store"
	"roadbook/sync/wire"
)

func TestTranslate(t *testing.T) {
	doubt := &mongo.WriteConcernError{Code: 64, Message: "waiting for replication timed out"}
	for _, c := range []struct {
		name        string
		err         error
		unavailable bool
		unconfirmed bool
	}{
		{"write concern of one write", mongo.WriteException{WriteConcernError: doubt}, true, true},
		{"write concern of a bulk", mongo.BulkWriteException{WriteConcernError: doubt}, true, true},
		{"stepped down", mongo.CommandError{Code: 189, Message: "primary stepped down"}, true, false},
		{"not primary", fmt.Errorf("wrapped: %w", mongo.CommandError{Code: 10107}), true, false},
		{"retryable by label", mongo.CommandError{Code: 1, Labels: []string{"RetryableWriteError"}}, true, false},
		{"network", mongo.CommandError{Labels: []string{"NetworkError"}}, true, false},
		{"deadline", context.DeadlineExceeded, true, false},
		{"cancelled", context.Canceled, true, false},
		{"bad request", mongo.CommandError{Code: 2, Message: "BadValue"}, false, false},
		{"unauthorized", mongo.CommandError{Code: 13}, false, false},
	} {
		got := translate(c.err)
		if errors.Is(got, store.ErrUnavailable) != c.unavailable || errors.Is(got, ErrWriteConcern) != c.unconfirmed {
			t.Errorf("%s: %v", c.name, got)
		}
	}
	if translate(nil) != nil {
		t.Error("no error became one")
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
		{}, {Unit: "check-1", Day: 20201231, Kind: "plate", Leaf: 12}, {Unit: "所/一", Day: 20200101, Kind: "accident"},
	} {
		if got, err := parseLeaf(leafID(p)); err != nil || got != p {
			t.Errorf("%+v became %q and %+v, %v", p, leafID(p), got, err)
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
	chunk := func(seq uint64) string { return chunkOf(wire.NewObsID(s, seq, wire.Hash{3}).String()) }
	if chunk(1) != chunk(15) || chunk(15) == chunk(16) || chunk(99) >= chunk(1000) {
		t.Error("chunks do not sort as sequences do")
	}
	for _, bad := range []string{"x", "a/b/c", "a/b/c/d", "u/plate/20200101/x"} {
		if _, err := parseLeaf(bad); err == nil {
			t.Errorf("leaf id %q was read", bad)
		}
	}
}
