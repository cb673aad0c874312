package main

import (
	"context"
	"errors"

	"roadbook/server/command"
	"roadbook/server/hub"
)

type serveCmd struct {
	New bool `env:"-" help:"数据库已丢失且没有副本：另起一台新服务器 · the database is lost and there is no copy: start a new server"`
	command.Listening
}

// Run runs the server until ctx ends.
func (c *serveCmd) Run(ctx context.Context, p *command.Program) error {
	cfg := c.Apply(p.Config("data"))
	cfg.ReplaceLost = c.New
	h, err := hub.New(ctx, cfg)
	if err != nil {
		return err
	}
	r := command.NewReady(h)
	user, password, made, err := h.Auth().FirstAdmin(ctx)
	if err != nil {
		return errors.Join(err, h.Close())
	}
	if made {
		r.User, r.Password = user, password
	}
	if err := p.Announce(&r); err != nil {
		return errors.Join(err, h.Close())
	}
	go adjustMemoryLimit(ctx)
	return h.Run(ctx)
}
