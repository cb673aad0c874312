package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"roadbook/server/command"
	"roadbook/server/hub"
	"roadbook/server/report"
	"roadbook/sync/durable"
)

type reportCLI struct {
	Selfevaluation selfEvaluationCmd `cmd:"" help:"写出项目支出绩效自评表 · write the self-evaluation sheet of a project"`
	Verify         reportVerifyCmd   `cmd:"" help:"核对导出的工作簿是否被改动 · tell whether a workbook was changed since it was exported"`
}

type selfEvaluationCmd struct {
	Project string `required:"" help:"项目编码或序号 · the project's code or number"`
	At      string `required:"" placeholder:"DAY" help:"统计至该日，如 2020-12-31 · as at the end of a day, such as 2020-12-31"`
	Out     string `required:"" type:"path" placeholder:"FILE" help:"写到此文件 · file to write"`
	Format  string `help:"xlsx 或 html，缺省按文件名 · xlsx or html; by the file's name if not said"`
	Entries string `type:"path" placeholder:"FILE" help:"填报文件（YAML）：分值、完成情况、偏差原因、签名 · a YAML file of weights, goals achieved, deviations, names"`
}

type reportVerifyCmd struct {
	File string `arg:"" type:"path" help:"导出的工作簿 · a workbook that was exported"`
}

var (
	errChanged  = command.Fail(command.ExitFault, "内容与表尾的摘要不符，已被改动 · the cells differ from the digest at the foot: it was changed")
	errNoDigest = command.Fail(command.ExitFault, "表尾没有摘要 · there is no digest at the foot")
	errTooLarge = command.Usage("文件过大 · the file is too large")
)

const maxEntries, maxReport = 1 << 20, 16 << 20 // bytes

// Run writes a sheet from the data directory. An embedded store must not be in use: GET /v1/reports/selfevaluation gives
// the same sheet.
func (c *selfEvaluationCmd) Run(ctx context.Context, p *command.Program) error {
	format := c.Format
	if format == "" && strings.EqualFold(filepath.Ext(c.Out), ".html") {
		format = report.FormatHTML
	}
	entries, err := readEntries(c.Entries)
	if err != nil {
		return err
	}
	return p.WithHub(ctx, "请停止服务器，或用 GET /v1/reports/selfevaluation / stop the server first, or ask GET /v1/reports/selfevaluation",
		func(h *hub.Hub) error { return c.write(ctx, p, h, format, entries) })
}

// write computes the sheet and writes it to its file.
func (c *selfEvaluationCmd) write(ctx context.Context, p *command.Program, h *hub.Hub, format string, entries *report.Entries) error {
	s, err := report.Make(ctx, h.Query(), report.Question{At: c.At, Project: c.Project}, entries)
	if err != nil {
		return err
	}
	f, err := report.Render(s, format)
	if err != nil {
		return err
	}
	if err := durable.WriteFile(c.Out, f.Body); err != nil {
		return err
	}
	return printSheetWritten(p, c.Out, s)
}

// printSheetWritten prints the file's name and digest.
func printSheetWritten(p *command.Program, name string, s *report.Sheet) error {
	p.Log.Info("export", "file", name, "digest", s.Digest)
	return p.Print(map[string]any{
		"file": name, "digest": "sha256:" + s.Digest, "at": s.Facts.At, "catalogue": s.Facts.Catalogue,
		"points": s.Score.Points, "of": s.Score.Of, "open": s.Score.Open,
	}, "%s\tsha256:%s\n", name, s.Digest)
}

func readEntries(name string) (*report.Entries, error) {
	if name == "" {
		return &report.Entries{}, nil
	}
	text, err := command.ReadFile(name, maxEntries, errTooLarge)
	if err != nil {
		return nil, err
	}
	return report.ParseEntries(text)
}

// Run compares a workbook's cells with the digest at its foot.
func (c *reportVerifyCmd) Run(p *command.Program) error {
	b, err := command.ReadFile(c.File, maxReport, errTooLarge)
	if err != nil {
		return err
	}
	printed, computed, err := report.CheckDigest(b)
	switch {
	case err != nil:
		return err
	case printed == "":
		return errNoDigest
	case printed != computed:
		return errChanged
	}
	_, err = fmt.Fprintf(p.Out, "未改动 unchanged\tsha256:%s\n", computed)
	return err
}
