package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"roadbook/schema"
	"roadbook/server/auth"
	"roadbook/server/command"
	"roadbook/server/store"
	"roadbook/sync/wire"
)

type deviceCLI struct {
	List   deviceListCmd   `cmd:"" help:"列出设备 · list devices"`
	Revoke deviceRevokeCmd `cmd:"" help:"停用设备，此后上报的数据只存不计 · revoke; what it sends from now on is kept but not counted"`
	Code   deviceCodeCmd   `cmd:"" help:"生成一次性登记码（--unit --role） · make a one-time enrollment code"`
}

type deviceListCmd struct{}

type deviceRevokeCmd struct {
	ID     string `arg:"" help:"设备编号 · device id"`
	Unseen bool   `help:"恢复后查不到的设备（备份以后才入网）：先行停用，凭证书重新联网时即按停用处理 · one that enrolled after the backup that was restored: it is revoked from the moment it comes back"`
}

type deviceCodeCmd struct {
	Unit  string `help:"新设备的单位 · unit of the new device"`
	Role  string `help:"新设备的角色：officer 执勤民警、clerk 窗口人员 · role of the new device: officer (on patrol), clerk (at a counter)"`
	Hours int    `help:"登记码有效小时数，1 到 8760 · hours for which the code is good, 1 to 8760" default:"72"`
}

// Run lists the devices.
func (*deviceListCmd) Run(ctx context.Context, p *command.Program) error {
	return p.WithAuth(ctx, func(a *auth.Auth) error { return listDevices(ctx, p, a) })
}

func listDevices(ctx context.Context, p *command.Program, a *auth.Auth) error {
	ds, err := a.Devices(ctx)
	if err != nil {
		return err
	}
	for _, d := range ds {
		err := p.Print(map[string]any{
			"device": d.ID, "unit": d.Unit, "role": d.Role, "issued": command.FormatTime(d.Issued), "seen": command.FormatTime(d.Seen),
			"restored": command.FormatTime(d.Restored), "revoked": d.Revoked != 0,
		}, "%s\t%s\t%s\t%s\t%s\t%s\n", d.ID, d.Unit, d.Role, command.FormatTime(d.Seen), command.Either(d.Revoked != 0, "已停用 revoked", ""),
			command.Either(d.Restored != 0, "备份后凭证书恢复 taken back by certificate", ""))
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

// Run makes an enrollment code.
func (c *deviceCodeCmd) Run(ctx context.Context, p *command.Program) error {
	if err := command.CheckRange("--hours", c.Hours, 1, maxHours); err != nil {
		return err
	}
	return p.WithAuth(ctx, func(a *auth.Auth) error { return c.newCode(ctx, p, a) })
}

func (c *deviceCodeCmd) newCode(ctx context.Context, p *command.Program, a *auth.Auth) error {
	fingerprint := wire.Fingerprint(a.PublicKey())
	code, err := a.NewCode(ctx, c.Unit, c.Role, "cli", time.Duration(c.Hours)*time.Hour)
	if err != nil {
		return err
	}
	if p.JSON {
		return json.NewEncoder(p.Out).Encode(struct {
			command.EnrollmentCode
			Key string `json:"fingerprint"`
		}{command.EnrollmentCode{Code: code, Unit: schema.CleanName(c.Unit), Role: c.Role}, fingerprint})
	}
	fmt.Fprintln(p.Err, "服务器指纹，换服务器的设备要核对 · the server's fingerprint, for devices that come from another server  "+fingerprint)
	_, err = fmt.Fprintln(p.Out, code)
	return err
}

// maxHours bounds the life of a code: one year.
const maxHours = 8760
