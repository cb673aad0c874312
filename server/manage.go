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
)

// manage runs the commands that only touch users, devices and codes. A server may be running.
func (p *program) manage(ctx context.Context, command string) error {
	a, closeStore, err := hub.OpenAuth(ctx, p.config("data"))
	if err != nil {
		return err
	}
	return errors.Join(p.managed(ctx, a, command), closeStore())
}

func (p *program) managed(ctx context.Context, a *auth.Auth, command string) error {
	switch command {
	case "user add <name>":
		return p.addUser(ctx, a)
	case "user list":
		return p.listUsers(ctx, a)
	case "user passwd <name>":
		return p.passwd(ctx, a)
	case "user disable <name>":
		return a.DisableUser(ctx, p.User.Disable.Name)
	case "device list":
		return p.listDevices(ctx, a)
	case "device revoke <id>":
		return p.revoke(ctx, a)
	case "device code":
		return p.newCode(ctx, a)
	}
	return fmt.Errorf("unknown command %q", command)
}

func (p *program) addUser(ctx context.Context, a *auth.Auth) error {
	password, err := p.password()
	if err != nil {
		return err
	}
	role := p.Role
	if role == "" {
		role = auth.RoleHQ
	}
	return a.AddUser(ctx, p.User.Add.Name, password, role)
}

func (p *program) passwd(ctx context.Context, a *auth.Auth) error {
	password, err := p.password()
	if err != nil {
		return err
	}
	return a.SetPassword(ctx, p.User.Passwd.Name, password)
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

func (p *program) revoke(ctx context.Context, a *auth.Auth) error {
	r := &p.Device.Revoke
	if r.Unseen {
		_, err := a.RevokeUnseen(ctx, r.ID, "cli")
		return err
	}
	_, err := a.Revoke(ctx, r.ID, "cli")
	if errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("%s: 没有此设备。若在恢复所用的备份之后登记，加 --unseen / no such device; if it enrolled after the backup that was restored, add --unseen: %w", r.ID, err)
	}
	return err
}

func (p *program) newCode(ctx context.Context, a *auth.Auth) error {
	if p.Hours < 1 {
		return errHours
	}
	code, err := a.NewCode(ctx, p.Unit, p.Role, "cli", time.Duration(p.Hours)*time.Hour)
	if err != nil {
		return err
	}
	if p.JSON {
		return json.NewEncoder(p.out).Encode(seat{code, p.Unit, p.Role})
	}
	_, err = fmt.Fprintln(p.out, code)
	return err
}

var errHours = &usageError{"--hours 至少为 1 · --hours is at least 1"}

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
