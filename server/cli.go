package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"strings"

	"github.com/alecthomas/kong"

	"roadbook/server/auth"
	"roadbook/server/hub"
	"roadbook/server/imports"
	"roadbook/server/store"
	"roadbook/server/transfer"
	"roadbook/sync/wire"
)

// Exit codes: scripts may rely on them.
const (
	exitOK          = 0
	exitFault       = 1  // something went wrong that the other codes don't name
	exitUsage       = 2  // the command line is wrong
	exitInUse       = 3  // another process has the data directory
	exitUnavailable = 4  // the database does not answer
	exitNoSuch      = 5  // no such user or device, or it exists already
	exitFaulty      = 6  // import: the table has faults
	exitFindings    = 7  // verify: something is not as it should be
	exitDenied      = 8  // the database refuses the sign-in, or its user may not do this
	exitFull        = 9  // the database has no space left
	exitNewer       = 10 // a newer program wrote the database
)

const description = `roadbook 服务器：汇总外勤登记，每条只计一次。 The roadbook server: counts what was recorded in the field, each thing once.

每个命令只认自己的选项，见 server 命令 --help；写在命令之前或之后均可，也可用环境变量 ROADBOOK_…（如 ROADBOOK_DATA）。
A command takes its own flags only: server COMMAND --help names them. They stand before or after the command; each has an environment twin ROADBOOK_… (as ROADBOOK_DATA).

退出码 / exit codes: 0 正常 ok, 1 故障 fault, 2 用法或目录文件有误 usage or a faulty catalogue, 3 数据目录被占用 data directory in use, 4 数据库不可用 database unavailable, 5 不存在或已存在 no such or exists, 6 导入的表有错 the table to import has faults, 7 核验发现问题 verify found something wrong, 8 数据库拒绝访问 database denies access, 9 数据库空间已满 database full, 10 数据库版本更新 database newer.`

// cli is the command line: what every command takes, and the commands with what is theirs.
type cli struct {
	Data    string `help:"数据目录，缺省 data（demo 为 data/demo） · data directory; data, for demo data/demo, if not said" placeholder:"DIR"`
	Mongo   string `help:"MongoDB 地址（@文件：从文件读取），缺省用内置数据库 · MongoDB URI, or @FILE that holds it; the embedded store if not said" placeholder:"URI"`
	JSON    bool   `help:"输出 JSON · write JSON" name:"json"`
	Verbose bool   `help:"记录每个请求 · log every request" short:"v"`

	Serve   serveCmd   `cmd:"" default:"withargs" help:"运行服务器（缺省） · run the server (default)"`
	Health  healthCmd  `cmd:"" help:"本机服务器是否就绪：0 是，4 否（容器健康检查用） · is the server at --listen ready: 0 yes, 4 no; for health checks"`
	Demo    demoCLI    `cmd:"" help:"用虚构数据演示 · run with a year of invented data"`
	User    userCLI    `cmd:"" help:"管理用户 · manage users"`
	Device  devCLI     `cmd:"" help:"管理设备 · manage devices"`
	Import  importCLI  `cmd:"" help:"导入 CSV 或 XLSX 表 · import CSV or XLSX tables"`
	Bundle  bundleCLI  `cmd:"" help:"不经网络，用文件同步 · sync by files, without a network"`
	Verify  verifyCmd  `cmd:"" help:"核验数据库：哈希链、签名、重算，只读，可在服务器运行时进行 · verify chains, signatures and a recount; reads only, beside a running server"`
	Rebuild rebuildCmd `cmd:"" help:"按现行目录重新汇总；MongoDB 上服务器可继续运行，中断后可再次运行 · make all sums anew; on MongoDB beside servers, and again after a kill"`
	Report  reportCLI  `cmd:"" help:"写出报表 · write the official tables"`

	Backup  backupCmd  `cmd:"" help:"备份到另一目录，服务器可照常运行 · back up to a directory, beside a running server"`
	Restore restoreCmd `cmd:"" help:"从备份恢复到空库 · restore a backup to an empty store"`
	Migrate migrateCmd `cmd:"" help:"把全部数据搬到另一个库（--from --to），可中断后继续 · move everything to another store (--from --to); goes on where it was cut"`

	Clock clockCLI `cmd:"" help:"服务器时钟 · the server's clock"`

	Catalogue catalogueCLI `cmd:"" help:"绩效目标目录 · catalogues of targets"`
}

// program is one run of the command line.
type program struct {
	cli
	in        io.Reader
	out, err  io.Writer
	log       *slog.Logger
	mongoFile string // that --mongo @FILE named
}

// run parses and runs a command line and returns its exit code.
func run(ctx context.Context, args []string, in io.Reader, out, errs io.Writer) int {
	p := &program{in: in, out: out, err: errs}
	exited := false
	parser, err := newParser(&p.cli, kong.Writers(out, errs), kong.Exit(func(int) { exited = true }))
	if err != nil {
		panic(err) // the struct above is wrong
	}
	command, err := parse(parser, args)
	if exited { // help was asked for
		return exitOK
	}
	if err != nil {
		fmt.Fprintf(errs, "server: %s\n", discreet(err.Error()))
		fmt.Fprintln(errs, "用法见 server --help · see server --help")
		return exitUsage
	}
	if err := p.prepare(); err != nil {
		return p.fail(err)
	}
	command.BindTo(ctx, (*context.Context)(nil))
	if err := command.Run(p); err != nil {
		return p.fail(err)
	}
	return exitOK
}

// prepare makes ready what every command needs.
func (p *program) prepare() (err error) {
	level := slog.LevelInfo
	if p.Verbose {
		level = slog.LevelDebug
	}
	p.log = newLog(p.err, level)
	p.Mongo, p.mongoFile, err = readURI(p.Mongo)
	return err
}

func (p *program) fail(err error) int {
	fmt.Fprintf(p.err, "server: %s\n", message(err))
	return exitCode(err)
}

// readURI takes a URI from the file that @FILE names, so that a password need not stand on the command line or in the
// environment.
func readURI(value string) (uri, file string, err error) {
	name, ok := strings.CutPrefix(value, "@")
	if !ok {
		return value, "", nil
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return "", "", &usageError{"无法读取 @ 所指的文件 · can't read the file that @ names: " + err.Error()}
	}
	return strings.TrimSpace(string(text)), name, nil
}

// message says what went wrong in both languages, as far as it is known what it is.
func message(err error) string {
	var refusal *wire.Error
	said := discreet(err.Error())
	switch {
	case errors.As(err, &refusal):
		bad := wire.Refuse(wire.CodeBadRequest, "").Message // true of a request, odd on a command line
		return strings.TrimPrefix(refusal.Message.ZH, bad.ZH+"：") + " · " + strings.TrimPrefix(refusal.Message.EN, bad.EN+": ")
	case errors.Is(err, store.ErrNotFound):
		return "不存在，可用 server user list 或 device list 查看，并核对 --data · no such thing: see server user list or device list, and check --data (" + said + ")"
	case errors.Is(err, store.ErrExists):
		return "已存在，可用 server user list 查看，改口令用 user passwd · it exists: see server user list; user passwd sets a password (" + said + ")"
	case troubleOf(err) != nil:
		return troubleOf(err).text + " (" + strings.Join(strings.Fields(said), " ") + ")" // engines say more than a line
	case errors.As(err, new(*net.OpError)) || errors.As(err, new(*net.AddrError)):
		return "监听或连接失败，请检查 --listen 的地址和端口是否已被占用 · can't listen or connect: check the address of --listen, and whether its port is taken (" + said + ")"
	}
	return said
}

// config is how a command that answers nothing opens the store.
func (p *program) config(defaultData string) hub.Config {
	if p.Data == "" {
		p.Data = defaultData
	}
	return hub.Config{Data: p.Data, Mongo: p.Mongo, Listen: "127.0.0.1:0", Log: p.log, Built: built(), RecountProgress: p.counting(), Catalogues: catalogues}
}

func exitCode(err error) int {
	if t := troubleOf(err); t != nil {
		return t.code
	}
	switch {
	case errors.Is(err, hub.ErrInUse):
		return exitInUse
	case errors.Is(err, errNotReady):
		return exitUnavailable
	case errors.Is(err, store.ErrNotFound), errors.Is(err, store.ErrExists), errors.Is(err, errNotDemo), errors.Is(err, errNoRun),
		errors.Is(err, errNoCatalogue), errors.Is(err, errFileThere), errors.Is(err, hub.ErrPublished), errors.Is(err, hub.ErrOlder):
		return exitNoSuch
	case errors.Is(err, imports.ErrFaults):
		return exitFaulty
	case errors.Is(err, errFindings):
		return exitFindings
	case errors.Is(err, transfer.ErrEmpty), errors.Is(err, transfer.ErrTaken), errors.Is(err, transfer.ErrMoved),
		errors.Is(err, transfer.ErrBackup), errors.Is(err, transfer.ErrNoBackup):
		return exitNoSuch
	case auth.IsRefusal(err), errors.As(err, new(*usageError)), refusedCatalogue(err), errors.Is(err, imports.ErrUndone):
		return exitUsage
	}
	return exitFault
}
