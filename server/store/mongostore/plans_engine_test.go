//go:build mongo

package mongostore

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.mongodb.org/mongo-driver/bson"
)

// queryShapes collects the distinct shapes of a store's queries.
type queryShapes struct {
	mu  sync.Mutex
	all map[string]bson.D // by shape: a command to explain
}

// addCommand adds a command: the whole of a find or an aggregate, and the filters of updates and deletes.
func (a *queryShapes) addCommand(name string, body bson.Raw) {
	var filters []bson.Raw
	coll, _ := body.Lookup(name).StringValueOK()
	switch name {
	case "find":
		a.addShape(coll, bson.Raw(body.Lookup("filter").Value), bson.D{
			{Key: "sort", Value: body.Lookup("sort")}, {Key: "limit", Value: body.Lookup("limit")}, {Key: "hint", Value: body.Lookup("hint")},
		})
		return
	case "aggregate":
		stage := body.Lookup("pipeline", "0", "$match")
		filters = append(filters, bson.Raw(stage.Value))
	case "update", "delete":
		list, _ := body.Lookup(name + "s").Array().Values()
		for _, v := range list {
			filters = append(filters, bson.Raw(v.Document().Lookup("q").Value))
		}
	}
	for _, f := range filters {
		a.addShape(coll, f, nil)
	}
}

func (a *queryShapes) addShape(coll string, filter bson.Raw, rest bson.D) {
	cmd := bson.D{{Key: "find", Value: coll}, {Key: "filter", Value: filter}}
	shape := coll + " " + shapeOf(bson.RawValue{Type: bson.TypeEmbeddedDocument, Value: filter})
	for _, e := range rest {
		v, ok := e.Value.(bson.RawValue)
		if !ok || v.Type == 0 {
			continue
		}
		cmd = append(cmd, e)
		shape += " " + e.Key
		if doc, ok := v.DocumentOK(); ok {
			elements, _ := doc.Elements()
			shape += ":" + elements[0].Key()
		}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if _, known := a.all[shape]; !known {
		a.all[shape] = cmd
	}
}

// shapeOf writes a filter without its values.
func shapeOf(v bson.RawValue) string {
	if doc, ok := v.DocumentOK(); ok {
		elements, _ := doc.Elements()
		parts := make([]string, len(elements))
		for i, e := range elements {
			parts[i] = e.Key() + shapeOf(e.Value())
		}
		return "{" + strings.Join(parts, " ") + "}"
	}
	if array, ok := v.ArrayOK(); ok {
		values, _ := array.Values()
		var parts []string
		for _, e := range values {
			if _, ok := e.DocumentOK(); ok {
				parts = append(parts, shapeOf(e))
			}
		}
		return "[" + strings.Join(parts, " ") + "]"
	}
	return ""
}

// checkPlans asks the engine for the plan of each shape, on filled collections.
func (a *queryShapes) checkPlans(t *testing.T, d *driver) {
	t.Helper()
	fill(t, d)
	for _, shape := range slices.Sorted(maps.Keys(a.all)) {
		var plan bson.Raw
		err := d.db.RunCommand(t.Context(), bson.D{{Key: "explain", Value: a.all[shape]}, {Key: "verbosity", Value: "executionStats"}}).Decode(&plan)
		if err != nil {
			t.Errorf("%s: %v", shape, err)
			continue
		}
		want, known := plans[shape]
		if byID(shape) {
			want, known = wantedPlan{by: "_id_"}, true
		}
		if !known {
			t.Errorf("%s: say in plans by which index, or why by none", shape)
			continue
		}
		got := planOf(plan)
		if got.examined < 0 { // PostgreSQL has the numbers missing in FerretDB's plan
			got.beneath = true
			got.examined, got.returned = examinedBy(t, d.db.Name(), a.all[shape])
		}
		if fault := want.faultOf(got); fault != "" {
			t.Errorf("%s: %s\n%s", shape, fault, plan)
		}
	}
	for shape := range plans {
		if _, seen := a.all[shape]; !seen {
			t.Errorf("%s: nobody asks for that any more", shape)
		}
	}
}

// examinedBy has PostgreSQL run the find in FerretDB's form, and returns the number of documents examined and the
// number returned.
func examinedBy(t *testing.T, database string, find bson.D) (examined, returned int64) {
	t.Helper()
	text, err := bson.MarshalExtJSON(find, true, false)
	if err != nil {
		t.Fatal(err)
	}
	quote := func(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
	ask := exec.CommandContext(t.Context(), "../../../.ci/engine", "sql")
	ask.Stdin = strings.NewReader("EXPLAIN (ANALYZE, FORMAT JSON) SELECT document FROM documentdb_api_catalog.bson_aggregation_find(" +
		quote(database) + ", " + quote(string(text)) + "::documentdb_core.bson);")
	ask.Stderr = t.Output()
	out, err := ask.Output()
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	var plans []struct{ Plan postgresPlan }
	if err := json.Unmarshal(out, &plans); err != nil || len(plans) != 1 {
		t.Fatalf("%s: %v\n%s", text, err, out)
	}
	return plans[0].Plan.examined(), int64(plans[0].Plan.Rows)
}

// fill makes some thousands of documents of each collection.
func fill(t *testing.T, d Docs) {
	t.Helper()
	const n = 4000
	insert := func(c Coll, doc func(i int) any) {
		docs := make([]any, n)
		for i := range docs {
			docs[i] = doc(i)
		}
		if _, err := d.Insert(context.Background(), c, docs); err != nil {
			t.Fatal(err)
		}
	}
	stream := func(i int) string { return fmt.Sprintf("dev%07d.ep0ch001", i%40) }
	unit := func(i int) string {
		if i%25 == 1 {
			return "u" // the unit used by the suite's queries
		}
		return fmt.Sprintf("unit-%d", i%25)
	}
	place := func(i int) string { return fmt.Sprintf("%s/plate/202%d%02d%02d/1", unit(i), i%6, i%12+1, i%28+1) }
	insert(Records, func(i int) any {
		return chunkDoc{
			ID: fmt.Sprintf("%s/%019d", stream(i), i/40), Rev: 1, Size: 16, Packed: make([]byte, 1000),
			Buckets: []string{place(i)}, Groups: []string{fmt.Sprintf("plate/02/%d", i)}, DepartedBy: nil,
		}
	})
	insert(Groups, func(i int) any { return groupDoc{ID: fmt.Sprintf("plate/02/%d", i), Epoch: 1, Evaluated: 1} })
	insert(Buckets, func(i int) any {
		day := int64(20200000 + i%6*10000 + (i%12+1)*100 + i%28 + 1)
		return bucketDoc{ID: fmt.Sprintf("%s-%d/plate/%d/1", unit(i), i, day), Epoch: 1, Counted: 1, BucketKey: fmt.Sprintf("%s/plate/%d", unit(i), day), Unit: unit(i), Kind: "plate", Day: day, Number: 1, Size: 9, From: day, To: day}
	})
	insert(Frames, func(i int) any {
		first := int64(i/40*10 + 1)
		return frameDoc{
			ID: fmt.Sprintf("%s/%020d/%020d/%064d", stream(i), first, first+9, i), Stream: stream(i), First: first, Last: first + 9, Lines: 10,
			Packed: make([]byte, 1400), Received: int64(i + 1), Unit: unit(i), N: int64(i/40 + 1), Touched: []string{"x"}, Units: []string{unit(i)},
		}
	})
	insert(Streams, func(i int) any {
		return streamDoc{ID: fmt.Sprintf("dev%07d.ep0ch001", i), Rev: 1, N: 100, Last: "x", Units: []string{unit(i)}}
	})
	insert(QuarantinedLines, func(i int) any {
		return quarantinedDoc{ID: fmt.Sprintf("%s/%020d/%064d", stream(i), i, i), Stream: stream(i), Released: []string{"", "x"}[i%2]}
	})
	insert(SideTable, func(i int) any { return sideDoc{ID: fmt.Sprintf("doubts/r/%d", i), Data: make([]byte, 100)} })
	insert(Entries, func(i int) any {
		bucket := []string{"user", "device", "code", "nonce"}[i%4]
		return entryDoc{ID: fmt.Sprintf("%s/%d", bucket, i), Section: bucket, Name: fmt.Sprint(i), Rev: 1, Expires: int64(i % 2 * (1_600_000_000_000 + i*1000))}
	})
}
