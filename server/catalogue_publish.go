package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"roadbook/schema"
	"roadbook/schema/catalogue"
	"roadbook/server/command"
	"roadbook/server/hub"
)

type cataloguePublishCmd struct {
	File   string `arg:"" type:"path" help:"目录文件 · file"`
	AsItIs bool   `env:"-" help:"未修改的副本也照样发布 · publish a copy that nobody revised"`
}

// Run checks a catalogue and publishes it.
func (ask *cataloguePublishCmd) Run(ctx context.Context, p *command.Program) error {
	text, err := readCatalogue(ask.File)
	if err != nil {
		return err
	}
	c, err := publishText(ctx, p, text, filepath.Base(ask.File), ask.check)
	if err != nil {
		return err
	}
	left := c.CarriedItems()
	if err := p.Print(map[string]any{"name": c.Name(), "digest": c.Digest, "doubts": len(c.Lint()), "to_revise": orNone(left)},
		"已发布 · published  %s  %s\n%d 处口径疑点，见 catalogue lint · %d doubts, see catalogue lint\n"+
			"服务器几秒内生效，以前的记录一并计入 · in force within seconds, earlier records counted too\n",
		c.Name(), c.Digest, len(c.Lint()), len(c.Lint())); err != nil || p.JSON || len(left) == 0 {
		return err
	}
	_, err = fmt.Fprintf(p.Out, "%d 项待核定，核定前不判定、不亮灯、不评分，见 server catalogue revise %d · %d items to be revised, see server catalogue revise %d\n",
		len(left), c.Year, len(left), c.Year)
	return err
}

// check refuses what looks like a copy that nobody revised.
func (ask *cataloguePublishCmd) check(c *catalogue.Catalogue, all []*catalogue.Catalogue) error {
	why := c.Unrevised(all)
	if len(why) == 0 || ask.AsItIs {
		return nil
	}
	var zh, en []string
	for _, text := range why {
		zh, en = append(zh, text.ZH), append(en, text.EN)
	}
	return command.Usage(fmt.Sprintf("%s 像是没有修改过的副本：%s。确要这样发布，请加 --as-it-is · it looks like a copy that nobody revised: %s. If it is meant, publish with --as-it-is",
		c.Name(), strings.Join(zh, "；"), strings.Join(en, "; ")))
}

// publishText publishes a catalogue's text beside a running server; check may refuse, and sees every catalogue of the server.
func publishText(
	ctx context.Context, p *command.Program, text []byte, file string, check func(c *catalogue.Catalogue, all []*catalogue.Catalogue) error,
) (*catalogue.Catalogue, error) {
	var c *catalogue.Catalogue
	err := withPublished(ctx, p, func(s *catalogueSet) (err error) {
		c, err = hub.PublishIf(ctx, s.registry, schema.Default(), text, file, hub.Now(), check)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("%w\n未发布，未作任何更改 · not published, nothing was changed", err)
	}
	return c, nil
}

func orNone(items []string) []string {
	if items == nil {
		return []string{}
	}
	return items
}
