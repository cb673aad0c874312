package main

import (
	"context"

	"roadbook/server/command"
	"roadbook/server/hub"
)

// rebuildResult is the JSON of a rebuild.
type rebuildResult struct {
	Catalogue string `json:"catalogue"`
	Records   int64  `json:"records"`
}

type rebuildCmd struct{}

// Run derives all records and sums again. An embedded store must not be in use; on MongoDB servers may keep running.
func (*rebuildCmd) Run(ctx context.Context, p *command.Program) error {
	var records int64
	progress := p.TimedProgress()
	version, err := hub.Rebuild(ctx, p.Config("data"), func(done, of int64) {
		progress("由原始登记重新归并 · deriving records anew", done, of)
	}, func(done, of int64) {
		records = of
		progress("重新计数 · counting anew", done, of)
	})
	if err != nil {
		return command.ExplainInUse(err, "请先停止服务器，再运行 server rebuild / stop the server first, then run server rebuild")
	}
	return p.Print(rebuildResult{version, records}, "已按 %s 重新归并并计数 %d 条记录\ncounted %d records anew by %s\n", version, records, records, version)
}
