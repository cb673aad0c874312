package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"roadbook/schema"
	"roadbook/schema/catalogue"
	"roadbook/server/command"
	"roadbook/server/hub"
	"roadbook/server/store"
)

type catalogueCLI struct {
	Lint    catalogueLintCmd    `cmd:"" help:"列出口径疑点，不改动任何内容 · list what is doubtful about the wording; it changes nothing"`
	Show    catalogueShowCmd    `cmd:"" help:"显示项目、指标、目标和算法 · show projects, rows, targets and how they are computed"`
	Adopt   catalogueAdoptCmd   `cmd:"" help:"沿用某年度的目录作为另一年度的，即时生效；目标、预算、计划标为待核定 · put a year's catalogue into force for another year; targets, budgets and plans are marked until revised"`
	Revise  catalogueReviseCmd  `cmd:"" help:"逐项核定沿用的目标、预算、计划并发布；不写编号则列出待核定的 · revise what was carried over, and publish; without an id, list what is left"`
	Copy    catalogueCopyCmd    `cmd:"" help:"把某年度的目录复制为另一年度，并列出须由人修改之处 · copy a year's catalogue to another, and list what a person must revise"`
	Upgrade catalogueUpgradeCmd `cmd:"" help:"写出目录的下一版本，采用程序最新的算法，并逐条说明 · write a catalogue's next version with the program's newest formulas, and say what changed"`
	Publish cataloguePublishCmd `cmd:"" help:"检查并发布目录，即时生效，无须重启服务器 · check and publish; in force at once, no server need be restarted"`
	List    catalogueListCmd    `cmd:"" help:"列出全部目录 · list the catalogues"`
}

type catalogueLintCmd struct {
	What string `arg:"" help:"目录文件，或目录名，如 shunping-2020 · a file, or a catalogue's name"`
}

type catalogueShowCmd struct {
	What string `arg:"" optional:"" help:"目录文件或目录名，缺省为 --year 年所用的 · a file or a name; the one for --year if not said"`
	Year int    `help:"年度，缺省为最新 · year; the latest if not said"`
}

type catalogueListCmd struct{}

// maxCatalogue bounds a catalogue's file, in bytes.
const maxCatalogue = 4 << 20

var (
	errNoCatalogue  = command.Fail(command.ExitNoSuch, "没有这个目录，见 server catalogue list · there is no such catalogue, see server catalogue list")
	errFileThere    = command.Fail(command.ExitNoSuch, "文件已存在，未改动；可用 --out 另写一个 · the file exists and was left alone: name another with --out")
	errCatalogueBig = command.Usage("目录文件超过 4 MiB · the catalogue's file is larger than 4 MiB")
)

// withCatalogues calls do with all catalogues at hand.
func withCatalogues(ctx context.Context, p *command.Program, do func(*catalogueSet) error) error {
	catalogueSet, err := openCatalogues(ctx, p)
	if err != nil {
		return err
	}
	return errors.Join(do(catalogueSet), catalogueSet.close())
}

// withPublished is withCatalogues for commands that publish: only with a database.
func withPublished(ctx context.Context, p *command.Program, do func(*catalogueSet) error) error {
	return withCatalogues(ctx, p, func(s *catalogueSet) error {
		if s.registry == nil {
			return store.ErrNotFound
		}
		return do(s)
	})
}

// catalogueSet holds the program's own catalogues and the catalogues published to the data directory.
type catalogueSet struct {
	all       []*catalogue.Catalogue
	extra     []*catalogue.Catalogue // of a demo, beside all
	published []hub.Published
	registry  store.Registry
	close     func() error
}

// openCatalogues works beside a running server. Without a data directory it reads the program's own catalogues only.
func openCatalogues(ctx context.Context, p *command.Program) (*catalogueSet, error) {
	named := p.Data != "" || p.Mongo != ""
	s, closeStore, err := hub.OpenStore(ctx, p.Config("data"))
	if errors.Is(err, store.ErrNotFound) && !named {
		all, err := catalogue.Embedded(schema.Default())
		return &catalogueSet{all: all, close: func() error { return nil }}, err
	}
	if err != nil {
		return nil, err
	}
	out := &catalogueSet{registry: s, close: closeStore}
	if out.all, err = hub.Catalogues(ctx, s, schema.Default()); err == nil {
		out.published, err = hub.PublishedList(ctx, s)
	}
	if err == nil && p.Catalogues != nil {
		out.extra, _, err = p.Catalogues(ctx, s, schema.Default())
	}
	if err != nil {
		return nil, errors.Join(err, closeStore())
	}
	return out, nil
}

// find takes a file, a name such as shunping-2020@1, or an id for its latest version.
func (s *catalogueSet) find(what string) (*catalogue.Catalogue, error) {
	if ext := filepath.Ext(what); ext == ".yaml" || ext == ".yml" {
		text, err := readCatalogue(what)
		if err != nil {
			return nil, err
		}
		return catalogue.Load(text, filepath.Base(what), schema.Default())
	}
	for _, c := range slices.Concat(catalogue.LatestOf(s.all), s.all) {
		if c.Name() == what || c.ID == what {
			return c, nil
		}
	}
	return nil, fmt.Errorf("%s: %w", what, errNoCatalogue)
}

func (s *catalogueSet) forYear(year int) (*catalogue.Catalogue, error) {
	c := catalogue.ForYear(s.all, year)
	if year == 0 {
		c = catalogue.Current(s.all)
	}
	if c == nil {
		return nil, noYear(year, catalogue.Years(s.all))
	}
	return c, nil
}

// noYear is the error of a year without a catalogue.
func noYear(year int, years []int) error {
	list := strings.Trim(fmt.Sprint(years), "[]")
	return command.Fail(command.ExitNoSuch, fmt.Sprintf("%d 年没有目录，已有：%s · there is no catalogue for %d; there are: %s", year, list, year, list))
}

func readCatalogue(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, command.Usage("无法读取目录文件 · can't read the catalogue's file: " + err.Error())
	}
	defer func() { _ = f.Close() }()
	text, err := io.ReadAll(io.LimitReader(f, maxCatalogue+1))
	if err == nil && len(text) > maxCatalogue {
		err = errCatalogueBig
	}
	return text, err
}

// Run lists doubts about a catalogue's wording.
func (ask *catalogueLintCmd) Run(ctx context.Context, p *command.Program) error {
	return withCatalogues(ctx, p, func(s *catalogueSet) error { return lintCatalogue(p, s, ask.What) })
}

func lintCatalogue(p *command.Program, s *catalogueSet, what string) error {
	c, err := s.find(what)
	if err != nil {
		return err
	}
	for _, f := range c.Lint() {
		where := f.Row
		if where == "" {
			where = f.Project
		}
		err := p.Print(f, "%s:%d: %s %s %s · %s\n    %s\n    %s\n", c.File, f.Line, where, f.Code, f.Name.ZH, f.Name.EN, f.Text.ZH, f.Text.EN)
		if err != nil {
			return err
		}
	}
	if p.JSON {
		return nil
	}
	_, err = fmt.Fprintf(p.Out, "%s：%d 处疑点，仅作提示，原文照录 · %d doubts; they warn, the wording stands\n", c.Name(), len(c.Lint()), len(c.Lint()))
	return err
}

// listedCatalogue is one line of the list.
type listedCatalogue struct {
	Name      string `json:"name"`
	Year      int    `json:"year"`
	Answers   bool   `json:"answers"`             // the catalogue in force for its year
	Published string `json:"published,omitempty"` // moment of publication; "": the program's own
	Digest    string `json:"digest"`

	ToRevise int           `json:"to_revise,omitempty"` // items carried over from another year
	Clashes  []schema.Text `json:"clashes,omitempty"`   // measures that mean something else than another catalogue's, and what to do
}

// Run lists the catalogues.
func (*catalogueListCmd) Run(ctx context.Context, p *command.Program) error {
	return withCatalogues(ctx, p, func(s *catalogueSet) error { return listCatalogues(p, s) })
}

func listCatalogues(p *command.Program, s *catalogueSet) error {
	clashes := catalogue.Separate(s.all)
	for _, c := range s.all {
		l := listedCatalogue{Name: c.Name(), Year: c.Year, Answers: catalogue.ForYear(s.all, c.Year) == c, Digest: c.Digest, ToRevise: len(c.CarriedItems())}
		if c.Published > 0 {
			l.Published = command.FormatTime(s.published[c.Published-1].At)
		}
		for _, clash := range clashes {
			if clash.Keeper == c || clash.Other == c {
				l.Clashes = append(l.Clashes, hub.ClashText(clash))
			}
		}
		from := "程序自带 · the program's own"
		if l.Published != "" {
			from = "发布于 · published " + l.Published
		}
		if l.ToRevise > 0 {
			from += fmt.Sprintf("\t%d 项待核定 · %d to be revised", l.ToRevise, l.ToRevise)
		}
		err := p.Print(l, "%s\t%d\t%s\t%.12s\t%s\n", l.Name, l.Year, command.Either(l.Answers, "在用 in use", "—"), l.Digest, from)
		if err != nil {
			return err
		}
	}
	return printClashes(p, clashes)
}

// printClashes says each clash once, below the list.
func printClashes(p *command.Program, clashes []catalogue.Clash) error {
	for _, c := range clashes {
		if text := hub.ClashText(c); !p.JSON {
			fmt.Fprintf(p.Out, "注意 · note  %s\n              %s\n", text.ZH, text.EN)
		}
	}
	return nil
}
