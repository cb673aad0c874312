package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"roadbook/server/hub"
)

// rebuilt is what a rebuild says as JSON.
type rebuilt struct {
	Catalogue string `json:"catalogue"`
	Records   int64  `json:"records"`
}

type rebuildCmd struct{}

// Run makes all sums anew. On an embedded store no server may be running; on MongoDB servers may go on.
func (*rebuildCmd) Run(ctx context.Context, p *program) error {
	var records int64
	last := time.Now()
	version, err := hub.Rebuild(ctx, p.config("data"), func(done, of int64) {
		records = of
		if time.Since(last) >= 2*time.Second {
			last = time.Now()
			fmt.Fprintf(p.err, "重新汇总 · counting anew: %d / %d\n", done, of)
		}
	})
	if errors.Is(err, hub.ErrInUse) {
		return fmt.Errorf("%w：请先停止服务器，再运行 server rebuild / stop the server first, then run server rebuild", err)
	}
	if err != nil {
		return err
	}
	if p.JSON {
		return json.NewEncoder(p.out).Encode(rebuilt{version, records})
	}
	_, err = fmt.Fprintf(p.out, "已按目录 %s 重新汇总 %d 条记录\ncounted %d records anew by %s\n", version, records, records, version)
	return err
}
