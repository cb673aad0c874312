package main

import (
	"context"

	"roadbook/server/command"
	"roadbook/server/hub"
)

type doubtsCLI struct {
	List    doubtsListCmd    `cmd:"" help:"列出存疑记录，服务器可照常运行 · list the records in doubt, beside a running server"`
	Rebuild doubtsRebuildCmd `cmd:"" help:"清空存疑表并重新核对全部记录，服务器可照常运行 · drop the table of doubts and look at all records anew, beside a running server"`
}

type doubtsRebuildCmd struct{}

// Run drops the rows of doubts and waits until all records are evaluated anew.
func (*doubtsRebuildCmd) Run(ctx context.Context, p *command.Program) error {
	progress := p.TimedProgress()
	err := hub.RebuildDoubts(ctx, p.Config("data"), func(done, of int64) {
		progress("核对存疑 · looking for doubts", done, of)
	})
	if err != nil {
		return err
	}
	return p.Print(struct {
		Rebuilt bool `json:"rebuilt"`
	}{true}, "存疑已全部重新核对\nall doubts were computed anew\n")
}
