package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"roadbook/server/auth"
	"roadbook/server/fleet"
	"roadbook/server/hub"
	"roadbook/server/store"
)

// demoUnits are the units of the demo: what kind of unit each is decides the role of its devices.
//
//go:embed demo-units.json
var demoUnits []byte

type demoUnit struct {
	Unit string `json:"unit"`
	Role string `json:"role"`
	ZH   string `json:"zh"`
	EN   string `json:"en"`
}

const (
	codeLife  = 30 * 24 * time.Hour // of the codes that the demo gives out
	codesEach = 4                   // a unit
	demoBy    = "demo"
)

var errNotDemo = errors.New("数据目录里是真实数据，不能用作演示 / the data directory holds real data: not for a demo")

// demo runs the server with invented data until ctx ends. The data are made at the first start in a data
// directory; the password and the codes are new at each.
func (p *program) demo(ctx context.Context) error {
	h, err := hub.New(ctx, p.config("data/demo"))
	if err != nil {
		return err
	}
	fresh, err := claim(ctx, h.Store(), p.Seed)
	if err != nil {
		return errors.Join(err, h.Close())
	}
	running, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- h.Run(running) }()
	err = p.prepare(running, h, fresh)
	if err != nil {
		stop()
	}
	if ctx.Err() != nil { // told to stop, be it before it was ready
		err = nil
	}
	return errors.Join(err, <-ended)
}

// prepare fills the server and says when it is ready.
func (p *program) prepare(ctx context.Context, h *hub.Hub, fresh bool) error {
	var units []demoUnit
	if err := json.Unmarshal(demoUnits, &units); err != nil {
		return err
	}
	if fresh {
		if err := p.live(ctx, h, units); err != nil {
			return err
		}
	}
	r := ready{URL: h.URL()}
	var err error
	if r.User, r.Password, err = demoAdmin(ctx, h.Auth()); err != nil {
		return err
	}
	for range codesEach {
		seats, err := codes(ctx, h.Auth(), units)
		if err != nil {
			return err
		}
		r.Enroll = append(r.Enroll, seats...)
	}
	return p.announce(&r)
}

// live lets the fleet send its year.
func (p *program) live(ctx context.Context, h *hub.Hub, units []demoUnit) error {
	seats, err := codes(ctx, h.Auth(), units)
	if err != nil {
		return err
	}
	cfg := fleet.DemoConfig{
		URL: h.URL(), Seed: p.Seed, Catalogue: h.Catalogue(), Schema: h.Schema(), Now: time.Now, Progress: p.progress(),
	}
	for _, s := range seats {
		cfg.Seats = append(cfg.Seats, fleet.Seat{Code: s.Code, Unit: s.Unit, Role: s.Role})
	}
	if _, err = fleet.Demo(ctx, cfg); err != nil {
		return fmt.Errorf("演示数据 / invented data: %w", err)
	}
	return markLived(ctx, h.Store(), p.Seed)
}

// progress says about each tenth how far the fleet is.
func (p *program) progress() func(done, total int) {
	last := -1
	return func(done, total int) {
		if tenth := done * 10 / max(total, 1); tenth != last {
			last = tenth
			fmt.Fprintf(p.err, "演示数据 · invented data  %d / %d\n", done, total)
		}
	}
}

// codes makes one enrolment code a unit.
func codes(ctx context.Context, a *auth.Auth, units []demoUnit) (out []seat, err error) {
	for _, u := range units {
		code, err := a.NewCode(ctx, u.Unit, u.Role, demoBy, codeLife)
		if err != nil {
			return nil, err
		}
		out = append(out, seat{code, u.Unit, u.Role})
	}
	return out, nil
}

// demoAdmin makes the administrator, or gives the one of an earlier run a new password.
func demoAdmin(ctx context.Context, a *auth.Auth) (name, password string, err error) {
	name, password, made, err := a.FirstAdmin(ctx)
	if err != nil || made {
		return name, password, err
	}
	if password, err = a.NewPassword(); err != nil {
		return name, "", err
	}
	return name, password, a.SetPassword(ctx, name, password)
}

// The entry that tells a demo's data from real ones.
const (
	demoBucket = "server"
	demoEntry  = "demo"
)

type demoMark struct {
	Seed  string `json:"seed"`
	Lived bool   `json:"lived"` // the fleet has sent all it had to say
}

// claim marks an empty store as a demo's. fresh: the fleet has not lived here yet. errNotDemo where there
// are data that no demo made.
func claim(ctx context.Context, s store.Store, seed uint64) (fresh bool, err error) {
	var m demoMark
	e, err := s.Get(ctx, demoBucket, demoEntry)
	if err == nil {
		err = json.Unmarshal(e.Data, &m)
		return !m.Lived, err
	}
	if !errors.Is(err, store.ErrNotFound) {
		return false, err
	}
	n, err := s.Counts(ctx)
	if err != nil {
		return false, err
	}
	users, err := s.List(ctx, "user", "", 1)
	if err != nil {
		return false, err
	}
	if n.Frames > 0 || len(users) > 0 {
		return false, errNotDemo
	}
	return true, putMark(ctx, s, store.Entry{Bucket: demoBucket, Name: demoEntry}, demoMark{strconv.FormatUint(seed, 10), false})
}

func markLived(ctx context.Context, s store.Store, seed uint64) error {
	e, err := s.Get(ctx, demoBucket, demoEntry)
	if err != nil {
		return err
	}
	return putMark(ctx, s, e, demoMark{strconv.FormatUint(seed, 10), true})
}

func putMark(ctx context.Context, s store.Store, e store.Entry, m demoMark) error {
	data, err := json.Marshal(m)
	if err != nil {
		return err
	}
	e.Data = data
	_, err = s.Put(ctx, e)
	return err
}
