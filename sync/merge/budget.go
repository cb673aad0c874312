package merge

import (
	"strings"

	"roadbook/sync/wire"
)

// The budgets of a record, in observations. The three parts are apart, so that no device can take the room of HQ's acts
// or of the device that began the record. The create always has room.
const (
	MaxHQ       = 128 // of HQ and of imports
	MaxOwn      = 384 // of the device in the record's id
	MaxOthers   = 384 // of all other devices
	MaxPerOther = 96  // of each other device

	MaxObservations = MaxHQ + MaxOwn + MaxOthers
)

// keep removes and returns the observation beyond the record's budgets, nil if there is none. Each part keeps its least
// observations by id: the least k of a union need only the least k of its parts, so the order of arrival does not
// matter. One observation at most has to go after one was added.
func (s *State) keep(record string) *Obs {
	if len(s.Obs) <= MaxPerOther {
		return nil
	}
	at := s.overBudget(record)
	if at < 0 {
		return nil
	}
	evicted := s.Obs[at]
	s.Obs = append(s.Obs[:at:at], s.Obs[at+1:]...)
	return &evicted
}

// overBudget is the position of the greatest observation of the part that is beyond its budget; -1 for none.
func (s *State) overBudget(record string) int {
	own, _, _ := strings.Cut(record, ".")
	var hq, mine, others, one part
	device := ""
	for i := range s.Obs {
		o := &s.Obs[i]
		create := o.Act == wire.Create && isRecord(o.ID, record)
		if o.ID.Device != device {
			if one.over(MaxPerOther) {
				return one.last
			}
			device, one = o.ID.Device, part{}
		}
		switch {
		case o.Sender.HQ():
			hq.add(i, create)
		case device == own:
			mine.add(i, create)
		default:
			others.add(i, create)
			one.add(i, create)
		}
	}
	for _, p := range []struct {
		part
		most int
	}{{one, MaxPerOther}, {hq, MaxHQ}, {mine, MaxOwn}, {others, MaxOthers}} {
		if p.over(p.most) {
			return p.last
		}
	}
	return -1
}

// part counts observations and remembers the last that may go.
type part struct{ n, last int }

func (p *part) add(at int, isCreate bool) {
	p.n++
	if !isCreate {
		p.last = at
	}
}

func (p *part) over(most int) bool { return p.n > most }
