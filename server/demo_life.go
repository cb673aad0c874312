package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"roadbook/server/auth"
	"roadbook/server/fleet"
	"roadbook/server/hub"
	"roadbook/sync/wire"
)

// The demo's year: what the fleet needs of the server beside its address.

// demoHQ is the user in whose name headquarters act in the year.
const demoHQ = "zhihui"

// demoYear is the catalogue that the devices of the year name.
const demoYear = "shunping-2020@1"

// errQuarantined: the story itself is wrong.
var errQuarantined = errors.New("an import was not accepted")

// live lets the fleet live through its year.
func (c *demoCmd) live(ctx context.Context, p *program, h *hub.Hub, clock *fleet.Clock, units []fleet.Unit) error {
	cfg := fleet.DemoConfig{
		URL: h.URL(), Seed: c.Seed, Volume: c.Volume, Units: units, Catalogue: demoYear, Schema: h.Schema(), Clock: clock,
		User: demoHQ, Import: importer(h), Progress: p.demoProgress(),
	}
	for _, u := range units {
		for range fleet.DevicesPerUnit {
			code, err := h.Auth().NewCode(ctx, u.Code, u.Role, demoBy, codeLife)
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
	if err := h.Auth().AddUser(ctx, demoHQ, cfg.Password, auth.RoleHQ); err != nil {
		return err
	}
	if _, err := fleet.Demo(ctx, cfg); err != nil {
		return err
	}
	return h.Auth().DisableUser(ctx, demoHQ)
}

// importer writes headquarters' rows as runs of an importer.
func importer(h *hub.Hub) func(context.Context, []fleet.Row) error {
	return func(ctx context.Context, rows []fleet.Row) error {
		run, err := h.ImportRun(ctx, demoBy)
		if err != nil {
			return err
		}
		most := wire.DefaultLimits.Observations
		for len(rows) > 0 {
			n := min(most, len(rows))
			results, err := run.Send(ctx, linesOf(rows[:n], h))
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

func linesOf(rows []fleet.Row, h *hub.Hub) (lines []*wire.Line) {
	for _, r := range rows {
		k, _ := h.Schema().Kind(r.Kind)
		lines = append(lines, &wire.Line{Kind: r.Kind, Act: wire.Create, Officer: demoBy, Fields: k.Encode(r.Fields)})
	}
	return lines
}

// demoProgress shows how far the fleet is: a bar on a terminal, else a line each tenth.
func (p *program) demoProgress() func(done, total int) {
	const width = 30
	steps, last := 10, -1
	bar := isTerminal(p.err)
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
			fmt.Fprintf(p.err, "演示数据 · invented data  %d / %d\n", done, total)
			return
		}
		full := done * width / max(total, 1)
		fmt.Fprintf(p.err, "\r演示数据 · invented data  [%s%s] %3d %%", strings.Repeat("█", full), strings.Repeat("·", width-full), done*100/max(total, 1))
		if done == total {
			fmt.Fprintln(p.err)
		}
	}
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// firstSteps says how a real client joins, with commands that can be copied.
func (p *program) firstSteps(r *ready) error {
	seatOf := func(role string) seat {
		for _, s := range r.Enroll {
			if s.Role == role {
				return s
			}
		}
		return seat{}
	}
	clerk, officer := seatOf(auth.RoleClerk), seatOf(auth.RoleOfficer)
	_, err := fmt.Fprintf(p.out, `
全部数据均为虚构 · everything here is invented

浏览器打开，用上面的口令登录 · open in a browser and sign in with the password above
  %[1]s/overview?year=2020

另开一个终端，登记一台窗口设备，发放一副号牌：本年的 P5-1 立即加一
In another terminal, enrol a counter's device and issue a plate: P5-1 of this year rises at once
  go run ./client --data data/clerk enroll --server %[1]s --code %[2]s
  go run ./client --data data/clerk log plate --set plate_type=02 --set plate_number=冀F8K2M6 --set business=注册
  go run ./client --data data/clerk sync

登记一台执勤设备，登记一起突发事件 · enrol an officer's device and record an incident
  go run ./client --data data/officer enroll --server %[1]s --code %[3]s
  go run ./client --data data/officer log incident --set category=事故 --set reported_at=%[4]s
  go run ./client --data data/officer sync

删除演示数据（先停止本服务器） · remove the demo data (stop this server first)
  go run ./server demo remove%[5]s
`, r.URL, clerk.Code, officer.Code, today(), p.where())
	return err
}

// where repeats the flags that say which data are meant, without a password.
func (p *program) where() string {
	switch {
	case p.mongoFile != "":
		return " --mongo '@" + p.mongoFile + "'"
	case p.Mongo != "":
		return " --mongo '" + discreet(p.Mongo) + "'"
	case p.Data != "":
		return " --data '" + p.Data + "'"
	}
	return ""
}
