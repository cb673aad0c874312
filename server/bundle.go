package main

import (
	"context"
	"fmt"
	"path/filepath"

	"roadbook/server/command"
	"roadbook/server/hub"
	"roadbook/server/ingest"
	"roadbook/sync/durable"
	"roadbook/sync/wire"
)

type bundleCLI struct {
	Import bundleImportCmd `cmd:"" help:"导入设备带来的数据包，并写出回执（--answer） · take in what devices sent by file, and write the answers"`
}

type bundleImportCmd struct {
	Files  []string `arg:"" type:"path" help:"client bundle export 写出的文件 · files that client bundle export wrote"`
	Answer string   `help:"回执目录，缺省为数据包所在目录 · directory of the answers; beside the bundle if not said" placeholder:"DIR"`
}

var (
	errNotAllImported = command.Usage("有数据包未能全部导入，见上 · not every bundle was taken in, see above")
	errBundleBig      = command.Usage("文件过大，不是数据包 · too large for a bundle")
)

// Run imports bundles without a network. An embedded store must not be in use by a server: HQ sends the bundles to
// POST /v1/bundles then. A refused bundle leaves the other bundles alone.
func (c *bundleImportCmd) Run(ctx context.Context, p *command.Program) error {
	return p.WithHub(ctx, "请停止服务器后再导入，或用 POST /v1/bundles 上传 / stop the server first, or send the file to POST /v1/bundles",
		func(h *hub.Hub) error { return c.importAll(ctx, p, h) })
}

// importAll imports every file, also after a failed one.
func (c *bundleImportCmd) importAll(ctx context.Context, p *command.Program, h *hub.Hub) error {
	whole := true
	for _, name := range c.Files {
		in, err := c.importOne(ctx, p, h, name)
		if err != nil {
			fmt.Fprintf(p.Err, "%s: %s\n", name, command.Message(err))
		} else if in.Refused != nil {
			fmt.Fprintf(p.Err, "%s: %s\n", name, command.Message(in.Refused))
		}
		whole = whole && err == nil && in.Refused == nil
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	if !whole {
		return errNotAllImported
	}
	return nil
}

// importOne imports one file, writes its answer to disk, and prints the results of the lines.
func (c *bundleImportCmd) importOne(ctx context.Context, p *command.Program, h *hub.Hub, name string) (*ingest.BundleResult, error) {
	file, err := command.ReadFile(name, wire.MaxBundle, errBundleBig)
	if err != nil {
		return nil, err
	}
	in, err := h.Bundle(ctx, file)
	if err != nil {
		return nil, err
	}
	dir := c.Answer
	if dir == "" {
		dir = filepath.Dir(name)
	}
	answer := filepath.Join(dir, filepath.Base(name)+".answer")
	if err := durable.WriteFile(answer, in.Answer); err != nil {
		return nil, err
	}
	said := struct {
		*ingest.BundleResult
		File   string `json:"file"`
		Answer string `json:"answer"` // name of the answer's file
	}{in, name, answer}
	return in, p.Print(said, "%s\t设备 device %s\t单位 unit %s\t新入库 created %d\t已存在 exists %d\t被隔离 quarantined %d\t分叉 fork %d\t回执 answer %s\n",
		name, in.Device, in.Unit, in.Created, in.Exists, in.Quarantined, in.Forked, answer)
}
