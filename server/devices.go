package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"roadbook/schema"
	"roadbook/server/auth"
	"roadbook/server/command"
	"roadbook/server/query"
	"roadbook/server/store"
)

type deviceCLI struct {
	List   deviceListCmd   `cmd:"" help:"列出设备 · list devices"`
	Revoke deviceRevokeCmd `cmd:"" help:"停用设备，此后上报的数据只存不计 · revoke; what it sends from now on is kept but not counted"`
	Move   deviceMoveCmd   `cmd:"" help:"把设备调到另一单位（--unit），此前登记的照旧计数 · give a device to another unit; what it recorded before counts as it did"`
	Code   deviceCodeCmd   `cmd:"" help:"生成一次性登记码（--unit --role） · make a one-time enrollment code"`
}

type deviceListCmd struct {
	Silent bool `help:"只列今天还没有联系的，最近联系的在前 · only devices not heard from today, the last heard first"`
}

type deviceRevokeCmd struct {
	ID     string `arg:"" help:"设备编号 · device id"`
	Unseen bool   `help:"恢复后查不到的设备（备份以后才入网）：先行停用，凭证书重新联网时即按停用处理 · one that enrolled after the backup that was restored: it is revoked from the moment it comes back"`
}

// Run lists the devices.
func (c *deviceListCmd) Run(ctx context.Context, p *command.Program) error {
	if c.Silent {
		return p.WithUnits(ctx, func(_ *auth.Auth, q *query.Query) error { return listSilent(ctx, p, q) })
	}
	return p.WithAuth(ctx, func(a *auth.Auth) error { return listDevices(ctx, p, a) })
}

func listSilent(ctx context.Context, p *command.Program, q *query.Query) error {
	table, err := q.Silent(ctx, "", "")
	if err != nil {
		return err
	}
	for _, d := range table.Devices {
		heard := "从未联系 never"
		if d.Heard != nil {
			heard = *d.Heard
		}
		if err := p.Print(d, "%s\t%s\t%s\t%s\t%s\n", d.Device, strings.TrimSpace(d.UnitName+" "+d.Unit), d.Role, heard, d.Officer); err != nil {
			return err
		}
	}
	if !p.JSON {
		fmt.Fprintf(p.Err, "自 %s 起未联系 %d 台，列出 %d 台 · not heard from since then: %[2]d devices, %[3]d listed\n", table.Since, table.Count, len(table.Devices))
	}
	return nil
}

func listDevices(ctx context.Context, p *command.Program, a *auth.Auth) error {
	ds, err := a.Devices(ctx)
	if err != nil {
		return err
	}
	for _, d := range ds {
		err := p.Print(map[string]any{
			"device": d.ID, "unit": d.Unit, "earlier": d.Earlier, "moved": command.FormatTime(d.Moved), "role": d.Role, "issued": command.FormatTime(d.Issued), "seen": command.FormatTime(d.Seen),
			"restored": command.FormatTime(d.Restored), "revoked": d.Revoked != 0,
		}, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", d.ID, d.Unit, d.Role, command.FormatTime(d.Seen), command.Either(d.Revoked != 0, "已停用 revoked", ""),
			command.Either(d.Restored != 0, "备份后凭证书恢复 taken back by certificate", ""),
			command.Either(len(d.Earlier) > 0, "原单位 before: "+strings.Join(d.Earlier, "、"), ""))
		if err != nil {
			return err
		}
	}
	return nil
}

// Run revokes a device.
func (c *deviceRevokeCmd) Run(ctx context.Context, p *command.Program) error {
	return p.WithAuth(ctx, func(a *auth.Auth) error { return c.revoke(ctx, a) })
}

func (c *deviceRevokeCmd) revoke(ctx context.Context, a *auth.Auth) error {
	if c.Unseen {
		_, err := a.RevokeUnknown(ctx, c.ID, "cli")
		return err
	}
	_, err := a.Revoke(ctx, c.ID, "cli")
	if errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("%s: 没有此设备。若在恢复所用的备份之后登记，加 --unseen / no such device; if it enrolled after the backup that was restored, add --unseen: %w", c.ID, err)
	}
	return err
}

type deviceMoveCmd struct {
	ID   string `arg:"" help:"设备编号 · device id"`
	Unit string `required:"" help:"新单位：代码，或单位名录中的名称 · the new unit: its code, or its name in the register of units"`
	New  bool   `env:"-" help:"单位是新的，或撤销后重新启用 · the unit is new, or ended and is in use again"`
}

// Run gives a device to another unit.
func (c *deviceMoveCmd) Run(ctx context.Context, p *command.Program) error {
	return p.WithUnits(ctx, func(a *auth.Auth, q *query.Query) error { return c.move(ctx, p, a, q) })
}

func (c *deviceMoveCmd) move(ctx context.Context, p *command.Program, a *auth.Auth, q *query.Query) error {
	given, err := a.Units(ctx)
	if err != nil {
		return err
	}
	unit, err := q.FindUnit(ctx, c.Unit, given, c.New)
	if err != nil {
		return hintNew(err)
	}
	d, err := a.Move(ctx, schema.CleanName(c.ID), unit.Code, "cli")
	if errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("%s: 没有此设备 / no such device: %w", c.ID, err)
	}
	if err != nil {
		return err
	}
	if !p.JSON {
		fmt.Fprintln(p.Err, "单位 · unit  "+unit.Shown()+doubtAbout(unit))
		fmt.Fprintln(p.Err, "设备下次同步时得知；此前登记的仍算原单位的 · the device learns it when it syncs next; what it recorded before stays its former unit's")
	}
	return p.Print(map[string]any{"device": d.ID, "unit": d.Unit, "unit_name": unit.Name, "earlier": d.Earlier, "role": d.Role},
		"%s\t%s\t%s\n", d.ID, d.Unit, d.Role)
}
