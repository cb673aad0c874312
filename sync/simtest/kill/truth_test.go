package kill

import (
	"maps"
	"math/big"
	"strings"
	"time"
)

// The truth is the knowledge of the people: each statement confirmed, or found on the device after a kill, and the
// resulting records. The truth shares no code with the programs.

// statement is an intended save.
type statement struct {
	act    string // "log", "amend", "void"
	kind   string
	record string // of amend and void
	fields map[string]string
}

// record is a record as known to its creator.
type record struct {
	id, kind string
	fields   map[string]string
	void     bool
}

type truth struct {
	statements map[string]statement // by observation
	records    map[string]*record   // by record
}

func newTruth() *truth {
	return &truth{statements: map[string]statement{}, records: map[string]*record{}}
}

// note adds a saved observation.
func (l *truth) note(id, recordID string, s statement) {
	l.statements[id] = s
	switch s.act {
	case "log":
		l.records[recordID] = &record{id: recordID, kind: s.kind, fields: map[string]string{}}
		fallthrough
	case "amend":
		maps.Copy(l.records[recordID].fields, s.fields)
	case "void":
		l.records[recordID].void = true
	}
}

// countBy is how many observations a device has made.
func (l *truth) countBy(device string) (n int64) {
	for id := range l.statements {
		if strings.HasPrefix(id, device+".") {
			n++
		}
	}
	return n
}

// plateKey identifies the event of a plate: number and day.
func (t *record) plateKey() string {
	return t.fields["plate_number"] + " " + t.fields["occurred_at"][:10]
}

// numberIsUnique reports whether no other plate record has the same number: only then may the sets change without two
// records of one event disagreeing.
func (l *truth) numberIsUnique(t *record) bool {
	for _, o := range l.records {
		if o != t && o.kind == "plate" && !o.void && o.fields["plate_number"] == t.fields["plate_number"] {
			return false
		}
	}
	return true
}

// sets recounts P5-1: the sets of each issued plate, once per event.
func (l *truth) sets() (sum int64) {
	events := map[string]int64{}
	for _, t := range l.records {
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
func (l *truth) dispatch() (incidents, ms int64, hours *big.Rat) {
	for _, t := range l.records {
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
