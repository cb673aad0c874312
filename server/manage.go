package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"roadbook/server/auth"
	"roadbook/server/hub"
	"roadbook/server/store"
	"roadbook/sync/wire"
)

type userCLI struct {
	Add     userAddCmd     `cmd:"" help:"新建用户，口令从环境变量 ROADBOOK_PASSWORD 或标准输入读取 · add; the password comes from ROADBOOK_PASSWORD or standard input"`
	List    userListCmd    `cmd:"" help:"列出用户 · list users"`
	Passwd  userPasswdCmd  `cmd:"" help:"修改口令 · set a new password"`
	Disable userDisableCmd `cmd:"" help:"停用用户 · keep a user from signing in"`
}

type userAddCmd struct {
	Name string `arg:"" help:"用户名 · user name"`
	Role string `help:"角色：admin、hq（缺省）、viewer · role: admin, hq (default), viewer"`
}

type userListCmd struct{}

type userPasswdCmd struct {
	Name string `arg:"" help:"用户名 · user name"`
}

type userDisableCmd struct {
	Name string `arg:"" help:"用户名 · user name"`
}

type devCLI struct {
	List   deviceListCmd   `cmd:"" help:"列出设备 · list devices"`
	Revoke deviceRevokeCmd `cmd:"" help:"撤销设备，此后上报的数据只存不计 · revoke; what it sends from now on is kept but not counted"`
	Code   deviceCodeCmd   `cmd:"" help:"生成一次性登记码（--unit --role） · make a one-time enrolment code"`
}

type deviceListCmd struct{}

type deviceRevokeCmd struct {
	ID     string `arg:"" help:"设备编号 · device id"`
	Unseen bool   `help:"登记簿中没有的设备：在恢复所用的备份之后登记，凭证书回来时即已撤销 · one that enrolled after the backup that was restored: it is revoked from the moment it comes back"`
}

type deviceCodeCmd struct {
	Unit  string `help:"新设备的单位 · unit of the new device"`
	Role  string `help:"新设备的角色：officer、clerk · role of the new device: officer, clerk"`
	Hours int    `help:"登记码有效小时数，1 到 8760 · hours for which the code is good, 1 to 8760" default:"72"`
}

// withAuth opens what users, devices and codes need. A server may be running.
func (p *program) withAuth(ctx context.Context, do func(*auth.Auth) error) error {
	a, closeStore, err := hub.OpenAuth(ctx, p.config("data"))
	if err != nil {
		return err
	}
	return errors.Join(do(a), closeStore())
}

// Run adds a user.
func (c *userAddCmd) Run(ctx context.Context, p *program) error {
	return p.withAuth(ctx, func(a *auth.Auth) error {
		password, err := p.password()
		if err != nil {
			return err
		}
		role := c.Role
		if role == "" {
			role = auth.RoleHQ
		}
		return a.AddUser(ctx, c.Name, password, role)
	})
}

// Run sets a password.
func (c *userPasswdCmd) Run(ctx context.Context, p *program) error {
	return p.withAuth(ctx, func(a *auth.Auth) error {
		password, err := p.password()
		if err != nil {
			return err
		}
		return a.SetPassword(ctx, c.Name, password)
	})
}

// Run keeps a user from signing in.
func (c *userDisableCmd) Run(ctx context.Context, p *program) error {
	return p.withAuth(ctx, func(a *auth.Auth) error { return a.DisableUser(ctx, c.Name) })
}

// password comes from ROADBOOK_PASSWORD, or is the first line of standard input.
func (p *program) password() (string, error) {
	if text, ok := os.LookupEnv("ROADBOOK_PASSWORD"); ok {
		return text, nil
	}
	fmt.Fprint(p.err, "口令 · password: ")
	line, err := bufio.NewReader(io.LimitReader(p.in, 1024)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	return strings.TrimRight(line, "\r\n"), nil
}

// Run lists the users.
func (*userListCmd) Run(ctx context.Context, p *program) error {
	return p.withAuth(ctx, func(a *auth.Auth) error { return p.listUsers(ctx, a) })
}

func (p *program) listUsers(ctx context.Context, a *auth.Auth) error {
	us, err := a.Users(ctx)
	if err != nil {
		return err
	}
	for _, u := range us {
		if p.JSON {
			err = json.NewEncoder(p.out).Encode(map[string]any{
				"user": u.Name, "role": u.Role, "disabled": u.Disabled, "made": moment(u.Made),
			})
		} else {
			_, err = fmt.Fprintf(p.out, "%s\t%s\t%s\n", u.Name, u.Role, either(u.Disabled, "停用 disabled", ""))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Run lists the devices.
func (*deviceListCmd) Run(ctx context.Context, p *program) error {
	return p.withAuth(ctx, func(a *auth.Auth) error { return p.listDevices(ctx, a) })
}

func (p *program) listDevices(ctx context.Context, a *auth.Auth) error {
	ds, err := a.Devices(ctx)
	if err != nil {
		return err
	}
	for _, d := range ds {
		if p.JSON {
			err = json.NewEncoder(p.out).Encode(map[string]any{
				"device": d.ID, "unit": d.Unit, "role": d.Role, "issued": moment(d.Issued), "seen": moment(d.Seen),
				"restored": moment(d.Restored), "revoked": d.Revoked != 0,
			})
		} else {
			_, err = fmt.Fprintf(p.out, "%s\t%s\t%s\t%s\t%s\t%s\n", d.ID, d.Unit, d.Role, moment(d.Seen), either(d.Revoked != 0, "已撤销 revoked", ""),
				either(d.Restored != 0, "备份后凭证书恢复 taken back by certificate", ""))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Run revokes a device.
func (c *deviceRevokeCmd) Run(ctx context.Context, p *program) error {
	return p.withAuth(ctx, func(a *auth.Auth) error { return c.revoke(ctx, a) })
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

// Run makes an enrolment code.
func (c *deviceCodeCmd) Run(ctx context.Context, p *program) error {
	if err := within("--hours", c.Hours, 1, maxHours); err != nil {
		return err
	}
	return p.withAuth(ctx, func(a *auth.Auth) error { return c.newCode(ctx, p, a) })
}

func (c *deviceCodeCmd) newCode(ctx context.Context, p *program, a *auth.Auth) error {
	fingerprint := wire.Fingerprint(a.PublicKey())
	code, err := a.NewCode(ctx, c.Unit, c.Role, "cli", time.Duration(c.Hours)*time.Hour)
	if err != nil {
		return err
	}
	if p.JSON {
		return json.NewEncoder(p.out).Encode(struct {
			seat
			Key string `json:"fingerprint"`
		}{seat{code, c.Unit, c.Role}, fingerprint})
	}
	fmt.Fprintln(p.err, "服务器指纹，换服务器的设备要核对 · the server's fingerprint, for devices that come from another server  "+fingerprint)
	_, err = fmt.Fprintln(p.out, code)
	return err
}

// maxHours is the longest that a code is good: a year.
const maxHours = 8760

// within refuses a number that is not from least to most.
func within(flag string, n, least, most int) error {
	if n >= least && n <= most {
		return nil
	}
	return &usageError{fmt.Sprintf("%s 应为 %d 到 %d，而给出的是 %d · %[1]s is from %[2]d to %[3]d, not %[4]d", flag, least, most, n)}
}

// usageError is a command line that says what can't be.
type usageError struct{ text string }

func (e *usageError) Error() string { return e.text }

// moment writes Unix ms, "" for never.
func moment(ms int64) string {
	if ms == 0 {
		return ""
	}
	return time.UnixMilli(ms).Format(time.RFC3339)
}

func either(cond bool, yes, no string) string {
	if cond {
		return yes
	}
	return no
}
