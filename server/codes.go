package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"roadbook/server/auth"
	"roadbook/server/command"
	"roadbook/server/query"
	"roadbook/sync/wire"
)

type deviceCodeCmd struct {
	Unit  string `help:"新设备的单位：代码，或单位名录中的名称 · unit of the new device: its code, or its name in the register of units"`
	New   bool   `env:"-" help:"单位是新的，或撤销后重新启用 · the unit is new, or ended and is in use again"`
	Role  string `help:"新设备的角色：officer 执勤民警、clerk 窗口人员 · role of the new device: officer (on patrol), clerk (at a counter)"`
	Hours int    `help:"登记码有效小时数，1 到 8760 · hours for which the code is good, 1 to 8760" default:"72"`
}

// maxHours bounds the life of a code: a year.
const maxHours = 8760

// madeCode is a new code as JSON.
type madeCode struct {
	command.EnrollmentCode
	Key  string `json:"fingerprint"`
	Name string `json:"unit_name,omitempty"`
	New  bool   `json:"new,omitempty"`
}

// Run makes an enrollment code.
func (c *deviceCodeCmd) Run(ctx context.Context, p *command.Program) error {
	if err := command.CheckRange("--hours", c.Hours, 1, maxHours); err != nil {
		return err
	}
	return p.WithUnits(ctx, func(a *auth.Auth, q *query.Query) error { return c.makeCode(ctx, p, a, q) })
}

func (c *deviceCodeCmd) makeCode(ctx context.Context, p *command.Program, a *auth.Auth, q *query.Query) error {
	given, err := a.Units(ctx)
	if err != nil {
		return err
	}
	unit, err := q.FindUnit(ctx, c.Unit, given, c.New)
	if err != nil {
		return hintNew(err)
	}
	code, err := a.NewCode(ctx, unit.Code, c.Role, "cli", time.Duration(c.Hours)*time.Hour)
	if err != nil {
		return err
	}
	return c.print(p, code, unit, wire.Fingerprint(a.PublicKey()))
}

// hintNew adds the flag for accepting an unknown unit.
func hintNew(err error) error {
	refusal, ok := query.NeedsNew(err)
	if !ok {
		return err
	}
	return command.Fail(command.ExitNoSuch, refusal.Message.ZH+"。确是新单位或重新启用的，加 --new · "+refusal.Message.EN+
		". If the unit is new, or in use again: --new")
}

// print writes the code alone to the output, for scripts, and what a person checks beside it.
func (c *deviceCodeCmd) print(p *command.Program, code string, unit *query.FoundUnit, fingerprint string) error {
	if p.JSON {
		return json.NewEncoder(p.Out).Encode(madeCode{
			command.EnrollmentCode{Code: code, Unit: unit.Code, Role: c.Role}, fingerprint, unit.Name, unit.New,
		})
	}
	fmt.Fprintln(p.Err, "单位 · unit  "+unit.Shown()+doubtAbout(unit))
	fmt.Fprintln(p.Err, "服务器指纹，换服务器的设备要核对 · the server's fingerprint, for devices that come from another server  "+fingerprint)
	_, err := fmt.Fprintln(p.Out, code)
	return err
}

// doubtAbout is what a person should check about the unit, "" for nothing.
func doubtAbout(unit *query.FoundUnit) string {
	switch {
	case unit.New:
		return "  新单位，请核对写法 · a new unit: check the spelling"
	case unit.Recorded:
		return "  此单位只见于已有登记，请核对 · known from records alone: check it"
	}
	return ""
}
