package command

import (
	"encoding/json"
	"fmt"
	"net/netip"

	"roadbook/server/hub"
	"roadbook/sync/wire"
)

// Ready is the line that a script waits for: the server answers from then on.
type Ready struct {
	URL      string           `json:"url"`
	Key      string           `json:"fingerprint,omitempty"` // of the server's key: people recognize the server by it
	User     string           `json:"user,omitempty"`
	Password string           `json:"password,omitempty"`
	Enroll   []EnrollmentCode `json:"enroll,omitempty"`
}

// EnrollmentCode is a one-time code for a new device.
type EnrollmentCode struct {
	Code string `json:"code"`
	Unit string `json:"unit"`
	Role string `json:"role"`
}

// Listening is a command's listen address, and the proxies trusted to name a request's origin.
type Listening struct {
	Listen     string         `help:"监听地址 · address to listen on" default:"127.0.0.1:8080" placeholder:"HOST:PORT"`
	TrustProxy []netip.Prefix `help:"信任这些反向代理写的 X-Forwarded-For · reverse proxies whose X-Forwarded-For is believed" placeholder:"CIDR"`
}

// Apply adds the address and the proxies to a configuration.
func (l *Listening) Apply(cfg hub.Config) hub.Config {
	cfg.Listen, cfg.TrustProxies = l.Listen, l.TrustProxy
	return cfg
}

// NewReady describes a listening server.
func NewReady(h *hub.Hub) Ready {
	return Ready{URL: h.URL(), Key: wire.Fingerprint(h.Auth().PublicKey())}
}

// Announce prints the server's address; the port is already open.
func (p *Program) Announce(r *Ready) error {
	if p.JSON {
		return json.NewEncoder(p.Out).Encode(r)
	}
	fmt.Fprintf(p.Out, "服务器地址 · serving at  %s\n服务器指纹 · fingerprint  %s\n", r.URL, r.Key)
	if r.Password != "" {
		fmt.Fprintf(p.Out, "管理员 · administrator  %s\n口令（只显示这一次） · password (shown this once)  %s\n", r.User, r.Password)
	}
	for _, s := range r.Enroll {
		fmt.Fprintf(p.Out, "登记码 · enrollment code  %s  %s  %s\n", s.Code, s.Unit, s.Role)
	}
	return nil
}
