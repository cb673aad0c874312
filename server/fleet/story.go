//go:build !newstory

package fleet

import (
	"fmt"
	"math/rand/v2"
	"time"

	"roadbook/schema"
	"roadbook/sync/wire"
)

// story lets one device live: it says observations and notes in the truth what really happened.
type story struct {
	rng    *rand.Rand
	sch    *schema.Schema
	truth  *Truth
	device *Device
	serial *int // of plates, for all devices
}

var shanghai = time.FixedZone("Asia/Shanghai", 8*3600)

// moment is a random one of a year.
func (s *story) moment(year int) time.Time {
	start := time.Date(year, time.January, 1, 0, 0, 0, 0, shanghai)
	length := start.AddDate(1, 0, 0).Sub(start) / time.Minute
	return start.Add(time.Duration(s.rng.Int64N(int64(length))) * time.Minute)
}

func (s *story) kind(name string) *schema.Kind {
	k, ok := s.sch.Kind(name)
	if !ok {
		panic("fleet: the schema has no kind " + name)
	}
	return k
}

// say freezes an observation as a person would say it: texts under field names.
func (s *story) say(kind string, at time.Time, said Saying, fields map[string]string) wire.ObsID {
	said.Kind, said.At = s.kind(kind), at.UnixMilli()
	for name, text := range fields {
		v, fault := said.Kind.Parse(name, text)
		if fault != nil {
			panic(fmt.Sprintf("fleet: %s %s=%s: %v", kind, name, text, fault))
		}
		said.Fields = append(said.Fields, schema.Named{Name: name, Value: v})
	}
	said.Fields.Sort()
	return s.device.Say(said)
}

func clockText(t time.Time) string { return t.Format(time.RFC3339) }

// incident: reported, usually dispatched within the half hour that the target allows.
func (s *story) incident(year int) {
	reported := s.moment(year)
	wait := time.Duration(3+s.rng.IntN(38)) * time.Minute
	fields := map[string]string{
		"unit": s.device.Unit, "occurred_at": clockText(reported), "category": "other", "reported_at": clockText(reported),
	}
	if s.rng.IntN(20) > 0 {
		fields["dispatched_at"] = clockText(reported.Add(wait))
		s.truth.note(Incidents, s.device.Unit, reported, 1)
		s.truth.note(DispatchTime, s.device.Unit, reported, wait.Milliseconds())
	}
	s.say("incident", reported.Add(time.Hour), Saying{Act: wire.Create}, fields)
}

// accident: most are simple; a few kill, at once or within days.
func (s *story) accident(year int) {
	at := s.moment(year)
	fields := map[string]string{"unit": s.device.Unit, "occurred_at": clockText(at), "severity": "property", "procedure": "simple", "dead": "0"}
	counted, dead, later := int64(1), int64(0), false
	switch n := s.rng.IntN(20); {
	case n == 0:
		fields["severity"], fields["procedure"], fields["dead"] = "fatal", "general", "1"
		dead = 1
	case n < 3:
		fields["procedure"] = "self"
		counted = 0
	case n < 8:
		fields["severity"], fields["procedure"] = "injury", "general"
		later = n == 3
	}
	id := s.say("accident", at.Add(30*time.Minute), Saying{Act: wire.Create}, fields)
	if later {
		dead = s.casualty(id, at)
	}
	s.truth.note(Accidents, s.device.Unit, at, counted)
	s.truth.note(Deaths, s.device.Unit, at, dead)
}

// casualty: an injured person dies; after the seventh day it does not count.
func (s *story) casualty(accident wire.ObsID, at time.Time) int64 {
	died := at.Add(time.Duration(1+s.rng.IntN(10*24)) * time.Hour)
	s.say("casualty", died, Saying{Act: wire.Create, Record: accident.String()}, map[string]string{
		"unit": s.device.Unit, "occurred_at": clockText(died), "died_at": clockText(died),
	})
	if died.Sub(at) <= 7*24*time.Hour {
		return 1
	}
	return 0
}

// plate: a counter issues a plate; sometimes the clerk corrects the entry or takes it back.
func (s *story) plate(year int) {
	at := s.moment(year)
	*s.serial++
	number := fmt.Sprintf("冀F%05d", *s.serial)
	fields := map[string]string{
		"unit": s.device.Unit, "occurred_at": clockText(at), "plate_type": "02", "plate_number": number, "business": "register", "sets": "1",
	}
	counts := int64(1)
	switch s.rng.IntN(12) {
	case 0:
		fields["business"], counts = "replace", 0
	case 1:
		fields["spoiled"], counts = "true", 0
	}
	id := s.say("plate", at, Saying{Act: wire.Create}, fields)
	seen := []string{id.String()}
	switch s.rng.IntN(25) {
	case 0: // typed 1, issued 2
		s.say("plate", at.Add(5*time.Minute), Saying{Act: wire.Amend, Record: id.String(), Seen: seen}, map[string]string{"sets": "2"})
		counts *= 2
	case 1:
		s.say("plate", at.Add(5*time.Minute), Saying{Act: wire.Void, Record: id.String(), Seen: seen, Reason: "录入错误"}, nil)
		counts = 0
	case 2: // the colleague at the next counter enters the same plate again: one event
		s.say("plate", at.Add(time.Hour), Saying{Act: wire.Create}, fields)
	}
	s.truth.note(PlateSets, s.device.Unit, at, counts)
}
