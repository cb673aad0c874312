package demo

import (
	"context"
	"fmt"

	"roadbook/server/command"
	"roadbook/server/hub"
	"roadbook/server/store"
)

type removeCmd struct {
	Yes bool `help:"不再询问 · don't ask" short:"y"`
}

// Run deletes a demo's database, and never real data.
func (c *removeCmd) Run(ctx context.Context, p *command.Program) error {
	cfg := p.Config("data/demo")
	_, whose, err := inspectDatabase(ctx, cfg)
	if err != nil {
		return err
	}
	if whose == ownedByNobody {
		return fmt.Errorf("没有演示数据 · no demo data: %w", store.ErrNotFound)
	}
	if whose == ownedByOthers {
		return errNotDemo
	}
	where := cfg.Data
	if cfg.Mongo != "" {
		where = "MongoDB " + hub.DatabaseOf(cfg.Mongo)
	}
	if !c.Yes && !p.Confirm(fmt.Sprintf("删除演示数据 %s ？输入 yes 确认 · remove the demo data? type yes: ", where)) {
		return errUnsure
	}
	if err := removeAll(ctx, cfg); err != nil {
		return err
	}
	fmt.Fprintf(p.Err, "演示数据已删除 · the demo data are removed: %s\n", where)
	return nil
}
