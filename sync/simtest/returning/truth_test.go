package returning

import (
	"maps"
	"slices"
	"time"
)

// The truth is the list of everything people know to have said. The truth shares no code with the programs.

// observation is a saved observation.
type observation struct {
	id, record, device, act, kind string
	fields                        map[string]string
	at                            int64 // true time, Unix ms
	quarantined                   bool  // made on a revoked device and not released
	released                      bool  // said there, and let go
}

type truth []observation

func (l *truth) add(s observation) { *l = append(*l, s) }

// record is a record as known to the people.
type record struct {
	id, kind string
	by       string // the device
	fields   map[string]string
	at       int64 // the time of its creation
	void     bool
}

// records are the records made by all observations, except the quarantined ones.
func (l truth) records() map[string]*record {
	out := map[string]*record{}
	for _, s := range l {
		if s.quarantined {
			continue
		}
		switch s.act {
		case "":
			out[s.record] = &record{id: s.record, kind: s.kind, by: s.device, fields: maps.Clone(s.fields), at: s.at}
		case "amend":
			maps.Copy(out[s.record].fields, s.fields)
		default:
			out[s.record].void = s.act == "void"
		}
	}
	return out
}

// record is a record, with quarantined observations too.
func (l truth) record(record string) *record {
	all := slices.Clone(l)
	for i := range all {
		all[i].quarantined = false
	}
	return all.records()[record]
}

// release marks a quarantined observation as released by HQ.
func (l truth) release(id string) {
	for i := range l {
		if l[i].id == id {
			l[i].quarantined, l[i].released = false, true
		}
	}
}

// without is the truth after the loss of a device's observations later than a time.
func (l truth) without(device string, after int64) truth {
	return slices.DeleteFunc(slices.Clone(l), func(s observation) bool { return s.device == device && s.at > after })
}

// sets recounts P5-1.
func (l truth) sets() (sum int64) {
	for _, t := range l.records() {
		if t.kind == "plate" && !t.void {
			sum += int64(t.fields["sets"][0] - '0')
		}
	}
	return sum
}

// dispatch recounts P1-2: how many incidents, and how many ms from report to dispatch.
func (l truth) dispatch() (incidents, ms int64) {
	for _, t := range l.records() {
		if t.kind == "incident" && !t.void {
			incidents++
			ms += instant(t.fields["dispatched_at"]).Sub(instant(t.fields["reported_at"])).Milliseconds()
		}
	}
	return incidents, ms
}

// days are when records happened, by the people's own watches.
func (l truth) days() map[string]string {
	out := map[string]string{}
	for id, t := range l.records() {
		at := time.UnixMilli(t.at)
		if text, typed := t.fields["occurred_at"]; typed {
			at = instant(text)
		}
		out[id] = at.In(time.FixedZone("", 8*3600)).Format(time.DateOnly)
	}
	return out
}
