package maker

import (
	"roadbook/client/localdb"
	"roadbook/schema"
)

// State is the state of a record, one word; client/field/DESIGN.md says the meanings and the order.
type State string

// The states.
const (
	Void        State = "void"
	Returned    State = "returned"
	Quarantined State = "quarantined"
	Waiting     State = "saved"
	Uncounted   State = "uncounted"
	Review      State = "review"
	Counted     State = "counted"
	Delivered   State = "delivered"
)

// StateOf is the first state that holds for a record, and the reason where there is one. A delivered, complete record counts as
// far as the server has told this device: the answer to a delivery brings the doubts about its records.
func StateOf(r *localdb.Record) (State, *schema.Text) {
	switch {
	case r.View.Void:
		return Void, words(r.View.VoidReason)
	case r.Returned != nil:
		return Returned, words(r.Returned.Words)
	case r.Quarantined() > 0:
		return Quarantined, firstFault(r)
	case r.Waiting() > 0:
		return Waiting, nil
	case r.Uncounted():
		return Uncounted, firstDoubt(r, schema.Uncounted)
	case !r.View.Complete():
		return Uncounted, &r.View.Faults[0].Message
	case r.InDoubt():
		return Review, firstDoubt(r, schema.Check)
	case r.View.Kind == "":
		return Delivered, nil
	}
	return Counted, nil
}

func words(text string) *schema.Text {
	if text == "" {
		return nil
	}
	return &schema.Text{ZH: text, EN: text}
}

func firstFault(r *localdb.Record) *schema.Text {
	for i := range r.Observations {
		if f := r.Observations[i].Faults; len(f) > 0 {
			return &f[0].Message
		}
	}
	return nil
}

func firstDoubt(r *localdb.Record, severity schema.Severity) *schema.Text {
	for i := range r.Doubts {
		if d := &r.Doubts[i]; !d.Seen && d.Severity == severity {
			return &d.Text
		}
	}
	return nil
}
