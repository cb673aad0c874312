package mongostore

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/event"

	"roadbook/server/store/mongostore/fakemongo"
)

// commandWatch checks every command sent against the promises of concern.go.
type commandWatch struct {
	mu    sync.Mutex
	seen  map[string]int // commands by name
	wrong []string
	tell  func(name string, body bson.Raw) // may be nil
}

func newCommandWatch() *commandWatch { return &commandWatch{seen: map[string]int{}} }

func (w *commandWatch) monitor() *event.CommandMonitor {
	return &event.CommandMonitor{Started: func(_ context.Context, e *event.CommandStartedEvent) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.seen[e.CommandName]++
		if text := missingConcern(e.CommandName, e.Command); text != "" {
			w.wrong = append(w.wrong, fmt.Sprintf("%s: %s: %.300s", e.CommandName, text, e.Command))
		}
		if w.tell != nil {
			w.tell(e.CommandName, slices.Clone(e.Command))
		}
	}}
}

// missingConcern reports the concern or deadline missing in a command. The rules are written out by hand, for the real
// commands of a driver.
func missingConcern(name string, body bson.Raw) string {
	switch name {
	case "find", "aggregate":
		if level, _ := body.Lookup("readConcern", "level").StringValueOK(); level != "majority" {
			return "a read that a failover may take back"
		}
		if mode, set := body.Lookup("$readPreference", "mode").StringValueOK(); set && mode != "primary" {
			return "a read of a member that may lag"
		}
	case "insert", "update", "delete", "createIndexes", "dropDatabase":
		w, _ := body.Lookup("writeConcern", "w").StringValueOK()
		j, _ := body.Lookup("writeConcern", "j").BooleanOK()
		if w != "majority" || !j {
			return "a write that is acknowledged before a majority has it in its journal"
		}
		if _, set := body.Lookup("writeConcern", "wtimeout").AsInt64OK(); set {
			return "a second deadline beside the call's"
		}
		if name == "dropDatabase" { // the driver has no way to send a deadline here
			return ""
		}
	case "getMore", "killCursors", "endSessions": // with their cursor's concern, or none
		return ""
	default:
		return "nobody said how sure this command must be"
	}
	if ms, _ := body.Lookup("maxTimeMS").AsInt64OK(); ms <= 0 || name != "createIndexes" && ms > 60_000 {
		return fmt.Sprintf("%d ms is no deadline", ms)
	}
	return ""
}

func TestMissingConcernNotices(t *testing.T) {
	const wc, rc = `"writeConcern":{"w":"majority","j":true}`, `"readConcern":{"level":"majority"}`
	for _, tt := range []struct {
		command string
		ok      bool
	}{
		{`{"find":"x",` + rc + `,"maxTimeMS":10}`, true},
		{`{"find":"x","maxTimeMS":10}`, false},
		{`{"find":"x","readConcern":{"level":"local"},"maxTimeMS":10}`, false},
		{`{"find":"x","readConcern":{"afterClusterTime":{"$timestamp":{"t":1,"i":1}}},"maxTimeMS":10}`, false},
		{`{"find":"x",` + rc + `}`, false},
		{`{"find":"x",` + rc + `,"maxTimeMS":10,"$readPreference":{"mode":"secondary"}}`, false},
		{`{"aggregate":"x",` + rc + `,"maxTimeMS":10,"$readPreference":{"mode":"primary"}}`, true},
		{`{"insert":"x",` + wc + `,"maxTimeMS":10}`, true},
		{`{"insert":"x",` + wc + `}`, false},
		{`{"update":"x","writeConcern":{"w":"majority"},"maxTimeMS":10}`, false},
		{`{"update":"x","writeConcern":{"w":1,"j":true},"maxTimeMS":10}`, false},
		{`{"delete":"x","maxTimeMS":10}`, false},
		{`{"delete":"x",` + wc + `,"maxTimeMS":99999999}`, false},
		{`{"createIndexes":"x",` + wc + `,"maxTimeMS":7200000}`, true},
		{`{"getMore":1,"collection":"x"}`, true},
		{`{"findAndModify":"x",` + wc + `,` + rc + `,"maxTimeMS":10}`, false},
	} {
		var body bson.Raw
		if err := bson.UnmarshalExtJSON([]byte(tt.command), false, &body); err != nil {
			t.Fatal(err)
		}
		elements, _ := body.Elements()
		if text := missingConcern(elements[0].Key(), body); (text == "") != tt.ok {
			t.Errorf("%s: %q", tt.command, text)
		}
	}
}

// TestEveryCommandHasConcerns calls every method of Docs on a replica set, also under a URI that asks for weaker
// concerns.
func TestEveryCommandHasConcerns(t *testing.T) {
	for _, options := range []string{
		"/", "/x?w=1&journal=false&readConcernLevel=local&readPreference=secondary&retryWrites=false&timeoutMS=99999999&wtimeoutMS=5",
	} {
		t.Run(options, func(t *testing.T) { everyCommand(t, options) })
	}
}

func everyCommand(t *testing.T, options string) {
	t.Helper()
	w := newCommandWatch()
	fake := fakemongo.New(t, nil)
	c := Config{URI: fake.URI("", options), monitor: w.monitor()}
	d, err := Dial(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	in, end, err := d.Session(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	callEverything(t, d)
	callEverything(t, in)
	end()
	if err := Drop(t.Context(), c); err != nil {
		t.Error(err)
	}
	if err := d.Close(t.Context()); err != nil {
		t.Error(err)
	}
	for _, text := range w.wrong {
		t.Error(text)
	}
	for name, n := range map[string]int{"find": 6, "aggregate": 4, "insert": 2, "update": 6, "delete": 2, "createIndexes": 2, "dropDatabase": 1} {
		if w.seen[name] != n {
			t.Errorf("%d × %s, want %d", w.seen[name], name, n)
		}
	}
	checkSessions(t, fake.Sent())
}

// callEverything calls every method of Docs; the fake finds nothing and lets every write succeed.
func callEverything(t *testing.T, d Docs) {
	t.Helper()
	ctx := t.Context()
	set := func(id string) Change { return Change{ID: id, Set: bson.D{{Key: "rev", Value: int64(1)}}} }
	_, err1 := d.Insert(ctx, Entries, []any{bson.D{{Key: "_id", Value: "a"}}, bson.D{{Key: "_id", Value: "b"}}})
	_, err2 := d.Change(ctx, Entries, []Change{set("a")})
	_, err3 := d.Change(ctx, Entries, []Change{set("a"), set("b")})
	_, err4 := d.Read(ctx, Entries, []string{"a"})
	_, err5 := d.Read(ctx, Entries, []string{"a", "b"})
	_, err6 := d.Scan(ctx, Entries, Query{Where: []Cond{{"unit", Is, "x"}}, Sort: "_id", Limit: 3, Only: []string{"rev"}})
	_, _, err7 := d.Total(ctx, Entries, "size", nil)
	_, _, err8 := d.Total(ctx, Entries, "", []Cond{{"unit", Is, "x"}})
	for i, err := range []error{
		err1, err2, err3, err4, err5, err6, err7, err8,
		d.Raise(ctx, Groups, []string{"a", "b"}), d.Remove(ctx, Entries, nil), d.Index(ctx, Index{Name: "i", Coll: Entries, Fields: []string{"unit"}}),
	} {
		if err != nil {
			t.Errorf("call %d: %v", i+1, err)
		}
	}
}

// checkSessions: a retryable write has a transaction number, so that it is executed once; in a session each call comes
// after the call before, whichever member answers.
func checkSessions(t *testing.T, sent []fakemongo.Command) {
	t.Helper()
	after := 0
	for _, c := range sent {
		_, numbered := c.Body.Lookup("txnNumber").Int64OK()
		if want := c.Name == "insert" || c.Name == "update"; numbered != want {
			t.Errorf("%s: retryable is %v, want %v", c.Name, numbered, want)
		}
		if at, _, ok := c.Body.Lookup("readConcern", "afterClusterTime").TimestampOK(); ok && at == 7 {
			after++
		}
	}
	if after != 5 { // the reads of the session, which began with a write
		t.Errorf("%d reads are after what their session saw, want 5", after)
	}
}
