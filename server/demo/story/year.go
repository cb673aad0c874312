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

// Config says how a demo year is lived, and with which server.
type Config struct {
	URL       string
	Seed      uint64
	Volume    int // % of what there is plenty of; 0: all of it
	Units     []Unit
	Codes     []string // enrolment codes: two a unit, in the units' order
	Catalogue string   // version that the lines name
	Schema    *schema.Schema
	Clock     *Clock // the server's
	User      string // of headquarters
	Password  string
	Import    func(context.Context, []Row) error // headquarters' imports, at the clock's moment
	Progress  func(done, total int)              // observations said; may be nil
}

// Began is when the demo's server is set up, before the year that is told.
func Began() time.Time { return began }

// Live enrols the fleet and lets it live through 2020, moving the clock. It returns what really happened. The
// clock then still stands in January 2021: Release lets the present begin.
func Run(ctx context.Context, cfg Config) (*truth.World, error) {
	s := newStory(&cfg)
	l := &player{
		cfg: cfg, story: s, rng: rand.New(rand.NewPCG(cfg.Seed, 1)),
		hq: &fleet.HQ{User: cfg.User, Password: cfg.Password, Link: link(&cfg)},
	}
	for _, e := range s.agenda {
		if e.note != nil {
			l.total++
		}
	}
	if err := l.enrol(ctx); err != nil {
		return nil, err
	}
	return s.world, l.play(ctx)
}

// Foretell is the world that Live will return for a seed and a volume, without a server.
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

// enrol makes the devices known, each with its one-time code.
func (l *player) enrol(ctx context.Context) error {
	for i, code := range l.cfg.Codes {
		d := fleet.NewDevice(rand.New(rand.NewPCG(l.cfg.Seed, uint64(i)+10)), fmt.Sprintf("demo-%02d", i+1), began.UnixMilli())
		link := link(&l.cfg)
		if err := link.Enroll(ctx, d, code, l.cfg.Catalogue); err != nil {
			return fmt.Errorf("enrol %s: %w", d.Name, err)
		}
		l.devices, l.links = append(l.devices, d), append(l.links, link)
	}
	return nil
}

// link leads to the server on the story's clock.
func link(cfg *Config) *fleet.Link {
	l := fleet.NewLink(cfg.URL)
	l.Now = cfg.Clock.Now
	return l
}
