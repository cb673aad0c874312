package mongostore

import (
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/bson/primitive"

	"roadbook/server/store/mongostore/fakemongo"
)

// A read shared by two sessions is later than the writes of both sessions, and later calls of both sessions come after
// the read.
func TestSharedReadFollowsEachWrite(t *testing.T) {
	const written, looked = 9, 11
	fake := fakemongo.New(t, func(c fakemongo.Command) fakemongo.Answer {
		switch c.Name {
		case "insert":
			return bson.D{{Key: "ok", Value: 1.0}, {Key: "n", Value: int32(1)}, {Key: "operationTime", Value: primitive.Timestamp{T: written, I: 1}}}
		case "find":
			return append(fakemongo.Found()[:1:1], bson.E{Key: "operationTime", Value: primitive.Timestamp{T: looked, I: 1}}, fakemongo.Found()[2])
		}
		return nil
	})
	d, err := Dial(t.Context(), Config{URI: fake.URI("", "/")})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = d.Close(t.Context()) }()
	c := &callBatch{maxWait: time.Hour, running: 2}
	var in [2]*sharedDocs
	for i := range in {
		docs, end, err := d.Session(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer end()
		in[i] = &sharedDocs{docs, c}
	}
	if _, err := in[1].Docs.Insert(t.Context(), Groups, []any{bson.D{{Key: "_id", Value: "a"}}}); err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	look := func(x *sharedDocs) { _, err := x.Read(t.Context(), Groups, []string{"a"}); done <- err }
	go look(in[0]) // the first call, made for both
	for came := false; !came; time.Sleep(time.Millisecond) {
		c.mu.Lock()
		came = len(c.waiting) == 1
		c.mu.Unlock()
	}
	go look(in[1])
	for range in {
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	for i := range in {
		if _, err := in[i].Docs.Read(t.Context(), Groups, []string{"b"}); err != nil {
			t.Fatal(err)
		}
	}
	var after []uint32
	for _, cmd := range fake.Sent() {
		if cmd.Name == "find" {
			at, _, _ := cmd.Body.Lookup("readConcern", "afterClusterTime").TimestampOK()
			after = append(after, at)
		}
	}
	if len(after) != 3 || after[0] != written || after[1] != looked || after[2] != looked {
		t.Errorf("looks after %v, want one of both after %d and one of each after %d", after, written, looked)
	}
}
