package simtest

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"roadbook/client/localdb"
	"roadbook/sync/wire"
)

// truth is the record of everything people really said, kept apart from the lines. An observation is added when its
// save is confirmed.
type truth struct {
	w            *world
	observations map[string]*observation
	order        []string
	acked        map[string]int // acknowledged ids since the database was last restored, with the turn
	takenPlaces  map[string]int // sequences of streams taken by an acknowledged line, likewise
	acts         []*hqAct
	samples      map[string][]clockSample // of each boot of a device, as its requests told
	bootRequests map[bootKey]*bootRequest // the requests about each boot, with the state of the servers' clocks
	foreignLines map[string]string        // lines of no program of ours, with the expected fault; these lines count nothing
}

// observation is a saved statement with its line.
type observation struct {
	id, record, item string
	act, kind        string
	said             map[string]string // texts in canonical form; "" = cleared
	auto             bool              // occurred_at was left to the device
	seen             []string
	group, target    string
	share            []string // units with which the record is shared
	clock            evidence
	line             []byte
	at               int64 // true time
	by               *device
}

// evidence is the evidence of a line, parsed without the packages under test.
type evidence struct {
	HLC   string `json:"hlc"`
	Boot  string `json:"boot"`
	Mono  int64  `json:"mono"`
	Wall  int64  `json:"wall"`
	Known int64  `json:"known"`
}

// parsedLine is a line, parsed without the packages under test.
type parsedLine struct {
	Kind   string                     `json:"kind"`
	Act    string                     `json:"act"`
	Record string                     `json:"record"`
	Item   string                     `json:"item"`
	Group  string                     `json:"group"`
	Target string                     `json:"target"`
	Reason string                     `json:"reason"`
	Seen   []string                   `json:"seen"`
	Share  []string                   `json:"share"`
	Auto   []string                   `json:"auto"`
	Fields map[string]json.RawMessage `json:"fields"`
	Clock  evidence                   `json:"clock"`
}

func newTruth(w *world) *truth {
	return &truth{
		w: w, observations: map[string]*observation{}, acked: map[string]int{}, takenPlaces: map[string]int{}, foreignLines: map[string]string{},
		samples: map[string][]clockSample{}, bootRequests: map[bootKey]*bootRequest{},
	}
}

// statement is a draft together with the observation to note once saved.
type statement struct {
	draft localdb.Draft
	note  *observation
}

// add notes a confirmed observation and compares its line with the statement.
func (l *truth) add(d *device, id string, line []byte, s *statement) {
	var h parsedLine
	if err := json.Unmarshal(line, &h); err != nil {
		l.w.failf("%s: the line is not JSON: %v", short(id), err)
		return
	}
	e := *s.note
	e.id, e.line, e.by, e.clock, e.said = id, slices.Clone(line), d, h.Clock, maps.Clone(e.said)
	if e.at == 0 {
		e.at = l.w.now
	}
	if e.record == "" {
		e.record = id
	}
	if e.item == "" && e.kind == "casualty" {
		e.item = id
	}
	if e.said["unit"] == foreignUnit {
		l.w.failf("%s was saved under a unit that %s never had", short(id), d.name)
	}
	e.auto = slices.Contains(h.Auto, "occurred_at")
	l.compare(&e, &h)
	l.observations[id] = &e
	l.order = append(l.order, id)
}

// compare compares a line's fields with the person's statement, and the seen observations with the device's display.
func (l *truth) compare(e *observation, h *parsedLine) {
	if h.Kind != e.kind || h.Act != e.act {
		l.w.failf("%s says %s %s, not %s %s", short(e.id), h.Act, h.Kind, e.act, e.kind)
	}
	if !slices.Equal(sortedCopy(h.Seen), sortedCopy(e.seen)) {
		l.w.failf("%s has seen %v, the device showed %v", short(e.id), h.Seen, e.seen)
	}
	if !slices.Equal(h.Share, e.share) {
		l.w.failf("%s shares with %v, the person with %v", short(e.id), h.Share, e.share)
	}
	got := h.fields()
	if own := e.said[ownTimes[e.kind]]; e.act == "create" && e.said["occurred_at"] == "" && own != "" {
		e.said["occurred_at"] = own
	} else if e.auto {
		e.said["occurred_at"] = got["occurred_at"]
	}
	if !maps.Equal(got, e.said) {
		l.w.failf("%s: the line says %v, the person said %v", short(e.id), got, e.said)
	}
}

// ownTimes are the times that stand for the moment of the event if the person gives none.
var ownTimes = map[string]string{"incident": "reported_at", "casualty": "died_at"}

// fields are a line's fields in the form of canon.
func (h *parsedLine) fields() map[string]string {
	got := map[string]string{}
	for name, raw := range h.Fields {
		got[name] = canonical(raw)
	}
	return got
}

// matches reports whether a line could come from a person's statement.
func (e *observation) matches(h *parsedLine) bool {
	got := h.fields()
	if _, typed := e.said["occurred_at"]; !typed {
		delete(got, "occurred_at")
	}
	return h.Act == e.act && h.Kind == e.kind && (h.Record == e.record) && slices.Equal(h.Share, e.share) && maps.Equal(got, e.said)
}

func sortedCopy(s []string) []string {
	out := slices.Clone(s)
	slices.Sort(out)
	return out
}

// canonical writes a JSON value in canonical form: times as Unix ms, null as "".
func canonical(raw json.RawMessage) string {
	text := string(raw)
	if text == "null" {
		return ""
	}
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return text
	}
	if at, err := time.Parse(time.RFC3339Nano, s); err == nil {
		return strconv.FormatInt(at.UnixMilli(), 10)
	}
	return s
}

// noteAcknowledged notes the lines acknowledged by a server's answer. If another line was known at the same sequence
// when the request came (turn since), the new line must be a fork and not created.
func (l *truth) noteAcknowledged(since int, f *wire.Frame, ans *wire.Answer) {
	if f == nil {
		return
	}
	hs := f.Hashes()
	for _, r := range ans.Results {
		if !r.Status.Acknowledges() {
			continue
		}
		for seq := r.First; seq <= r.Last; seq++ {
			id := wire.NewObsID(f.Stream, seq, hs[seq-f.First]).String()
			if turn, taken := l.takenPlaces[placeOf(id)]; taken && turn < since && l.acked[id] == 0 && r.Status == wire.Created {
				l.w.failf("%s was called new, and its place was taken", short(id))
			}
			l.acked[id] = max(l.w.turns, 1)
			if _, taken := l.takenPlaces[placeOf(id)]; !taken {
				l.takenPlaces[placeOf(id)] = l.w.turns
			}
		}
	}
}

// records are the ids of all records of some kinds, in the order of their creation.
func (l *truth) records(kinds ...string) (ids []string) {
	for _, id := range l.order {
		if e := l.observations[id]; e.record == id && slices.Contains(kinds, e.kind) {
			ids = append(ids, id)
		}
	}
	return ids
}

// streamOf is the stream of an id.
func streamOf(id string) string {
	device, rest, _ := strings.Cut(id, ".")
	epoch, _, _ := strings.Cut(rest, ".")
	return device + "." + epoch
}

// placeOf is an id without its hash.
func placeOf(id string) string { return id[:strings.LastIndexByte(id, '.')] }

// byID orders ids as the protocol does: device, epoch, sequence as a number, hash.
func byID(a, b string) int {
	x, y := strings.Split(a, "."), strings.Split(b, ".")
	for i := range x {
		if i == 2 && len(x[i]) != len(y[i]) {
			return len(x[i]) - len(y[i])
		}
		if c := strings.Compare(x[i], y[i]); c != 0 {
			return c
		}
	}
	return 0
}
