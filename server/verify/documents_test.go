package verify_test

import (
	"context"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/bson"

	"roadbook/server/store/mongostore"
	"roadbook/server/store/mongostore/simdoc"
)

// engines are document databases written to behind the store's back. With the tag mongo a real engine is added.
var engines = map[string]func(*testing.T) mongostore.Docs{
	"simulated": func(*testing.T) mongostore.Docs { return simdoc.New(nil) },
}

// TestErrorsInDocumentsAreNamed plants an error of each class, as an intruder with the database's password could.
func TestErrorsInDocumentsAreNamed(t *testing.T) {
	for _, c := range inDocuments {
		for name, open := range engines {
			t.Run(c.name+"/"+name, func(t *testing.T) {
				docs := open(t)
				s, err := mongostore.New(t.Context(), docs, mongostore.Config{})
				if err != nil {
					t.Fatal(err)
				}
				w := newWorld(t, s)
				w.verify(s)
				w.wantFindings()
				c.plant(&documentEditor{t, docs}, w)
				w.verify(s)
				w.wantFindingAt(c.class, c.at)
				w.wantRebuildMends(c.mended)
			})
		}
	}
}

var inDocuments = []struct {
	name, class, at string
	mended          bool // by a rebuild
	plant           func(*documentEditor, *world)
}{
	{"a frame is deleted", "lost", "stream", false, func(v *documentEditor, w *world) {
		v.remove(mongostore.Frames, v.one(mongostore.Frames, w.a.Frame(0, 1).Stream.String()))
	}},
	{"a chunk of records is deleted", "lost", "record", false, func(v *documentEditor, w *world) {
		v.remove(mongostore.Records, v.one(mongostore.Records, w.b.ID))
	}},
	{"a sum is raised", "doubled", "sum", true, func(v *documentEditor, _ *world) { v.sums(7) }},
	{"a sum is lowered", "stale", "sum", true, func(v *documentEditor, _ *world) { v.sums(-1) }},
	{"a group is emptied", "lost", "group", true, func(v *documentEditor, _ *world) {
		v.set(mongostore.Groups, v.one(mongostore.Groups, ""), bson.D{{Key: "members", Value: nil}})
	}},
	{"a group is invented", "orphaned", "group", true, func(v *documentEditor, w *world) {
		members := v.read(mongostore.Groups, v.one(mongostore.Groups, "")).Lookup("members")
		if taken, err := v.docs.Insert(context.Background(), mongostore.Groups, []any{bson.D{{Key: "_id", Value: "nobody|20201220"}, {Key: "members", Value: members}}}); err != nil || taken[0] {
			v.t.Fatal(taken, err)
		}
	}},
	{"frames are deleted, and the summary that knows of them", "orphaned", "record", false, func(v *documentEditor, w *world) {
		for _, c := range []mongostore.Coll{mongostore.Frames, mongostore.Streams} {
			for _, id := range v.ids(c, w.a.ID) {
				v.remove(c, id)
			}
		}
	}},
	{"a frame is written over", "altered", "frame", false, func(v *documentEditor, w *world) {
		id := v.one(mongostore.Frames, w.b.Frame(0, 1).Stream.String())
		packed := v.read(mongostore.Frames, id).Lookup("packed")
		_, b := packed.Binary()
		b = append([]byte(nil), b...)
		b[len(b)/2] ^= 1
		v.set(mongostore.Frames, id, bson.D{{Key: "packed", Value: b}})
	}},
}

// documentEditor writes past the store.
type documentEditor struct {
	t    *testing.T
	docs mongostore.Docs
}

// ids are the document ids beginning with begin.
func (v *documentEditor) ids(c mongostore.Coll, begin string) (out []string) {
	v.t.Helper()
	raws, err := v.docs.Scan(context.Background(), c, mongostore.Query{Sort: "_id", Only: []string{"_id"}})
	if err != nil {
		v.t.Fatal(err)
	}
	for _, raw := range raws {
		if id := raw.Lookup("_id").StringValue(); strings.HasPrefix(id, begin) {
			out = append(out, id)
		}
	}
	return out
}

func (v *documentEditor) one(c mongostore.Coll, begin string) string {
	v.t.Helper()
	ids := v.ids(c, begin)
	if len(ids) == 0 {
		v.t.Fatalf("no document of %s begins with %q", c, begin)
	}
	return ids[0]
}

func (v *documentEditor) read(c mongostore.Coll, id string) bson.Raw {
	v.t.Helper()
	raws, err := v.docs.Read(context.Background(), c, []string{id})
	if err != nil || len(raws) != 1 {
		v.t.Fatal(len(raws), err)
	}
	return raws[0]
}

func (v *documentEditor) set(c mongostore.Coll, id string, fields bson.D) {
	v.t.Helper()
	done, err := v.docs.Change(context.Background(), c, []mongostore.Change{{ID: id, Set: fields}})
	if err != nil || !done[0] {
		v.t.Fatal(done, err)
	}
}

func (v *documentEditor) remove(c mongostore.Coll, id string) {
	v.t.Helper()
	if err := v.docs.Remove(context.Background(), c, []mongostore.Cond{{Field: "_id", Op: mongostore.Is, Value: id}}); err != nil {
		v.t.Fatal(err)
	}
}

// sums adds an amount to every sum of one bucket.
func (v *documentEditor) sums(by int64) {
	v.t.Helper()
	id := v.one(mongostore.Buckets, "office-1/plate")
	var d struct {
		Sums []struct {
			Day     int64  `bson:"d"`
			Measure string `bson:"m"`
			Amount  int64  `bson:"a"`
		} `bson:"sums"`
	}
	if err := bson.Unmarshal(v.read(mongostore.Buckets, id), &d); err != nil {
		v.t.Fatal(err)
	}
	for i := range d.Sums {
		d.Sums[i].Amount += by
	}
	v.set(mongostore.Buckets, id, bson.D{{Key: "sums", Value: d.Sums}})
}
