// Command server is the roadbook server: it receives observations from devices in the field, counts every observation
// exactly once, and answers with totals and indicators. serve runs the server; demo runs it with a year of invented data;
// user and device manage access, also beside a running server.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	_ "time/tzdata" // days are days of Asia/Shanghai, also on machines without a time-zone database

	"github.com/alecthomas/kong"

	"roadbook/server/command"
	"roadbook/server/demo"
)

const description = `路勤簿服务器：汇总各单位登记，每条只计一次。 The roadbook server: counts what was recorded in the field, each thing once.

每个命令只认自己的选项，见 server 命令 --help；写在命令之前或之后均可，也可用环境变量 ROADBOOK_…（如 ROADBOOK_DATA）。
A command takes its own flags only: server COMMAND --help names them. They stand before or after the command; each has an environment twin ROADBOOK_… (as ROADBOOK_DATA).

` + command.ExitCodes

// commands is the command line: the common flags, and every command with its own flags.
type commands struct {
	command.Common

	Serve     serveCmd     `cmd:"" default:"withargs" help:"运行服务器（缺省） · run the server (default)"`
	Health    healthCmd    `cmd:"" help:"本机服务器是否就绪：0 是，4 否（容器健康检查用） · is the server at --listen ready: 0 yes, 4 no; for health checks"`
	Demo      demo.CLI     `cmd:"" help:"用虚构数据演示 · run with a year of invented data"`
	User      userCLI      `cmd:"" help:"管理用户 · manage users"`
	Device    deviceCLI    `cmd:"" help:"管理设备 · manage devices"`
	Import    importCLI    `cmd:"" help:"导入 CSV 或 XLSX 表 · import CSV or XLSX tables"`
	Reconcile reconcileCmd `cmd:"" help:"与部平台的表核对：差在哪里 · compare with the ministry's platform: where the numbers differ"`
	Bundle    bundleCLI    `cmd:"" help:"不经网络，用文件同步 · sync by files, without a network"`
	Verify    verifyCmd    `cmd:"" help:"核验数据库：哈希链、签名、重算，只读，可在服务器运行时进行 · verify chains, signatures and a recount; reads only, beside a running server"`
	Rebuild   rebuildCmd   `cmd:"" help:"按现行目录重新汇总；MongoDB 上服务器可继续运行，中断后可再次运行 · make all sums anew; on MongoDB beside servers, and again after a kill"`
	Doubts    doubtsCLI    `cmd:"" help:"存疑记录：哪些登记进不了指标 · doubts: records that miss a figure"`
	Report    reportCLI    `cmd:"" help:"写出报表 · write the official tables"`

	Backup  backupCmd  `cmd:"" help:"备份到另一目录，服务器可照常运行 · back up to a directory, beside a running server"`
	Restore restoreCmd `cmd:"" help:"从备份恢复到空库 · restore a backup to an empty store"`
	Migrate migrateCmd `cmd:"" help:"把全部数据搬到另一个库（--from --to），可中断后继续 · move everything to another store (--from --to); goes on where it was cut"`

	Clock clockCLI `cmd:"" help:"服务器时钟 · the server's clock"`

	Catalogue catalogueCLI `cmd:"" help:"绩效目标目录 · catalogues of targets"`
}

// gcPercent lets the heap grow to three times the live data: a tenth of the processor's time is worth a few
// dozen megabytes. An environment variable GOGC takes precedence.
const gcPercent = 200

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := execute(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// execute parses and runs a command line and returns its exit code.
func execute(ctx context.Context, args []string, in io.Reader, out, errs io.Writer) int {
	c := new(commands)
	p := &command.Program{Common: &c.Common, In: in, Out: out, Err: errs, Built: builtAt(), Catalogues: demo.Catalogues}
	return p.Run(ctx, c, args, kong.Description(description), kong.Vars{"version": version()})
}
