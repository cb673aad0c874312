package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"strings"

	"github.com/alecthomas/kong"

	"roadbook/server/auth"
	"roadbook/server/exchange"
	"roadbook/server/hub"
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

各选项可写在子命令之前或之后，也可用环境变量 ROADBOOK_…（如 ROADBOOK_DATA）。
Flags stand before or after the command; each has an environment twin ROADBOOK_… (as ROADBOOK_DATA).

退出码 / exit codes: 0 正常 ok, 1 故障 fault, 2 用法或目录文件有误 usage or a faulty catalogue, 3 数据目录被占用 data directory in use, 4 数据库不可用 database unavailable, 5 不存在或已存在 no such or exists, 6 导入的表有错 the table to import has faults, 7 核验发现问题 verify found something wrong, 8 数据库拒绝访问 database denies access, 9 数据库空间已满 database full, 10 数据库版本更新 database newer.`

// cli is the command line. All flags stand at the top, so that each may stand on either side of a command.
type cli struct {
	Listen  string `help:"监听地址 · address to listen on" default:"127.0.0.1:8080" placeholder:"HOST:PORT"`
	Data    string `help:"数据目录，缺省 data（demo 为 data/demo） · data directory; data, for demo data/demo, if not said" placeholder:"DIR"`
	Mongo   string `help:"MongoDB 地址（@文件：从文件读取），缺省用内置数据库 · MongoDB URI, or @FILE that holds it; the embedded store if not said" placeholder:"URI"`
	Seed    uint64 `help:"demo：演示数据的随机种子 · seed of the invented data" default:"1"`
	JSON    bool   `help:"输出 JSON · write JSON" name:"json"`
	Verbose bool   `help:"记录每个请求 · log every request" short:"v"`
	Volume  int    `help:"demo：大量数据的百分比 · % of what there is plenty of" default:"100"`
	Yes     bool   `help:"demo remove：不再询问 · don't ask" short:"y"`
	Role    string `help:"user add：admin、hq、viewer；device code：officer、clerk · the new one's role"`
	Unit    string `help:"device code：单位 · unit of the new device"`
	Hours   int    `help:"device code：登记码有效小时数 · hours for which the code is good" default:"72"`

	TrustProxy []netip.Prefix `help:"信任这些反向代理写的 X-Forwarded-For · reverse proxies whose X-Forwarded-For is believed" placeholder:"CIDR"`

	Answer string `help:"bundle import：回执目录，缺省为数据包所在目录 · directory of the answers; beside the bundle if not said" placeholder:"DIR"`

	Mapping     string `help:"import：映射文件或内置映射名 · mapping file, or the name of one that comes with the program" placeholder:"FILE"`
	Kind        string `help:"import：表头就是字段名时的种类，代替 --mapping · kind of a table whose header has the fields' names, instead of --mapping"`
	DryRun      bool   `help:"import：只检查，列出每一处错误，不写入 · only check: list every fault, write nothing"`
	AcceptValid bool   `help:"import：导入无错的行，有错的行另存 · import the rows without faults, keep the others in a file beside"`
	By          string `help:"import：经手人，记入日志 · who does it, for the log" default:"cli"`

	Serve   struct{}  `cmd:"" default:"1" help:"运行服务器（缺省） · run the server (default)"`
	Health  struct{}  `cmd:"" help:"本机服务器是否就绪：0 是，4 否（容器健康检查用） · is the server at --listen ready: 0 yes, 4 no; for health checks"`
	Demo    demoCLI   `cmd:"" help:"用虚构数据演示 · run with a year of invented data"`
	User    userCLI   `cmd:"" help:"管理用户 · manage users"`
	Device  devCLI    `cmd:"" help:"管理设备 · manage devices"`
	Import  importCLI `cmd:"" help:"导入 CSV 或 XLSX 表 · import CSV or XLSX tables"`
	Bundle  bundleCLI `cmd:"" help:"不经网络，用文件同步 · sync by files, without a network"`
	Verify  struct{}  `cmd:"" help:"核验数据库：哈希链、签名、重算，只读，可在服务器运行时进行 · verify chains, signatures and a recount; reads only, beside a running server"`
	Rebuild struct{}  `cmd:"" help:"按现行目录重新汇总；MongoDB 上服务器可继续运行，中断后可再次运行 · make all sums anew; on MongoDB beside servers, and again after a kill"`
	Report  reportCLI `cmd:"" help:"写出报表 · write the official tables"`

	Backup  backupCLI  `cmd:"" help:"备份到另一目录，服务器可照常运行 · back up to a directory, beside a running server"`
	Restore restoreCLI `cmd:"" help:"从备份恢复到空库 · restore a backup to an empty store"`
	Migrate migrateCLI `cmd:"" help:"把全部数据搬到另一个库（--from --to），可中断后继续 · move everything to another store (--from --to); goes on where it was cut"`

	Catalogue catalogueCLI `cmd:"" help:"绩效目标目录 · catalogues of targets"`
}

type demoCLI struct {
	Run    struct{} `cmd:"" default:"1" help:"运行（缺省） · run it (default)"`
	Remove struct{} `cmd:"" help:"删除演示数据，真实数据不受影响 · remove the demo data; real data are never touched"`
}

type userCLI struct {
	Add struct {
		Name string `arg:"" help:"用户名 · user name"`
	} `cmd:"" help:"新建用户，口令从环境变量 ROADBOOK_PASSWORD 或标准输入读取 · add; the password comes from ROADBOOK_PASSWORD or standard input"`
	List   struct{} `cmd:"" help:"列出用户 · list users"`
	Passwd struct {
		Name string `arg:"" help:"用户名 · user name"`
	} `cmd:"" help:"修改口令 · set a new password"`
	Disable struct {
		Name string `arg:"" help:"用户名 · user name"`
	} `cmd:"" help:"停用用户 · keep a user from signing in"`
}

type devCLI struct {
	List   struct{} `cmd:"" help:"列出设备 · list devices"`
	Revoke struct {
		ID     string `arg:"" help:"设备编号 · device id"`
		Unseen bool   `help:"登记簿中没有的设备：在恢复所用的备份之后登记，凭证书回来时即已撤销 · one that enrolled after the backup that was restored: it is revoked from the moment it comes back"`
	} `cmd:"" help:"撤销设备，此后上报的数据只存不计 · revoke; what it sends from now on is kept but not counted"`
	Code struct{} `cmd:"" help:"生成一次性登记码（--unit --role） · make a one-time enrolment code"`
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
	parser, err := kong.New(&p.cli, kong.Name("server"), kong.Description(description), kong.DefaultEnvars("ROADBOOK"),
		kong.Writers(out, errs), kong.Exit(func(int) { exited = true }), kong.ConfigureHelp(kong.HelpOptions{Compact: true}))
	if err != nil {
		panic(err) // the struct above is wrong
	}
	command, err := parser.Parse(args)
	if exited { // help was asked for
		return exitOK
	}
	if err != nil {
		fmt.Fprintf(errs, "server: %s\n", discreet(err.Error()))
		fmt.Fprintln(errs, "用法见 server --help · see server --help")
		return exitUsage
	}
	level := slog.LevelInfo
	if p.Verbose {
		level = slog.LevelDebug
	}
	p.log = newLog(errs, level)
	err = p.readURIs()
	if err == nil {
		err = p.do(ctx, command.Command())
	}
	if err != nil {
		fmt.Fprintf(errs, "server: %s\n", message(err))
		return exitCode(err)
	}
	return exitOK
}

// readURIs takes a URI from the file that --mongo @FILE names (so --from and --to), so that a password need not stand
// on the command line or in the environment.
func (p *program) readURIs() error {
	for _, uri := range []*string{&p.Mongo, &p.Migrate.From, &p.Migrate.To} {
		name, ok := strings.CutPrefix(*uri, "@")
		if !ok {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return &usageError{"无法读取 @ 所指的文件 · can't read the file that @ names: " + err.Error()}
		}
		if uri == &p.Mongo {
			p.mongoFile = name
		}
		*uri = strings.TrimSpace(string(text))
	}
	return nil
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

func (p *program) do(ctx context.Context, command string) error {
	switch command {
	case "serve":
		return p.serve(ctx)
	case "health":
		return p.health(ctx)
	case "demo", "demo run":
		return p.demo(ctx)
	case "demo remove":
		return p.removeDemo(ctx)
	case "bundle import <files>":
		return p.importBundles(ctx)
	case "rebuild":
		return p.rebuild(ctx)
	case "verify":
		return p.verify(ctx)
	case "backup <dir>":
		return p.backup(ctx)
	case "restore <dir>":
		return p.restore(ctx)
	case "migrate":
		return p.migrate(ctx)
	case "report selfevaluation":
		return p.selfEvaluation(ctx)
	case "report verify <file>":
		return p.verifyReport()
	}
	if strings.HasPrefix(command, "catalogue ") {
		return p.catalogues(ctx, command)
	}
	if strings.HasPrefix(command, "import ") {
		return p.imports(ctx, command)
	}
	return p.manage(ctx, command)
}

func (p *program) config(defaultData string) hub.Config {
	if p.Data == "" {
		p.Data = defaultData
	}
	return hub.Config{Data: p.Data, Mongo: p.Mongo, Listen: p.Listen, TrustProxies: p.TrustProxy, Log: p.log, Counting: p.counting(), Catalogues: catalogues}
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
	case errors.Is(err, exchange.ErrFaults):
		return exitFaulty
	case errors.Is(err, errFindings):
		return exitFindings
	case errors.Is(err, transfer.ErrEmpty), errors.Is(err, transfer.ErrTaken), errors.Is(err, transfer.ErrMoved),
		errors.Is(err, transfer.ErrBackup), errors.Is(err, transfer.ErrNoBackup):
		return exitNoSuch
	case auth.IsRefusal(err), errors.As(err, new(*usageError)), refusedCatalogue(err), errors.Is(err, exchange.ErrUndone):
		return exitUsage
	}
	return exitFault
}
