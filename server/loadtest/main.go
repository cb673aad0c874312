// Command loadtest measures a whole server from outside: real frames over HTTP on loopback, from simulated devices in this
// process, against `server serve` in a process of its own. Every figure is printed with its conditions. The command sends
// requests only to the servers it started, and stops by itself.
//
//	go run ./server/loadtest bench
//	go run ./server/loadtest bench --stored 100000,3000000
//	go run ./server/loadtest bench --mongo mongodb://127.0.0.1:27018/
//	go run ./server/loadtest crowd --devices 5000
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"

	"github.com/alecthomas/kong"
)

type cli struct {
	Bench bench `cmd:"" default:"withargs" help:"测量服务器。 / Measure a server."`
	Crowd crowd `cmd:"" help:"全县设备同时返回，测量内存。 / A county returns at once: the server's memory."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var c cli
	k := kong.Parse(&c, kong.Name("loadtest"), kong.BindTo(ctx, (*context.Context)(nil)))
	if err := k.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "loadtest:", err)
		os.Exit(1)
	}
}
