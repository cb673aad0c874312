// Package demo is the demo: a server with a year of invented data, and the removal of the data.
package demo

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"roadbook/schema"
	"roadbook/schema/catalogue"
	"roadbook/server/auth"
	"roadbook/server/command"
	"roadbook/server/demo/story"
	"roadbook/server/hub"
	"roadbook/server/store"
)

// unitsFile lists the units of the demo: the kind of a unit decides the role of its devices.
//
//go:embed units.json
var unitsFile []byte

const (
	codeLife     = 30 * 24 * time.Hour // of the printed codes
	importerName = "demo"              // maker of the codes, and name of the importer

	fullVolume = 100 // % of the story's plates and other numerous records
)

// CLI is the demo's commands.
type CLI struct {
	Run    runCmd    `cmd:"" default:"withargs" help:"运行（缺省） · run it (default)"`
	Remove removeCmd `cmd:"" help:"删除演示数据，真实数据不受影响 · remove the demo data; real data are never touched"`
}

type runCmd struct {
	Seed   uint64 `help:"演示数据的随机种子 · seed of the invented data" default:"1"`
	Volume int    `help:"大量数据的百分比，1 到 100 · % of what there is plenty of, 1 to 100" default:"100"`
	command.Listening
}

// Run runs the server with invented data until ctx ends. The first start in a data directory plays the year, on the
// story's clock; afterwards, and at every later start, the real clock is used. Each start makes a new password and new
// codes.
func (c *runCmd) Run(ctx context.Context, p *command.Program) error {
	if err := command.CheckRange("--volume", c.Volume, 1, fullVolume); err != nil {
		return err
	}
	cfg := c.Apply(config(p))
	mark, err := c.claimDatabase(ctx, p, cfg)
	if err != nil {
		return err
	}
	clock := story.NewClock(story.Began(), time.Now)
	if mark.Lived {
		clock.Release()
	}
	cfg.Now, cfg.Built = clock.Now, time.Time{} // the story is set long before the program's build
	level := quietLog(p, &cfg)
	h, err := hub.New(ctx, cfg)
	if err != nil {
		return err
	}
	if err := writeNotice(cfg); err != nil {
		return errors.Join(err, h.Close())
	}
	return c.serve(ctx, p, h, mark, func() {
		clock.Release()
		level.Set(slog.LevelInfo)
	}, clock)
}

// quietLog keeps the fleet's requests out of the log until the returned level is lowered; --verbose logs everything.
func quietLog(p *command.Program, cfg *hub.Config) *slog.LevelVar {
	level := new(slog.LevelVar)
	if p.Verbose {
		return level
	}
	level.Set(slog.LevelWarn)
	cfg.Log = command.NewLog(p.Err, level)
	return level
}

// config is a server's configuration: its catalogues are marked as a demo's, and include one for the present year.
func config(p *command.Program) hub.Config {
	cfg := p.Config("data/demo")
	cfg.Catalogues = func(ctx context.Context, r store.Registry, s *schema.Schema) ([]*catalogue.Catalogue, bool, error) {
		more, err := presentCatalogues(ctx, r, s)
		return more, true, err
	}
	return cfg
}

// serve answers requests from the beginning, because the fleet needs a server. present ends the story's time.
func (c *runCmd) serve(ctx context.Context, p *command.Program, h *hub.Hub, mark marker, present func(), clock *story.Clock) error {
	if err := saveMarker(ctx, h.Store(), mark); err != nil {
		return errors.Join(err, h.Close())
	}
	running, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- h.Run(running) }()
	err := c.prepare(running, p, h, mark, present, clock)
	if err != nil {
		stop()
	}
	if ctx.Err() != nil { // a signal, possibly before the demo was ready
		err = nil
	}
	return errors.Join(err, <-ended)
}

// prepare fills the server and announces the address.
func (c *runCmd) prepare(ctx context.Context, p *command.Program, h *hub.Hub, mark marker, present func(), clock *story.Clock) error {
	units, err := readUnits()
	if err != nil {
		return err
	}
	r := command.NewReady(h)
	if r.User, r.Password, err = adminWithPassword(ctx, h.Auth()); err != nil { // the first user of all
		return err
	}
	if !mark.Lived {
		if err := c.liveYear(ctx, p, h, clock, units); err != nil {
			return fmt.Errorf("演示数据 · invented data: %w", err)
		}
		mark.Lived = true
		if err := saveMarker(ctx, h.Store(), mark); err != nil {
			return err
		}
	}
	present()
	if r.Enroll, err = newCodes(ctx, h.Auth(), units); err != nil {
		return err
	}
	if err := p.Announce(&r); err != nil || p.JSON {
		return err
	}
	return printFirstSteps(p, &r)
}

func readUnits() (units []story.Unit, err error) {
	err = json.Unmarshal(unitsFile, &units)
	return units, err
}

// newCodes makes one enrollment code a unit.
func newCodes(ctx context.Context, a *auth.Auth, units []story.Unit) (out []command.EnrollmentCode, err error) {
	for _, u := range units {
		code, err := a.NewCode(ctx, u.Code, u.Role, importerName, codeLife)
		if err != nil {
			return nil, err
		}
		out = append(out, command.EnrollmentCode{Code: code, Unit: u.Code, Role: u.Role})
	}
	return out, nil
}

// adminWithPassword makes the administrator, or gives an existing administrator a new password.
func adminWithPassword(ctx context.Context, a *auth.Auth) (name, password string, err error) {
	name, password, made, err := a.FirstAdmin(ctx)
	if err != nil || made {
		return name, password, err
	}
	if password, err = a.NewPassword(); err != nil {
		return name, "", err
	}
	return name, password, a.SetPassword(ctx, name, password)
}

// presentCatalogues gives the demo a catalogue for each year of a run, copied from the program's latest: a visitor's
// observation of today counts today.
func presentCatalogues(ctx context.Context, r store.Registry, s *schema.Schema) ([]*catalogue.Catalogue, error) {
	mark, _, err := readMarker(ctx, r)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, err
	}
	embedded, err := catalogue.Embedded(s)
	if err != nil {
		return nil, err
	}
	latest := embedded[len(embedded)-1]
	text, err := catalogue.EmbeddedText(latest)
	if err != nil {
		return nil, err
	}
	var copies []*catalogue.Catalogue
	for _, year := range mark.yearsWith(thisYear()) {
		if year == latest.Year {
			continue
		}
		copied, err := catalogue.CopyToYear(text, year)
		if err != nil {
			return nil, err
		}
		c, err := catalogue.Load(copied, fmt.Sprintf("demo-%d.yaml", year), s)
		if err != nil {
			return nil, err
		}
		copies = append(copies, c)
	}
	return copies, nil
}
