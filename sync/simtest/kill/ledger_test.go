package kill

import (
	"maps"
	"math/big"
	"strings"
	"time"
)

// The ledger is what the people know: each saying that was confirmed, or found on the device after a kill,
// and what it makes of the things spoken about. It shares no code with the programs.

// saying is what a person wants to say.
type saying struct {
	act    string // "log", "amend", "void"
	kind   string
	record string // of amend and void
	fields map[string]string
}

// thing is a record, as the person who made it knows it.
type thing struct {
	id, kind string
	fields   map[string]string
	void     bool
}

type ledger struct {
	said   map[string]saying // by observation
	things map[string]*thing // by record
}

func newLedger() *ledger { return &ledger{said: map[string]saying{}, things: map[string]*thing{}} }

// note enters an observation that stands.
func (l *ledger) note(id, record string, s saying) {
	l.said[id] = s
	switch s.act {
	case "log":
		l.things[record] = &thing{id: record, kind: s.kind, fields: map[string]string{}}
		fallthrough
	case "amend":
		maps.Copy(l.things[record].fields, s.fields)
	case "void":
		l.things[record].void = true
	}
}

// saidBy is how many observations a device has made.
func (l *ledger) saidBy(device string) (n int64) {
	for id := range l.said {
		if strings.HasPrefix(id, device+".") {
			n++
		}
	}
	return n
}

// plateKey is what makes two entries of a plate one event: the number and the day.
func (t *thing) plateKey() string {
	return t.fields["plate_number"] + " " + t.fields["occurred_at"][:10]
}

// alone reports whether no other entry speaks of the same number: then its sets may change without leaving
// two entries of one event at odds.
func (l *ledger) alone(t *thing) bool {
	for _, o := range l.things {
		if o != t && o.kind == "plate" && !o.void && o.fields["plate_number"] == t.fields["plate_number"] {
			return false
		}
	}
	return true
}

// sets recounts P5-1: the sets of each plate issued, once however many entered it.
func (l *ledger) sets() (sum int64) {
	events := map[string]int64{}
	for _, t := range l.things {
		if t.kind == "plate" && !t.void {
			events[t.plateKey()] = int64(t.fields["sets"][0] - '0')
		}
	}
	for _, sets := range events {
		sum += sets
	}
	return sum
}

// dispatch recounts P1-2: how many incidents, how many ms from report to dispatch, and the mean in hours.
func (l *ledger) dispatch() (incidents, ms int64, hours *big.Rat) {
	for _, t := range l.things {
		if t.kind == "incident" && !t.void {
			incidents++
			ms += instant(t.fields["dispatched_at"]).Sub(instant(t.fields["reported_at"])).Milliseconds()
		}
	}
	if incidents > 0 {
		hours = big.NewRat(ms, incidents*time.Hour.Milliseconds())
	}
	return incidents, ms, hours
}

func instant(text string) time.Time {
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return at
}
