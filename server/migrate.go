package main

import (
	"context"
	"path/filepath"

	"roadbook/server/command"
	"roadbook/server/hub"
)

type migrateCmd struct {
	From string `required:"" placeholder:"DIR|URI" help:"来源：数据目录或 mongodb:// 地址 · a data directory or a mongodb:// URI"`
	To   string `required:"" placeholder:"DIR|URI" help:"目标，须为空 · the same; it must be empty"`
}

// Run moves a deployment to another store and proves that both stores agree.
func (c *migrateCmd) Run(ctx context.Context, p *command.Program) (err error) {
	if c.From, _, err = command.ReadURI(c.From); err != nil {
		return err
	}
	if c.To, _, err = command.ReadURI(c.To); err != nil {
		return err
	}
	from, to := p.StoreAt(c.From), p.StoreAt(c.To)
	if from.Mongo == to.Mongo && filepath.Clean(from.Data) == filepath.Clean(to.Data) {
		return command.Usage("--from 与 --to 相同 · --from and --to are the same")
	}
	proof, err := hub.Move(ctx, from, to, p.TenthsProgress("已迁移 · moved"))
	if err != nil {
		return err
	}
	return p.Print(proof, "迁移完成，逐项核对一致 · moved; both say the same of: 登记项 entries %d\t流 streams %d\t帧 frames %d\t观察 observations %d\t隔离 held %d\t合计 sums %d\n",
		proof.Entries, proof.Streams, proof.Frames, proof.Observations, proof.Quarantined, proof.Sums)
}
