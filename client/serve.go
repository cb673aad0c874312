package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"

	"roadbook/client/field"
	"roadbook/client/maker"
	"roadbook/schema"
)

type serveCmd struct {
	Listen string `default:"127.0.0.1:8180" help:"页面的地址，只能是本机 / address of the pages, on this machine only"`
}

// serveOut tells where the pages are, as JSON.
type serveOut struct {
	URL  string `json:"url"`
	Open string `json:"open"` // file that opens the app in this user's browser
}

// Help explains the way in.
func (*serveCmd) Help() string {
	return "用浏览器登记：启动后打开所示的文件即可，每次打开都从这个文件进入。\nRecord in a browser: open the file that is shown; it is the way in, every time."
}

// Run answers the field app's pages until a signal ends the command, and syncs by itself.
func (c *serveCmd) Run(e *env) error {
	host, _, err := net.SplitHostPort(c.Listen)
	if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsLoopback() {
		return usageError{errors.New(schema.Text{ZH: "--listen 只能是本机地址，如 127.0.0.1:8180", EN: "--listen is an address of this machine only, as 127.0.0.1:8180"}.In(e.Lang))}
	}
	m, err := maker.Open(e.ctx, maker.Config{Dir: e.Data, Version: version(), Log: slog.New(slog.NewTextHandler(e.stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))})
	if err != nil {
		return err
	}
	defer func() { _ = m.Close() }()
	listener, err := new(net.ListenConfig).Listen(e.ctx, "tcp", c.Listen)
	if err != nil {
		return usageError{errors.New(schema.Text{
			ZH: "地址 " + c.Listen + " 不能用（" + err.Error() + "）：可能已有程序占用，请换一个，如 --listen 127.0.0.1:8181",
			EN: "the address " + c.Listen + " can't be used (" + err.Error() + "): perhaps another program has it; take another, as --listen 127.0.0.1:8181"}.In(e.Lang))}
	}
	gate, err := maker.NewGate(m, listener.Addr().String(), field.Files())
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	e.printServed(serveOut{"http://" + listener.Addr().String(), gate.Open()})
	return serve(e.ctx, m, gate, listener)
}

func (e *env) printServed(out serveOut) {
	if e.JSON {
		_ = e.printJSON(out) // e.out keeps the error
		return
	}
	e.print("%s\n", out.Open)
	e.note(schema.Text{ZH: "用浏览器打开上面的文件（%s）。按 Ctrl+C 结束", EN: "open this file in a browser (%s). Ctrl+C ends"}, out.URL)
}

// goodbye bounds the wait for calls under way at the end.
const goodbye = 5 * time.Second

func serve(ctx context.Context, m *maker.Maker, gate http.Handler, listener net.Listener) error {
	server := &http.Server{
		Handler: gate, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 16 << 10,
		BaseContext: func(net.Listener) context.Context { return ctx },
	}
	syncing := make(chan struct{})
	go func() {
		defer close(syncing)
		m.Run(ctx)
	}()
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	var err error
	select {
	case err = <-ended:
	case <-ctx.Done():
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), goodbye)
		defer cancel()
		if server.Shutdown(last) != nil {
			_ = server.Close()
		}
	}
	<-syncing
	if errors.Is(err, http.ErrServerClosed) {
		err = nil
	}
	return err
}
