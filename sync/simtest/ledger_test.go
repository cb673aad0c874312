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

// ledger is the world's own book of what people really said, kept apart from the lines: what must be true in
// the end. It is written when a saving is confirmed.
type ledger struct {
	w       *world
	entries map[string]*entry
	order   []string
	acked   map[string]int // ids that a server has acknowledged since the database was last restored, and the turn
	taken   map[string]int // places in streams that an acknowledged line has, likewise
	acts    []*hqAct
	began   map[string]int64   // true time at which each boot of a device began
	asked   map[bootKey]*asked // what servers were asked about boots, and by which clocks
	raw     map[string]string  // lines that no program of ours wrote, and why they are held; "" = they count nothing
}

// entry is one observation.
type entry struct {
	id, record, item string
	act, kind        string
	said             map[string]string // texts in the form of canon; "" = cleared
	auto             bool              // occurred_at was left to the device
	seen             []string
	group, target    string
	clock            evidence
	line             []byte
	at               int64 // true time
	by               *device
}

// evidence is what a line says of its clock, read by the ledger's own means.
type evidence struct {
	HLC   string `json:"hlc"`
	Boot  string `json:"boot"`
	Mono  int64  `json:"mono"`
	Wall  int64  `json:"wall"`
	Known int64  `json:"known"`
}

// heard is a line, read by the ledger's own means.
type heard struct {
	Kind   string                     `json:"kind"`
	Act    string                     `json:"act"`
	Record string                     `json:"record"`
	Item   string                     `json:"item"`
	Group  string                     `json:"group"`
	Target string                     `json:"target"`
	Reason string                     `json:"reason"`
	Seen   []string                   `json:"seen"`
	Auto   []string                   `json:"auto"`
	Fields map[string]json.RawMessage `json:"fields"`
	Clock  evidence                   `json:"clock"`
}

func newLedger(w *world) *ledger {
	return &ledger{
		w: w, entries: map[string]*entry{}, acked: map[string]int{}, taken: map[string]int{}, raw: map[string]string{},
		began: map[string]int64{}, asked: map[bootKey]*asked{},
	}
}

// saying is a draft together with what the ledger notes of it.
type saying struct {
	draft localdb.Draft
	note  *entry
}

// add notes a confirmed observation and holds its line to what was said.
func (l *ledger) add(d *device, id string, line []byte, s *saying) {
	var h heard
	if err := json.Unmarshal(line, &h); err != nil {
		l.w.fail("%s: the line is not JSON: %v", short(id), err)
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
	e.auto = slices.Contains(h.Auto, "occurred_at")
	l.compare(&e, &h)
	l.entries[id] = &e
	l.order = append(l.order, id)
}

// compare holds a line's fields to what the person said, and what it has seen to what the device showed.
func (l *ledger) compare(e *entry, h *heard) {
	if h.Kind != e.kind || h.Act != e.act {
		l.w.fail("%s says %s %s, not %s %s", short(e.id), h.Act, h.Kind, e.act, e.kind)
	}
	if !slices.Equal(sortedCopy(h.Seen), sortedCopy(e.seen)) {
		l.w.fail("%s has seen %v, the device showed %v", short(e.id), h.Seen, e.seen)
	}
	got := h.said()
	if e.auto {
		e.said["occurred_at"] = got["occurred_at"]
	}
	if !maps.Equal(got, e.said) {
		l.w.fail("%s: the line says %v, the person said %v", short(e.id), got, e.said)
	}
}

// said are a line's fields in the form of canon.
func (h *heard) said() map[string]string {
	got := map[string]string{}
	for name, raw := range h.Fields {
		got[name] = canon(raw)
	}
	return got
}

// means reports whether a line could be what a person wanted to save.
func (e *entry) means(h *heard) bool {
	got := h.said()
	if _, typed := e.said["occurred_at"]; !typed {
		delete(got, "occurred_at")
	}
	return h.Act == e.act && h.Kind == e.kind && (h.Record == e.record) && maps.Equal(got, e.said)
}

func sortedCopy(s []string) []string {
	out := slices.Clone(s)
	slices.Sort(out)
	return out
}

// canon writes a JSON value as the ledger does: times as Unix ms, null as "".
func canon(raw json.RawMessage) string {
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

// promised notes which lines a server's answer acknowledges. A line whose place another was known to have when
// the request came (turn since) is no new one: it is a fork.
func (l *ledger) promised(since int, f *wire.Frame, ans *wire.Answer) {
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
			if turn, taken := l.taken[placeOf(id)]; taken && turn < since && l.acked[id] == 0 && r.Status == wire.Created {
				l.w.fail("%s was called new, and its place was taken", short(id))
			}
			l.acked[id] = max(l.w.turns, 1)
			if _, taken := l.taken[placeOf(id)]; !taken {
				l.taken[placeOf(id)] = l.w.turns
			}
		}
	}
}

// records are the ids of records of one of the kinds, in the order in which they were begun.
func (l *ledger) records(kinds ...string) (ids []string) {
	for _, id := range l.order {
		if e := l.entries[id]; e.record == id && slices.Contains(kinds, e.kind) {
			ids = append(ids, id)
		}
	}
	return ids
}

// streamOf is the stream that an id names.
func streamOf(id string) string {
	device, rest, _ := strings.Cut(id, ".")
	epoch, _, _ := strings.Cut(rest, ".")
	return device + "." + epoch
}

// placeOf is an id without its hash.
func placeOf(id string) string { return id[:strings.LastIndexByte(id, '.')] }

// byID orders ids as the protocol says: device, epoch, sequence as a number, hash.
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
