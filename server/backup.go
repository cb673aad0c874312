package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"roadbook/server/hub"
	"roadbook/server/store"
)

type backupCLI struct {
	To    string        `arg:"" name:"dir" help:"备份目录，宜在另一块磁盘；其中有密钥，请妥善保管 · the backup's directory, on another disk; it holds keys: keep it safe"`
	Every time.Duration `placeholder:"10s" help:"一直运行，按此间隔补上新到的数据 · go on, and bring what is new at this interval"`
}

type restoreCLI struct {
	From string `arg:"" name:"dir" help:"备份目录 · the backup's directory"`
}

// backup copies the registry and the log to a data directory, beside a running server, or brings it what is new.
func (p *program) backup(ctx context.Context) error {
	from := p.config("data")
	if strings.Contains(p.Backup.To, "://") {
		return &usageError{"备份须为目录；restore 可由它恢复到 MongoDB，migrate 可搬到另一 MongoDB · a backup is a directory; restore brings it to MongoDB, migrate moves to another MongoDB"}
	}
	progress := p.tenths("备份 · backing up")
	if p.Backup.Every > 0 {
		progress = nil // a line each interval says enough
	}
	return hub.Backup(ctx, from, p.place(p.Backup.To), p.Backup.Every, progress, func(n store.Counts) error {
		if p.JSON {
			return json.NewEncoder(p.out).Encode(map[string]any{"dir": p.Backup.To, "frames": n.Frames, "observations": n.Observations})
		}
		_, err := fmt.Fprintf(p.out, "备份已完成 · backed up  %s  帧 frames %d  观察 observations %d\n", p.Backup.To, n.Frames, n.Observations)
		return err
	})
}

// restore brings a backup to the empty store that --data or --mongo names.
func (p *program) restore(ctx context.Context) error {
	proof, err := hub.Restore(ctx, p.place(p.Restore.From), p.config("data"), p.tenths("恢复 · restoring"))
	if err != nil {
		return err
	}
	if p.JSON {
		return json.NewEncoder(p.out).Encode(proof)
	}
	_, err = fmt.Fprintf(p.out, "恢复完成，逐项核对一致；设备会再次提供此后的数据 · restored and proved; devices offer again what came later: 帧 frames %d\t观察 observations %d\n"+
		"备份之后的撤销与放行不在其中，请用 server device list 核对 · revocations and releases since the backup are not in it: go through server device list\n",
		proof.Frames, proof.Observations)
	return err
}
