package returning

import (
	"maps"
	"slices"
	"time"
)

// The ledger is what people know that they said. It shares no code with the programs.

// saying is one observation.
type saying struct {
	id, record, device, act, kind string
	fields                        map[string]string
	at                            int64 // true time, Unix ms
	held                          bool  // said at a device that was revoked, and not let go
	freed                         bool  // said there, and let go
}

type ledger []saying

func (l *ledger) note(s saying) { *l = append(*l, s) }

// thing is a record, as the people know it.
type thing struct {
	id, kind string
	by       string // the device
	fields   map[string]string
	at       int64 // when it was created
	void     bool
}

// things are the records that what was said makes, but for what is held.
func (l ledger) things() map[string]*thing {
	out := map[string]*thing{}
	for _, s := range l {
		if s.held {
			continue
		}
		switch s.act {
		case "":
			out[s.record] = &thing{id: s.record, kind: s.kind, by: s.device, fields: maps.Clone(s.fields), at: s.at}
		case "amend":
			maps.Copy(out[s.record].fields, s.fields)
		default:
			out[s.record].void = s.act == "void"
		}
	}
	return out
}

// thing is one of them, held or not.
func (l ledger) thing(record string) *thing {
	all := slices.Clone(l)
	for i := range all {
		all[i].held = false
	}
	return all.things()[record]
}

// release enters that HQ let what is held go.
func (l ledger) release(id string) {
	for i := range l {
		if l[i].id == id {
			l[i].held, l[i].freed = false, true
		}
	}
}

// without is what is left when nobody has what a device said after a time.
func (l ledger) without(device string, after int64) ledger {
	return slices.DeleteFunc(slices.Clone(l), func(s saying) bool { return s.device == device && s.at > after })
}

// sets recounts P5-1.
func (l ledger) sets() (sum int64) {
	for _, t := range l.things() {
		if t.kind == "plate" && !t.void {
			sum += int64(t.fields["sets"][0] - '0')
		}
	}
	return sum
}

// dispatch recounts P1-2: how many incidents, and how many ms from report to dispatch.
func (l ledger) dispatch() (incidents, ms int64) {
	for _, t := range l.things() {
		if t.kind == "incident" && !t.void {
			incidents++
			ms += instant(t.fields["dispatched_at"]).Sub(instant(t.fields["reported_at"])).Milliseconds()
		}
	}
	return incidents, ms
}

// times are when records happened, by the people's own watches.
func (l ledger) times() map[string]string {
	out := map[string]string{}
	for id, t := range l.things() {
		at := time.UnixMilli(t.at)
		if text, typed := t.fields["occurred_at"]; typed {
			at = instant(text)
		}
		out[id] = at.In(time.FixedZone("", 8*3600)).Format(time.DateOnly)
	}
	return out
}
