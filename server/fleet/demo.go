//go:build !newstory

package fleet

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"roadbook/schema"
)

// Seat is a one-time code and what it makes of the device that uses it.
type Seat struct {
	Code string
	Unit string
	Role string // "officer", "clerk"
}

// DemoConfig says how a demo year is lived.
type DemoConfig struct {
	URL       string
	Seed      uint64
	Seats     []Seat // one device each
	Catalogue string // version that the lines name
	Schema    *schema.Schema
	Now       func() time.Time
	Progress  func(done, total int) // observations sent; may be nil
}

// What one device says in a demo year.
const (
	demoIncidents = 60
	demoAccidents = 50 // 2020; the year before had demoBase
	demoBase      = 56
	demoPlates    = 900
	resendEvery   = 3 // frames of which one is sent twice, as after a lost answer
)

// Demo enrols a device for every seat, lets it live through 2019 and 2020, and sends what it said. It
// returns the truth of what happened.
func Demo(ctx context.Context, cfg DemoConfig) (*Truth, error) {
	truth := &Truth{}
	serial := 0
	devices := make([]*Device, len(cfg.Seats))
	links := make([]*Link, len(cfg.Seats))
	total := 0
	for i, seat := range cfg.Seats {
		s := settler(cfg.Seed, i, cfg.Schema, truth, &serial)
		links[i] = NewLink(cfg.URL)
		if err := links[i].Enrol(ctx, s.device, seat.Code, cfg.Catalogue); err != nil {
			return nil, fmt.Errorf("enrol %s: %w", s.device.Name, err)
		}
		s.live()
		devices[i] = s.device
		total += s.device.Waiting()
	}
	return truth, send(ctx, cfg, devices, links, total)
}

// Foretell is the truth that Demo will return for a seed and the units and roles of the seats, without a
// server.
func Foretell(seed uint64, seats []Seat, sch *schema.Schema) *Truth {
	truth := &Truth{}
	serial := 0
	for i, seat := range seats {
		s := settler(seed, i, sch, truth, &serial)
		s.device.Seat(seat.Unit, seat.Role, "")
		s.live()
	}
	return truth
}

// settler is the i-th device of a demo, before it is enrolled.
func settler(seed uint64, i int, sch *schema.Schema, truth *Truth, serial *int) *story {
	rng := rand.New(rand.NewPCG(seed, uint64(i)))
	start := time.Date(2018, time.December, 1, 0, 0, 0, 0, shanghai)
	d := NewDevice(rng, fmt.Sprintf("demo-%02d", i+1), start.UnixMilli())
	return &story{rng: rng, sch: sch, truth: truth, device: d, serial: serial}
}

// live says a year's observations, in the order in which a person happened to write them down.
func (s *story) live() {
	if s.device.Role == "clerk" {
		for range demoPlates {
			s.plate(2020)
		}
		return
	}
	for range demoIncidents {
		s.incident(2020)
	}
	for range demoBase {
		s.accident(2019)
	}
	for range demoAccidents {
		s.accident(2020)
	}
}

// send drains the devices in turn, a frame each, some frames twice.
func send(ctx context.Context, cfg DemoConfig, devices []*Device, links []*Link, total int) error {
	done, frames := 0, 0
	for waiting := true; waiting; {
		waiting = false
		for i, d := range devices {
			f := d.Next()
			if f == nil {
				continue
			}
			waiting = true
			now := cfg.Now().UnixMilli()
			if frames++; frames%resendEvery == 0 {
				if _, err := links[i].Push(ctx, d, f, now); err != nil {
					return fmt.Errorf("device %s: %w", d.Name, err)
				}
			}
			a, err := links[i].Push(ctx, d, f, now)
			if err != nil {
				return fmt.Errorf("device %s: %w", d.Name, err)
			}
			if err := d.Take(f, a); err != nil {
				return fmt.Errorf("device %s: %w", d.Name, err)
			}
			if done += len(f.Lines); cfg.Progress != nil {
				cfg.Progress(done, total)
			}
		}
	}
	return nil
}
