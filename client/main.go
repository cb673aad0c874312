// Command client is roadbook in the field: it logs observations with or without a network, and delivers them when a
// server can be reached.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	_ "time/tzdata" // days are Asia/Shanghai's on every machine

	"github.com/alecthomas/kong"

	"roadbook/client/station"
	"roadbook/client/typed"
	"roadbook/schema"
)

// cli is every command and flag. Help is Chinese first, English beside it.
type cli struct {
	Data    string `env:"ROADBOOK_DATA" type:"path" default:"${data}" help:"数据目录 / directory of this device's files"`
	Officer string `env:"ROADBOOK_OFFICER" help:"操作人 / who is at the device"`
	Pin     string `env:"ROADBOOK_PIN" hidden:"" help:"操作人 PIN；不给则提示输入 / the officer's PIN; asked for if not given"`
	Lang    string `env:"ROADBOOK_LANG" enum:"zh,en" default:"zh" help:"语言 zh 或 en / language"`
	JSON    bool   `name:"json" help:"输出 JSON / print JSON"`

	Version kong.VersionFlag `help:"显示版本 / show the version"`

	Enroll  enrollCmd  `cmd:"" help:"登记本设备 / enroll this device with a one-time code"`
	Confirm confirmCmd `cmd:"" help:"确认或放弃换到另一台服务器 / confirm, or decline, a move to another server"`
	Log     logCmd     `cmd:"" help:"登记一条记录，输出记录编号 / log an observation; prints the record id"`
	Amend   amendCmd   `cmd:"" help:"更正一条记录 / amend a record"`
	Void    voidCmd    `cmd:"" help:"作废一条记录 / void a record"`
	Restore restoreCmd `cmd:"" help:"撤销作废 / take a void back"`
	Serve   serveCmd   `cmd:"" help:"用浏览器登记：为本机页面提供服务 / record in a browser: serve the pages on this machine"`
	Sync    syncCmd    `cmd:"" help:"立即同步 / send what waits and fetch what is new"`
	Status  statusCmd  `cmd:"" help:"本机状态 / how this device stands"`
	List    listCmd    `cmd:"" help:"列出记录 / list records"`
	Show    showCmd    `cmd:"" help:"查看一条记录 / show a record with its history"`
	Bundle  bundleCmd  `cmd:"" help:"不经网络，用文件同步 / sync by files, without a network"`
	Kinds   kindsCmd   `cmd:"" help:"可登记的种类及字段 / what can be logged, and its fields"`
	Pins    officerCmd `cmd:"" name:"officer" help:"设置操作人的 PIN / set an officer's PIN"`
}

const description = `路勤簿客户端 / roadbook on the field.

离线可用：保存的记录立即写入本机加密数据库，联网后同步。
Works offline: what is saved is on this device's encrypted disk at once, and is sent when there is a network.

退出码 / exit codes:
  0  成功 / done
  1  意外错误 / unexpected error
  2  用法或内容有误 / usage, or something wrong in what was said
  3  设备未登记 / not enrolled
  4  连不上服务器，已保存的数据在等待 / server not reached, saved data waits
  5  服务器拒绝 / refused by the server
  6  PIN 缺失或错误 / PIN missing or wrong
  7  有记录被隔离，需要处理 / lines were quarantined, someone must look
  8  磁盘已满，未保存 / disk full, not saved
  9  已完成（已保存），但结果没能写到输出；编号见错误输出 / done (saved), but not told: the output is broken; the id is on the error output
 10  另一台服务器待确认 / another server waits to be confirmed

环境变量 / environment: ROADBOOK_DATA, ROADBOOK_SERVER, ROADBOOK_CODE, ROADBOOK_OFFICER, ROADBOOK_PIN, ROADBOOK_LANG`

// idHelp says how a record is named.
const idHelp = "记录编号，可只写其中几位（至少 4 位）、#序号，或 last（本机最近保存的一条） / record id, or part of it (at least 4 characters), #SEQUENCE, or last: the one saved last on this device"

func main() {
	signal.Ignore(syscall.SIGPIPE) // writing to a pipe without a reader returns an error and does not end the program
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop() // not before the exit: a second signal must not turn a finished, printed command into a failure
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// exitRequest carries kong's call of exit out of the parser, as a panic.
type exitRequest int

// run executes one command line with the given streams and returns the exit code.
func run(ctx context.Context, args []string, in *os.File, stdout, stderr io.Writer) (code int) {
	out := &firstErrorWriter{w: stdout}
	defer func() {
		switch r := recover().(type) {
		case nil:
		case exitRequest:
			code = int(r)
		default:
			panic(r)
		}
	}()
	var c cli
	parser, err := kong.New(&c, kong.Name("client"), kong.Description(description), kong.Writers(out, stderr),
		kong.Exit(func(code int) { panic(exitRequest(code)) }), kong.Vars{"data": defaultData(), "version": version(), "id": idHelp},
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}))
	if err != nil {
		panic(err)
	}
	parser.Model.HelpFlag.Help = "显示用法 / show this help"
	env := &env{ctx: ctx, cli: &c, in: in, out: out, stderr: stderr}
	command, err := parser.Parse(args)
	if err != nil {
		c.Lang = languageOf(args)
		return env.printError(usageError{err})
	}
	if err := command.Run(env); err != nil {
		return env.printError(err)
	}
	if out.err != nil {
		return env.printError(outputError{out.err})
	}
	return exitOK
}

// defaultData is the default directory of a device's files.
func defaultData() string {
	dir, err := os.UserConfigDir()
	if err != nil {
		dir = "."
	}
	return filepath.Join(dir, "roadbook")
}

// languageOf finds the language in an unreadable command line.
func languageOf(args []string) string {
	for i, a := range args {
		if a == "--lang=en" || (a == "--lang" && i+1 < len(args) && args[i+1] == "en") {
			return "en"
		}
	}
	if lang := os.Getenv("ROADBOOK_LANG"); lang != "" {
		return lang
	}
	return "zh"
}

// env is the environment of a command: flags, context and streams.
type env struct {
	*cli
	ctx    context.Context
	in     *os.File
	out    *firstErrorWriter
	stderr io.Writer

	about    string          // what the command is about, in words
	readings []typed.Reading // to be shown after saving
}

// withStation opens the device for fn and closes it afterwards. An error of closing is printed and does not undo fn.
func (e *env) withStation(server string, fn func(*station.Station) error) error {
	s, err := station.New(e.ctx, station.Config{Dir: e.Data, Server: server})
	if err != nil {
		return err
	}
	err = fn(s)
	if closing := s.Close(); closing != nil {
		e.note(schema.Text{ZH: "注意：本机数据库没能正常关闭（%v），已保存的数据不受影响",
			EN: "note: the database did not close well (%v); what was saved is safe"}, closing)
	}
	return err
}
