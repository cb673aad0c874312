package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"roadbook/server/hub"
	"roadbook/server/ingest"
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
	errBundles   = &usageError{"有数据包未能全部导入，见上 · not every bundle was taken in, see above"}
	errBundleBig = &usageError{"文件过大，不是数据包 · too large for a bundle"}
)

// Run takes bundles in beside the network. On an embedded store no server may be running: there HQ sends
// them to POST /v1/bundles. A bundle that can't be taken in leaves the others alone.
func (c *bundleImportCmd) Run(ctx context.Context, p *program) (err error) {
	h, err := hub.New(ctx, p.config("data"))
	if errors.Is(err, hub.ErrInUse) {
		err = fmt.Errorf("%w：请停止服务器后再导入，或用 POST /v1/bundles 上传 / stop the server first, or send the file to POST /v1/bundles", err)
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.Close()) }()
	whole := true
	for _, name := range c.Files {
		in, err := c.one(ctx, p, h, name)
		if err != nil {
			fmt.Fprintf(p.err, "%s: %s\n", name, message(err))
		} else if in.Refused != nil {
			fmt.Fprintf(p.err, "%s: %s\n", name, message(in.Refused))
		}
		whole = whole && err == nil && in.Refused == nil
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	if !whole {
		return errBundles
	}
	return nil
}

// one takes one file in, has the answer on disk, and says what became of the lines.
func (c *bundleImportCmd) one(ctx context.Context, p *program, h *hub.Hub, name string) (*ingest.BundleResult, error) {
	file, err := readBundle(name)
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
	if err := writeWhole(answer, in.Answer); err != nil {
		return nil, err
	}
	if p.JSON {
		return in, json.NewEncoder(p.out).Encode(struct {
			*ingest.BundleResult
			File   string `json:"file"`
			Answer string `json:"answer"` // its file
		}{in, name, answer})
	}
	_, err = fmt.Fprintf(p.out, "%s\t设备 device %s\t单位 unit %s\t新入库 created %d\t已存在 exists %d\t被隔离 quarantined %d\t分叉 fork %d\t回执 answer %s\n",
		name, in.Device, in.Unit, in.Created, in.Exists, in.Quarantined, in.Forked, answer)
	return in, err
}

func readBundle(name string) ([]byte, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, unreadable(err)
	}
	if info.Size() > wire.MaxBundle {
		return nil, errBundleBig
	}
	file, err := os.ReadFile(name)
	if err != nil {
		return nil, unreadable(err)
	}
	return file, nil
}

func unreadable(err error) error {
	return &usageError{"读不到文件，请检查路径和权限 · the file can't be read, check its path and permissions (" + err.Error() + ")"}
}

// writeWhole writes a file that is the user's alone, whole or not at all: fsynced under a passing name, then renamed.
func writeWhole(name string, content []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(name), ".bundle-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name()) //nolint:errcheck // only a passing name
	_, err = tmp.Write(content)
	if err = errors.Join(err, tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), name) //nolint:gosec // beside the file that the user named
}
