package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"roadbook/server/command"
)

// healthTimeout is how long the server may take to say that it is ready: a little longer than it waits for its database.
const healthTimeout = 5 * time.Second

var errNotReady = command.Fail(command.ExitUnavailable, "服务器未就绪 · the server is not ready")

type healthCmd struct {
	Listen string `help:"服务器的监听地址 · address that the server listens on" default:"127.0.0.1:8080" placeholder:"HOST:PORT"`
}

// Run asks the server that runs on this machine whether it is ready: it lives and its database answers. It is
// the health check of an image that has no shell.
func (c *healthCmd) Run(ctx context.Context, p *command.Program) error {
	url, err := readyURL(c.Listen)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	direct := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}} // whatever proxy the environment names
	resp, err := direct.Do(req)
	if err != nil {
		return fmt.Errorf("%w (%w)", errNotReady, err)
	}
	defer func() { _ = resp.Body.Close() }() // nothing was written
	said, err := io.ReadAll(io.LimitReader(resp.Body, 1<<10))
	if err != nil || resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%w (%s: %s)", errNotReady, resp.Status, said)
	}
	_, err = fmt.Fprintln(p.Out, "就绪 · ready")
	return err
}

// readyURL is where a server that listens at listen may be asked from its own machine.
func readyURL(listen string) (string, error) {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return "", command.Usage("--listen 应为 HOST:PORT · --listen must be HOST:PORT: " + listen)
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
		if ip != nil && ip.To4() == nil {
			host = "::1"
		}
	}
	return "http://" + net.JoinHostPort(host, port) + "/readyz", nil
}
