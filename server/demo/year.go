package demo

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"roadbook/server/auth"
	"roadbook/server/command"
	"roadbook/server/demo/story"
	"roadbook/server/hub"
	"roadbook/sync/wire"
)

// The demo's year: the parts of the server beyond its address that the fleet needs.

// hqUser is the user for HQ's acts in the year.
const hqUser = "zhihui"

// catalogueOfYear is the catalogue named by the lines of the year.
const catalogueOfYear = "shunping-2020@2"

// errQuarantined: the story itself is wrong.
var errQuarantined = errors.New("an import was not accepted")

// liveYear plays the year with the fleet.
func (c *runCmd) liveYear(ctx context.Context, p *command.Program, h *hub.Hub, clock *story.Clock, units []story.Unit) error {
	cfg := story.Config{
		URL: h.URL(), Seed: c.Seed, Volume: c.Volume, Units: units, Catalogue: catalogueOfYear, Schema: h.Schema(), Clock: clock,
		User: hqUser, Import: importRows(h), Progress: yearProgress(p),
	}
	for _, u := range units {
		for range story.DevicesPerUnit {
			code, err := h.Auth().NewCode(ctx, u.Code, u.Role, importerName, codeLife)
			if err != nil {
				return err
			}
			cfg.Codes = append(cfg.Codes, code)
		}
	}
	var err error
	if cfg.Password, err = h.Auth().NewPassword(); err != nil {
		return err
	}
	if err := h.Auth().AddUser(ctx, hqUser, cfg.Password, auth.RoleHQ); err != nil {
		return err
	}
	if _, err := story.Run(ctx, cfg); err != nil {
		return err
	}
	return h.Auth().DisableUser(ctx, hqUser)
}

// importRows writes HQ's rows as runs of an importer.
func importRows(h *hub.Hub) func(context.Context, []story.Row) error {
	return func(ctx context.Context, rows []story.Row) error {
		run, err := h.ImportRun(ctx, importerName)
		if err != nil {
			return err
		}
		most := wire.DefaultLimits.Observations
		for len(rows) > 0 {
			n := min(most, len(rows))
			results, err := run.Send(ctx, toLines(rows[:n], h))
			if err != nil {
				return err
			}
			for _, r := range results {
				if r.Status != wire.Created {
					return fmt.Errorf("%w: %s: %w", errQuarantined, rows[r.First-1].Kind, r.Faults)
				}
			}
			rows = rows[n:]
		}
		return nil
	}
}

func toLines(rows []story.Row, h *hub.Hub) (lines []*wire.Line) {
	for _, r := range rows {
		k, _ := h.Schema().Kind(r.Kind)
		lines = append(lines, &wire.Line{Kind: r.Kind, Act: wire.Create, Officer: importerName, Fields: k.Encode(r.Fields)})
	}
	return lines
}

// yearProgress shows the fleet's progress: a bar on a terminal, otherwise a line after each tenth.
func yearProgress(p *command.Program) func(done, total int) {
	const width = 30
	steps, last := 10, -1
	bar := command.IsTerminal(p.Err)
	if bar {
		steps = 200
	}
	return func(done, total int) {
		step := done * steps / max(total, 1)
		if step == last {
			return
		}
		last = step
		if !bar {
			fmt.Fprintf(p.Err, "演示数据 · invented data  %d / %d\n", done, total)
			return
		}
		full := done * width / max(total, 1)
		fmt.Fprintf(p.Err, "\r演示数据 · invented data  [%s%s] %3d %%", strings.Repeat("█", full), strings.Repeat("·", width-full), done*100/max(total, 1))
		if done == total {
			fmt.Fprintln(p.Err)
		}
	}
}
