package api

import (
	"encoding/json"
	"testing"
	"time"

	"roadbook/schema"
	"roadbook/server/auth"
	"roadbook/sync/wire"
)

// The server states its kinds at the enrollment and to a device that asks and has others; a device of before hears nothing.
func TestTheServerStatesItsKinds(t *testing.T) {
	w := newWorld(t)
	d := w.newDev(1, "office-1", auth.RoleClerk)
	ask := func(digest string) *wire.Kinds {
		t.Helper()
		b, err := (&wire.Request{Stream: d.stream, Kinds: digest}).Encode(wire.Identity)
		w.must(err)
		return d.answer(d.send(b, "")).Kinds
	}
	if k := ask(""); k != nil {
		t.Errorf("not asked: %+v", k)
	}
	whole := ask(wire.NoKinds)
	if whole == nil || !whole.Fields.Field("plate", "spoiled") || whole.Fields.Field("plate", "colour") || whole.Fields.Field("casualty", "accident") ||
		!whole.TakesShare() || !whole.TakesAct(wire.Void) || whole.TakesAct(wire.Link) {
		t.Fatalf("%+v", whole)
	}
	for _, k := range schema.Default().Kinds() {
		if _, ok := whole.Fields[k.Name]; !ok {
			t.Errorf("%s is not stated", k.Name)
		}
	}
	if text, err := json.Marshal(whole); err != nil || len(text) > 8<<10 {
		t.Errorf("the statement takes %d bytes, %v", len(text), err)
	}
	if k := ask(whole.Digest); k == nil || k.Digest != whole.Digest || k.Fields != nil {
		t.Errorf("with the same at hand: %+v", k)
	}
	if k := ask("of an older program"); k == nil || k.Fields == nil {
		t.Errorf("with another at hand: %+v", k)
	}
	code, err := w.auth.NewCode(t.Context(), "office-1", auth.RoleClerk, "test", time.Hour)
	w.must(err)
	other := &testDevice{w: w, key: d.key}
	var e wire.Enrolled
	w.post("/v1/enroll", wire.EnrollRequest{PublicKey: other.public(), Code: code}, &e)
	if e.Kinds == nil || e.Kinds.Digest != whole.Digest {
		t.Errorf("at the enrollment: %+v", e.Kinds)
	}
}
