package main

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"

	"roadbook/schema"
	"roadbook/schema/catalogue"
	"roadbook/server/command"
	"roadbook/server/hub"
)

type catalogueUpgradeCmd struct {
	What string `arg:"" help:"目录文件，或目录名，如 shunping-2021 · a file, or a catalogue's name"`
	Out  string `type:"path" placeholder:"FILE" help:"写到此文件，缺省为 目录名-版本.yaml · file to write; the name and version with .yaml if not said"`
}

// Run writes the next version of a catalogue with the program's newest formulas.
func (ask *catalogueUpgradeCmd) Run(ctx context.Context, p *command.Program) error {
	return withCatalogues(ctx, p, func(s *catalogueSet) error { return ask.upgrade(ctx, p, s) })
}

func (ask *catalogueUpgradeCmd) upgrade(ctx context.Context, p *command.Program, s *catalogueSet) error {
	c, text, err := s.text(ctx, ask.What)
	if err != nil {
		return err
	}
	for _, other := range s.all {
		if other.ID == c.ID && other.Version > c.Version {
			return command.Fail(command.ExitNoSuch, fmt.Sprintf("%s：已有更高版本 %s，请升级它 · there is a later version %s: upgrade that one", c.Name(), other.Name(), other.Name()))
		}
	}
	own, err := ownVersions()
	if err != nil {
		return err
	}
	u, err := catalogue.UpgradeTo(own, text, c.File, schema.Default())
	if err != nil {
		return err
	}
	path := ""
	if u.Text != nil {
		if path = ask.Out; path == "" {
			path = fmt.Sprintf("%s-%d.yaml", c.ID, c.Version+1)
		}
		if err := writeNew(path, u.Text); err != nil {
			return err
		}
	}
	return printUpgrade(p, c, u, path)
}

// text finds a catalogue as find does, with the text of its file.
func (s *catalogueSet) text(ctx context.Context, what string) (*catalogue.Catalogue, []byte, error) {
	c, err := s.find(what)
	if err != nil {
		return nil, nil, err
	}
	if ext := filepath.Ext(what); ext == ".yaml" || ext == ".yml" {
		text, err := readCatalogue(what)
		return c, text, err
	}
	text, err := hub.CatalogueText(ctx, s.registry, c)
	return c, text, err
}

// ownVersions are all versions of the program's newest catalogue, in order.
func ownVersions() (own []catalogue.Version, err error) {
	all, err := catalogue.Embedded(schema.Default())
	if err != nil {
		return nil, err
	}
	newest := catalogue.Current(all)
	for _, c := range all {
		if c.ID != newest.ID {
			continue
		}
		text, err := catalogue.EmbeddedText(c)
		if err != nil {
			return nil, err
		}
		own = append(own, catalogue.Version{Text: text, File: c.File})
	}
	return own, nil
}

func printUpgrade(p *command.Program, c *catalogue.Catalogue, u *catalogue.Upgrade, path string) error {
	if p.JSON {
		name := u.Name
		if path == "" {
			name = c.Name()
		}
		return json.NewEncoder(p.Out).Encode(map[string]any{"name": name, "file": path, "changed": orEmpty(u.Changed), "left": orEmpty(u.Left)})
	}
	if path == "" {
		fmt.Fprintf(p.Out, "%s：没有可升级的内容，未写文件 · nothing to upgrade, no file was written\n", c.Name())
	} else {
		fmt.Fprintf(p.Out, "%s → %s → %s\n", c.Name(), u.Name, path)
	}
	printAmendments(p, path, "已改 · changed", u.Changed)
	printAmendments(p, path, "未动 · left alone", u.Left)
	if path != "" {
		fmt.Fprintf(p.Out, "目标、项目和文字未变。请审阅，再运行 server catalogue lint 和 publish\ntargets, projects and words are as they were; look through it, then lint and publish\n")
	}
	return nil
}

func printAmendments(p *command.Program, path, title string, all []catalogue.Amendment) {
	for _, a := range all {
		where := a.Where
		if a.Line > 0 {
			where = fmt.Sprintf("%s:%d: %s", filepath.Base(path), a.Line, where)
		}
		fmt.Fprintf(p.Out, "%s  %s\n    %s\n    %s\n", title, where, a.What.ZH, a.What.EN)
	}
}

func orEmpty(all []catalogue.Amendment) []catalogue.Amendment {
	if all == nil {
		return []catalogue.Amendment{}
	}
	return all
}
