package main

import (
	"context"
	"strings"
	"time"

	"roadbook/server/command"
	"roadbook/server/hub"
	"roadbook/server/store"
)

type backupCmd struct {
	To    string         `arg:"" name:"dir" help:"备份目录，宜在另一块磁盘；其中有密钥，请妥善保管 · the backup's directory, on another disk; it holds keys: keep it safe"`
	Every *time.Duration `placeholder:"10s" help:"一直运行，按此间隔补上新到的数据，1s 到 24h · go on, and bring what is new at this interval, 1s to 24h"`
}

// Bounds of --every.
const leastEvery, mostEvery = time.Second, 24 * time.Hour

var errEvery = command.Usage("--every 应为 1s 到 24h · --every is from 1s to 24h")

type restoreCmd struct {
	From string `arg:"" name:"dir" help:"备份目录 · the backup's directory"`
}

// Run copies the registry and the log to a directory, beside a running server, or adds the new part to an older backup.
func (c *backupCmd) Run(ctx context.Context, p *command.Program) error {
	from := p.Config("data")
	if strings.Contains(c.To, "://") {
		return command.Usage("备份须为目录；restore 可由它恢复到 MongoDB，migrate 可搬到另一 MongoDB · a backup is a directory; restore brings it to MongoDB, migrate moves to another MongoDB")
	}
	progress, every := p.TenthsProgress("备份 · backing up"), time.Duration(0)
	if c.Every != nil {
		progress, every = nil, *c.Every // one line an interval is enough
		if every < leastEvery || every > mostEvery {
			return errEvery
		}
	}
	return hub.Backup(ctx, from, p.StoreAt(c.To), every, progress, func(n store.Counts) error {
		return p.Print(map[string]any{"dir": c.To, "frames": n.Frames, "observations": n.Observations},
			"备份已完成 · backed up  %s  帧 frames %d  观察 observations %d\n", c.To, n.Frames, n.Observations)
	})
}

// Run restores a backup to the empty store named by --data or --mongo.
func (c *restoreCmd) Run(ctx context.Context, p *command.Program) error {
	proof, err := hub.Restore(ctx, p.StoreAt(c.From), p.Config("data"), p.TenthsProgress("恢复 · restoring"))
	if err != nil {
		return err
	}
	return p.Print(proof, "恢复完成，逐项核对一致；设备会再次提供此后的数据 · restored and proved; devices offer again what came later: 帧 frames %d\t观察 observations %d\n"+
		"备份以后的停用、放行不在其中，请用 server device list 核对 · revocations and releases since the backup are not in it: go through server device list\n",
		proof.Frames, proof.Observations)
}
