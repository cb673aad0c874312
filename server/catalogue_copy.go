package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"roadbook/schema"
	"roadbook/schema/catalogue"
	"roadbook/server/command"
	"roadbook/server/hub"
)

type catalogueCopyCmd struct {
	From int    `arg:"" help:"原年度 · year to copy"`
	To   int    `arg:"" help:"新年度 · year to make"`
	Out  string `type:"path" placeholder:"FILE" help:"写到此文件，缺省为标准输出 · file to write; the standard output if not said"`
}

var (
	errSameYear = command.Usage("原年度与新年度相同 · the two years are the same")
	errJSONOut  = command.Usage("--json 须与 --out 同用：目录本身写到文件 · --json goes with --out, which takes the catalogue itself")
)

// checkYears refuses years that are slips of the hand.
func checkYears(years ...int) error {
	for i, year := range years {
		if year < 1000 || year > 9999 {
			return command.Usage(fmt.Sprintf("年度应为四位数，如 2026，而给出的是 %d · a year has four digits, such as 2026: not %d", year, year))
		}
		if i > 0 && year == years[0] {
			return errSameYear
		}
	}
	return nil
}

// Run writes a copy of a catalogue for another year, everything marked as carried over, and tells what to revise.
func (ask *catalogueCopyCmd) Run(ctx context.Context, p *command.Program) error {
	if err := checkYears(ask.From, ask.To); err != nil {
		return err
	}
	if p.JSON && ask.toStandardOutput() {
		return errJSONOut
	}
	return withCatalogues(ctx, p, func(s *catalogueSet) error { return ask.copy(ctx, p, s) })
}

func (ask *catalogueCopyCmd) toStandardOutput() bool { return ask.Out == "" || ask.Out == "-" }

func (ask *catalogueCopyCmd) copy(ctx context.Context, p *command.Program, s *catalogueSet) error {
	made, text, err := s.carryOver(ctx, ask.From, ask.To)
	if err != nil {
		return err
	}
	if ask.toStandardOutput() {
		if _, err := p.Out.Write(text); err != nil {
			return err
		}
	} else if err := writeNew(ask.Out, text); err != nil {
		return err
	}
	lines := catalogue.LinesToRevise(text, ask.From)
	if p.JSON {
		return json.NewEncoder(p.Out).Encode(map[string]any{"name": made.Name(), "file": ask.Out, "items": made.CarriedItems(), "revise": lines})
	}
	fmt.Fprintf(p.Err, "%s：全部 %d 项标为待核定（文件开头的 carried_over）。请核对每项，改好后删去 carried_over 中的那一行，再运行 server catalogue lint 和 publish\n"+
		"all %d items are marked as carried over at the head of the file: look through each, delete its line under carried_over, then lint and publish\n",
		made.Name(), len(made.CarriedItems()), len(made.CarriedItems()))
	printRevisions(p.Err, ask.Out, lines)
	return nil
}

// carryOver copies the catalogue of a year for another one.
func (s *catalogueSet) carryOver(ctx context.Context, from, to int) (*catalogue.Catalogue, []byte, error) {
	c, err := s.forYear(from)
	if err != nil {
		return nil, nil, err
	}
	text, err := hub.CatalogueText(ctx, s.registry, c)
	if err != nil {
		return nil, nil, err
	}
	copied, err := catalogue.CarryOver(text, c.File, to, schema.Default())
	if err != nil {
		return nil, nil, err
	}
	made, err := catalogue.Load(copied, c.File, schema.Default())
	return made, copied, err
}

// writeNew creates a file; an existing file is an error.
func writeNew(path string, text []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644) //nolint:gosec // a file for others to read, where the person wants it
	if errors.Is(err, os.ErrExist) {
		return fmt.Errorf("%s: %w", path, errFileThere)
	}
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	return errors.Join(err, f.Close())
}

// printRevisions lists the lines of a copy that still speak of the original's year.
func printRevisions(w io.Writer, path string, lines []catalogue.Revision) {
	if path = filepath.Base(path); path == "." || path == "-" {
		path = "line"
	}
	for _, r := range lines {
		text := []rune(r.Text)
		if len(text) > 60 {
			text = append(text[:60], '…')
		}
		fmt.Fprintf(w, "%s:%d: %s · %s: %s\n", path, r.Line, r.Why.ZH, r.Why.EN, string(text))
	}
}
