package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/term"

	"roadbook/client/localdb"
	"roadbook/client/station"
	"roadbook/schema"
	"roadbook/sync/wire"
)

type enrollCmd struct {
	Server string `env:"ROADBOOK_SERVER" required:"" help:"服务器地址，如 https://10.1.2.3:8080 / URL of the server"`
	Code   string `env:"ROADBOOK_CODE" required:"" help:"一次性登记码 / one-time code"`
}

// Run enrolls the device. A PIN, if given or typed, makes the first officer known.
func (c *enrollCmd) Run(e *env) error {
	server := strings.TrimRight(c.Server, "/")
	if !strings.HasPrefix(server, "http://") && !strings.HasPrefix(server, "https://") {
		return usageError{fmt.Errorf("--server %s: 应以 http:// 或 https:// 开头 / must begin with http:// or https://", c.Server)}
	}
	s, enrolled, err := station.Enroll(e.ctx, station.Config{Dir: e.Data, Server: server}, c.Code)
	if s != nil {
		defer func() { _ = s.Close() }()
	}
	if errors.Is(err, localdb.ErrOtherServer) {
		return e.confirm(s, "")
	}
	if err != nil {
		return enrollError{err}
	}
	officer, err := e.setFirstPIN(s.DB)
	if err != nil {
		return err
	}
	if e.JSON {
		return e.printJSON(map[string]any{"device": enrolled.Device, "unit": enrolled.Unit, "role": enrolled.Role,
			"server": server, "officer": officer, "pin": officer != ""})
	}
	e.print("%s\n", enrolled.Device)
	e.note(schema.Text{ZH: "已登记：单位 %s，角色 %s，服务器指纹 %s", EN: "enrolled: unit %s, role %s, fingerprint of the server %s"},
		enrolled.Unit, enrolled.Role, wire.Fingerprint(enrolled.ServerKey))
	if officer == "" {
		e.note(schema.Text{ZH: "本机未设 PIN，任何人可操作；client officer 姓名 可设置",
			EN: "this device has no PIN and asks none; set one with client officer NAME"})
	}
	return nil
}

// setFirstPIN sets the first officer's PIN, unless the device has officers already.
func (e *env) setFirstPIN(db *localdb.DB) (name string, err error) {
	names, err := db.Officers(e.ctx)
	if err != nil || len(names) > 0 {
		return strings.Join(names, ","), err
	}
	pin := e.Pin
	if pin == "" && term.IsTerminal(int(e.in.Fd())) {
		pin, err = e.askSecret(schema.Text{ZH: "设置 PIN（直接回车则不设）：", EN: "set a PIN (empty for none): "})
	}
	if err != nil || pin == "" {
		return "", err
	}
	name = schema.CleanName(e.Officer)
	if name == "" {
		name = localdb.DefaultOfficer
	}
	return name, db.SetPIN(e.ctx, name, pin)
}

type officerCmd struct {
	Name   string `arg:"" help:"操作人 / officer"`
	NewPin string `name:"new-pin" env:"ROADBOOK_NEW_PIN" help:"新 PIN；不给则提示输入 / the new PIN; asked for if not given"`
}

// Run sets a PIN. On a device with officers, one of them must give a PIN first.
func (c *officerCmd) Run(e *env) error {
	return e.withStation("", func(s *station.Station) error {
		if _, err := e.authenticate(s.DB); err != nil {
			return err
		}
		pin := c.NewPin
		if pin == "" {
			var err error
			if pin, err = e.askSecret(schema.Text{ZH: "新 PIN：", EN: "new PIN: "}); err != nil {
				return err
			}
		}
		if err := s.DB.SetPIN(e.ctx, c.Name, pin); err != nil {
			return err
		}
		e.note(schema.Text{ZH: "已设置 %s 的 PIN", EN: "the PIN of %s is set"}, c.Name)
		return nil
	})
}

// authenticate returns the officer's name. It asks for the PIN if the device has any officer.
func (e *env) authenticate(db *localdb.DB) (string, error) {
	names, err := db.Officers(e.ctx)
	if err != nil || len(names) == 0 {
		return e.Officer, err
	}
	pin := e.Pin
	if pin == "" {
		if pin, err = e.askSecret(schema.Text{ZH: "PIN：", EN: "PIN: "}); err != nil {
			return "", err
		}
	}
	who := e.Officer
	if who == "" && len(names) == 1 {
		who = names[0]
	}
	if err := e.delayAfterWrongPINs(db, who); err != nil {
		return "", err
	}
	return db.CheckPIN(e.ctx, who, pin)
}

// delayAfterWrongPINs slows guessing: from the fifth wrong PIN in a row on, one second, two, four … up to a minute.
func (e *env) delayAfterWrongPINs(db *localdb.DB, who string) error {
	const free = 4
	wrong, err := db.WrongPINs(e.ctx, who)
	if err != nil || wrong <= free {
		return err
	}
	wait := min(time.Second<<min(wrong-free-1, 6), time.Minute)
	return station.Sleep(e.ctx, wait, wait)
}

// askSecret reads a secret from the terminal. Without a terminal: localdb.ErrPINNeeded.
func (e *env) askSecret(prompt schema.Text) (string, error) {
	fd := int(e.in.Fd())
	if !term.IsTerminal(fd) {
		return "", localdb.ErrPINNeeded
	}
	fmt.Fprint(e.stderr, prompt.In(e.Lang))
	secret, err := term.ReadPassword(fd)
	fmt.Fprintln(e.stderr)
	return string(secret), err
}
