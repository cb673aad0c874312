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

// healthTimeout bounds the wait for the server's answer: a little longer than the server waits for its database.
const healthTimeout = 5 * time.Second

var errNotReady = command.Fail(command.ExitUnavailable, "服务器未就绪 · the server is not ready")

type healthCmd struct {
	Listen string `help:"服务器的监听地址 · address that the server listens on" default:"127.0.0.1:8080" placeholder:"HOST:PORT"`
}

// Run asks the server of this machine whether it is ready: running, with a database that answers. An image without a
// shell uses this command as its health check.
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
	direct := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}} // ignores the proxies of the environment
	resp, err := direct.Do(req)
	if err != nil {
		return fmt.Errorf("%w (%w)", errNotReady, err)
	}
	defer func() { _ = resp.Body.Close() }() // a failed close of a read body loses nothing
	said, err := io.ReadAll(io.LimitReader(resp.Body, 1<<10))
	if err != nil || resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%w (%s: %s)", errNotReady, resp.Status, said)
	}
	_, err = fmt.Fprintln(p.Out, "就绪 · ready")
	return err
}

// readyURL is the address of /readyz on this machine for a server that listens at listen.
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
