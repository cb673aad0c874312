package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"

	"roadbook/server/hub"
	"roadbook/sync/wire"
)

// ready is what a script may wait for: one line when the server answers.
type ready struct {
	URL      string `json:"url"`
	Key      string `json:"fingerprint,omitempty"` // of the server's key: by it people know the server
	User     string `json:"user,omitempty"`
	Password string `json:"password,omitempty"`
	Enroll   []seat `json:"enroll,omitempty"`
}

// seat is an enrolment code that may be used once.
type seat struct {
	Code string `json:"code"`
	Unit string `json:"unit"`
	Role string `json:"role"`
}

// listening is where a command answers, and whose word it takes for where a request came from.
type listening struct {
	Listen     string         `help:"监听地址 · address to listen on" default:"127.0.0.1:8080" placeholder:"HOST:PORT"`
	TrustProxy []netip.Prefix `help:"信任这些反向代理写的 X-Forwarded-For · reverse proxies whose X-Forwarded-For is believed" placeholder:"CIDR"`
}

// at is a configuration that answers there.
func (l *listening) at(cfg hub.Config) hub.Config {
	cfg.Listen, cfg.TrustProxies = l.Listen, l.TrustProxy
	return cfg
}

type serveCmd struct {
	New bool `env:"-" help:"数据库已丢失且没有副本：另起一台新服务器 · the database is lost and there is no copy: start a new server"`
	listening
}

// Run runs the server until ctx ends.
func (c *serveCmd) Run(ctx context.Context, p *program) error {
	cfg := c.at(p.config("data"))
	cfg.ReplaceLost = c.New
	h, err := hub.New(ctx, cfg)
	if err != nil {
		return err
	}
	r := answersAt(h)
	user, password, made, err := h.Auth().FirstAdmin(ctx)
	if err != nil {
		return errors.Join(err, h.Close())
	}
	if made {
		r.User, r.Password = user, password
	}
	if err := p.announce(&r); err != nil {
		return errors.Join(err, h.Close())
	}
	go holdMemory(ctx)
	return h.Run(ctx)
}

func answersAt(h *hub.Hub) ready {
	return ready{URL: h.URL(), Key: wire.Fingerprint(h.Auth().PublicKey())}
}

// announce writes the line that says where the server is; the port is taken by then.
func (p *program) announce(r *ready) error {
	if p.JSON {
		return json.NewEncoder(p.out).Encode(r)
	}
	fmt.Fprintf(p.out, "服务器地址 · serving at  %s\n服务器指纹 · fingerprint  %s\n", r.URL, r.Key)
	if r.Password != "" {
		fmt.Fprintf(p.out, "管理员 · administrator  %s\n口令（只显示这一次） · password (shown this once)  %s\n", r.User, r.Password)
	}
	for _, s := range r.Enroll {
		fmt.Fprintf(p.out, "登记码 · enrolment code  %s  %s  %s\n", s.Code, s.Unit, s.Role)
	}
	return nil
}
