// Package story invents the demo's year: the facts of a county and the observations of its devices, and plays the year
// against a server. The same seed gives the same facts.
package story

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"roadbook/schema"
	"roadbook/server/demo/truth"
	"roadbook/server/fleet"
)

// Config is the year's settings and its server.
type Config struct {
	URL       string
	Seed      uint64
	Volume    int // % of the numerous records; 0: all
	Units     []Unit
	Codes     []string // enrollment codes: two a unit, in the units' order
	Catalogue string   // version named by the lines
	Schema    *schema.Schema
	Clock     *Clock // of the server
	User      string // HQ's user
	Password  string
	Import    func(context.Context, []Row) error // HQ's imports, at the clock's moment
	Progress  func(done, total int)              // number of recorded observations; may be nil
}

// Began is the moment of the server's setup, before the story's year.
func Began() time.Time { return began }

// Run enrolls the fleet and plays 2020, moving the clock. It returns the facts. The clock stays in January 2021 until
// Release.
func Run(ctx context.Context, cfg Config) (*truth.World, error) {
	s := newStory(&cfg)
	l := &player{
		cfg: cfg, story: s, rng: rand.New(rand.NewPCG(cfg.Seed, 1)),
		used: map[int]time.Time{},
		hq:   &fleet.HQ{User: cfg.User, Password: cfg.Password, Link: link(&cfg)},
	}
	for _, e := range s.agenda {
		if e.note != nil {
			l.total++
		}
	}
	if err := l.enroll(ctx); err != nil {
		return nil, err
	}
	return s.world, l.play(ctx)
}

// PlannedWorld returns the facts of Run for a seed and a volume, without a server.
func PlannedWorld(seed uint64, volume int, units []Unit, sch *schema.Schema) *truth.World {
	return newStory(&Config{Seed: seed, Volume: volume, Units: units, Schema: sch}).world
}

func newStory(cfg *Config) *story {
	if len(cfg.Units) != unitCount {
		panic(fmt.Sprintf("story: the story has %d units", unitCount))
	}
	s := &story{seed: cfg.Seed, volume: cfg.Volume, units: cfg.Units, sch: cfg.Schema}
	if s.volume == 0 {
		s.volume = 100
	}
	s.plan()
	s.agenda = slices.DeleteFunc(s.agenda, func(e agendaItem) bool { return e.note != nil && !e.at.Before(lastWord) })
	return s
}

// enroll enrolls the devices, each with its one-time code.
func (l *player) enroll(ctx context.Context) error {
	for i, code := range l.cfg.Codes {
		d := fleet.NewDevice(rand.New(rand.NewPCG(l.cfg.Seed, uint64(i)+10)), fmt.Sprintf("demo-%02d", i+1), began.UnixMilli())
		link := link(&l.cfg)
		if err := link.Enroll(ctx, d, code, l.cfg.Catalogue); err != nil {
			return fmt.Errorf("enroll %s: %w", d.Name, err)
		}
		l.devices, l.links = append(l.devices, d), append(l.links, link)
	}
	return nil
}

// link leads to the server, on the story's clock.
func link(cfg *Config) *fleet.Link {
	l := fleet.NewLink(cfg.URL)
	l.Now = cfg.Clock.Now
	return l
}
