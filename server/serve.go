package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"roadbook/server/hub"
)

// ready is what a script may wait for: one line when the server answers.
type ready struct {
	URL      string `json:"url"`
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

// serve runs the server until ctx ends.
func (p *program) serve(ctx context.Context) error {
	h, err := hub.New(ctx, p.config("data"))
	if err != nil {
		return err
	}
	r := ready{URL: h.URL()}
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
	return h.Run(ctx)
}

// announce writes the line that says where the server is; the port is taken by then.
func (p *program) announce(r *ready) error {
	if p.JSON {
		return json.NewEncoder(p.out).Encode(r)
	}
	fmt.Fprintf(p.out, "服务器地址 · serving at  %s\n", r.URL)
	if r.Password != "" {
		fmt.Fprintf(p.out, "管理员 · administrator  %s\n口令（只显示这一次） · password (shown this once)  %s\n", r.User, r.Password)
	}
	for _, s := range r.Enroll {
		fmt.Fprintf(p.out, "登记码 · enrolment code  %s  %s  %s\n", s.Code, s.Unit, s.Role)
	}
	return nil
}
