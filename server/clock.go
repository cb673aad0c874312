package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"roadbook/server/command"
	"roadbook/server/hub"
	"roadbook/server/timecheck"
	"roadbook/sync/clock"
)

type clockCLI struct {
	Accept clockAcceptCmd `cmd:"" help:"确认本机时间无误，不再沿用以前时钟偏快时签发的时间；服务器可照常运行 · this machine's time is right: give up the greatest time that a fast clock signed, beside a running server"`
}

type clockAcceptCmd struct {
	Yes bool `help:"不再询问 · don't ask" short:"y"`
}

var (
	errClockWrong = command.Usage("本机时间早于本程序的发布日期，必定有误：请先校准系统时间，再运行 server clock accept · " +
		"this machine's time is before the program was built, so it is wrong: set it first, then run server clock accept")
	errClockUnsure = command.Usage("未确认，未作更改；请输入 yes 或加 --yes · nothing was changed: type yes, or add --yes")
)

// acceptResult says whether the mark was lowered. Moments are RFC 3339.
type acceptResult struct {
	Mark     string `json:"mark,omitempty"` // the greatest signed time; absent before the first
	Clock    string `json:"clock"`          // of this machine
	Accepted bool   `json:"accepted"`       // false: the mark agrees with this clock
}

// Run lowers a mark left behind by a fast clock. A running server notices within seconds.
func (c *clockAcceptCmd) Run(ctx context.Context, p *command.Program) (err error) {
	cfg := p.Config("data")
	s, closeStore, err := hub.OpenStore(ctx, cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeStore()) }()
	now := hub.Now()
	m, err := timecheck.ReadMark(ctx, s)
	if err != nil {
		return err
	}
	said := acceptResult{Mark: formatShanghai(m.Signed), Clock: formatShanghai(now.UnixMilli())}
	if !p.JSON {
		fmt.Fprintf(p.Out, "已签发的最晚时间 · greatest time signed  %s\n本机时间 · this machine's time  %s\n",
			command.Either(m.Signed == 0, "无 none", said.Mark), said.Clock)
	}
	switch {
	case now.Before(cfg.Built):
		return errClockWrong
	case m.Signed <= now.Add(timecheck.MaxBehind).UnixMilli():
		return printAccepted(p, &said)
	case !c.Yes && !p.Confirm("请对照手机核对本机时间。确实无误？输入 yes 确认 · Compare this machine's time with a phone's. Is it right? Type yes: "):
		return errClockUnsure
	}
	if _, err := timecheck.Accept(ctx, s, now.UnixMilli()); err != nil {
		return err
	}
	said.Accepted = true
	return printAccepted(p, &said)
}

func printAccepted(p *command.Program, said *acceptResult) error {
	return p.Print(said, "%s\n", command.Either(said.Accepted,
		"已以本机时间为准；正在运行的服务器几秒内生效，偏快期间已定的时间不会改变 · this machine's time holds from now on, for running servers within seconds; what was dated before stays",
		"两者相符，无需确认，未作更改 · they agree: there is nothing to accept, and nothing was changed"))
}

// formatShanghai writes Unix ms as RFC 3339, "" for never.
func formatShanghai(ms int64) string {
	if ms == 0 {
		return ""
	}
	return time.UnixMilli(ms).In(clock.Shanghai).Format(time.RFC3339)
}
