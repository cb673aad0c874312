// Package command is shared by all commands of the server program: flags, streams, access to the store, exit codes and
// error messages.
package command

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"roadbook/schema"
	"roadbook/schema/catalogue"
	"roadbook/server/auth"
	"roadbook/server/hub"
	"roadbook/server/query"
	"roadbook/server/store"
)

// Common are the flags of every command.
type Common struct {
	Data    string           `help:"数据目录，缺省 data（demo 为 data/demo） · data directory; data, for demo data/demo, if not said" placeholder:"DIR"`
	Mongo   string           `help:"MongoDB 地址（@文件：从文件读取），缺省用内置数据库 · MongoDB URI, or @FILE that holds it; the embedded store if not said" placeholder:"URI"`
	JSON    bool             `help:"输出 JSON · write JSON" name:"json"`
	Verbose bool             `help:"记录每个请求 · log every request" short:"v"`
	Version kong.VersionFlag `env:"-" help:"显示版本 · show the version"`
}

// Program is one run of the command line.
type Program struct {
	*Common
	In        io.Reader
	Out, Err  io.Writer
	Log       *slog.Logger
	MongoFile string // the file of --mongo @FILE

	// Built is a moment before the program's build.
	Built time.Time
	// Catalogues finds a database's additional catalogues, and whether the database is a demo's.
	Catalogues func(context.Context, store.Registry, *schema.Schema) ([]*catalogue.Catalogue, bool, error)
}

// Run parses a command line, runs the named command of cli, and returns the exit code. p.Common must point to the common
// flags inside cli.
func (p *Program) Run(ctx context.Context, cli any, args []string, options ...kong.Option) int {
	exited := false
	parser, err := NewParser(cli, append(options, kong.Writers(p.Out, p.Err), kong.Exit(func(int) { exited = true }))...)
	if err != nil {
		panic(err) // the struct is wrong
	}
	command, err := Parse(parser, args)
	if exited { // --help or --version
		return ExitOK
	}
	if err != nil {
		fmt.Fprintf(p.Err, "server: %s\n", HideSecrets(err.Error()))
		fmt.Fprintln(p.Err, "用法见 server --help · see server --help")
		return ExitUsage
	}
	if err := p.prepare(); err != nil {
		return p.fail(err)
	}
	command.BindTo(ctx, (*context.Context)(nil))
	if err := command.Run(p); err != nil {
		return p.fail(err)
	}
	return ExitOK
}

// prepare makes the log and resolves --mongo @FILE.
func (p *Program) prepare() (err error) {
	level := slog.LevelInfo
	if p.Verbose {
		level = slog.LevelDebug
	}
	p.Log = NewLog(p.Err, level)
	p.Mongo, p.MongoFile, err = ReadURI(p.Mongo)
	return err
}

func (p *Program) fail(err error) int {
	fmt.Fprintf(p.Err, "server: %s\n", Message(err))
	return exitCode(err)
}

// ReadURI replaces @FILE by the file's content: a password need not stand on the command line or in the environment.
func ReadURI(value string) (uri, file string, err error) {
	name, ok := strings.CutPrefix(value, "@")
	if !ok {
		return value, "", nil
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return "", "", Usage("无法读取 @ 所指的文件 · can't read the file that @ names: " + err.Error())
	}
	return strings.TrimSpace(string(text)), name, nil
}

// Config opens the store for a command that serves no requests.
func (p *Program) Config(defaultData string) hub.Config {
	if p.Data == "" {
		p.Data = defaultData
	}
	return hub.Config{Data: p.Data, Mongo: p.Mongo, Listen: "127.0.0.1:0", Log: p.Log, Built: p.Built, RefoldProgress: p.RefoldProgress(), RecountProgress: p.RecountProgress(), Catalogues: p.Catalogues}
}

// StoreAt is the configuration for a store named on the command line: a directory or a URI.
func (p *Program) StoreAt(name string) hub.Config {
	c := hub.Config{Log: p.Log, RefoldProgress: p.RefoldProgress(), RecountProgress: p.RecountProgress(), Catalogues: p.Catalogues}
	if strings.Contains(name, "://") {
		c.Mongo = name
	} else {
		c.Data = name
	}
	return c
}

// WithHub opens the store for writing. An embedded store must not be in use by a server: hint then names the
// alternative, in both languages.
func (p *Program) WithHub(ctx context.Context, hint string, do func(*hub.Hub) error) (err error) {
	h, err := hub.New(ctx, p.Config("data"))
	if err != nil {
		return ExplainInUse(err, hint)
	}
	defer func() { err = errors.Join(err, h.Close()) }()
	return do(h)
}

// WithAuth opens the registry of users, devices and codes. A server may be running.
func (p *Program) WithAuth(ctx context.Context, do func(*auth.Auth) error) error {
	a, closeStore, err := hub.OpenAuth(ctx, p.Config("data"))
	if err != nil {
		return err
	}
	return errors.Join(do(a), closeStore())
}

// WithUnits is WithAuth with a query for units.
func (p *Program) WithUnits(ctx context.Context, do func(*auth.Auth, *query.Query) error) error {
	a, q, closeStore, err := hub.OpenUnits(ctx, p.Config("data"))
	if err != nil {
		return err
	}
	return errors.Join(do(a, q), closeStore())
}

// ExplainInUse adds the hint to the error of a store in use; other errors are returned unchanged.
func ExplainInUse(err error, hint string) error {
	if errors.Is(err, hub.ErrInUse) {
		return fmt.Errorf("%w：%s", err, hint)
	}
	return err
}

// Print prints a command's result: v as JSON with --json, the text otherwise.
func (p *Program) Print(v any, format string, args ...any) error {
	if p.JSON {
		return json.NewEncoder(p.Out).Encode(v)
	}
	_, err := fmt.Fprintf(p.Out, format, args...)
	return err
}

// FormatTime writes Unix ms as RFC 3339, "" for never.
func FormatTime(ms int64) string {
	if ms == 0 {
		return ""
	}
	return time.UnixMilli(ms).Format(time.RFC3339)
}

// Either is one of two texts.
func Either(cond bool, yes, no string) string {
	if cond {
		return yes
	}
	return no
}
