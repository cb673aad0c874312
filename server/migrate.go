package main

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"

	"roadbook/server/hub"
)

type migrateCmd struct {
	From string `required:"" placeholder:"DIR|URI" help:"来源：数据目录或 mongodb:// 地址 · a data directory or a mongodb:// URI"`
	To   string `required:"" placeholder:"DIR|URI" help:"目标，须为空 · the same; it must be empty"`
}

// Run moves a deployment to another store and proves that nothing changed on the way.
func (c *migrateCmd) Run(ctx context.Context, p *program) (err error) {
	if c.From, _, err = readURI(c.From); err != nil {
		return err
	}
	if c.To, _, err = readURI(c.To); err != nil {
		return err
	}
	from, to := p.place(c.From), p.place(c.To)
	if from.Mongo == to.Mongo && filepath.Clean(from.Data) == filepath.Clean(to.Data) {
		return &usageError{"--from 与 --to 相同 · --from and --to are the same"}
	}
	proof, err := hub.Move(ctx, from, to, p.tenths("已搬 · moved"))
	if err != nil {
		return err
	}
	if p.JSON {
		return json.NewEncoder(p.out).Encode(proof)
	}
	_, err = fmt.Fprintf(p.out, "搬完，逐项核对一致 · moved; both say the same of: 登记项 entries %d\t流 streams %d\t帧 frames %d\t观察 observations %d\t隔离 held %d\t合计 sums %d\n",
		proof.Entries, proof.Streams, proof.Frames, proof.Observations, proof.Quarantined, proof.Sums)
	return err
}

// place is a store by its name on the command line.
func (p *program) place(name string) hub.Config {
	c := hub.Config{Log: p.log, RecountProgress: p.counting(), Catalogues: catalogues}
	if strings.Contains(name, "://") {
		c.Mongo = name
	} else {
		c.Data = name
	}
	return c
}
