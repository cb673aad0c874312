package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"

	"roadbook/schema"
	"roadbook/server/command"
	"roadbook/server/hub"
	"roadbook/server/imports"
	"roadbook/server/store"
	"roadbook/sync/durable"
)

type importCLI struct {
	File     importFileCmd     `cmd:"" default:"withargs" help:"导入一个文件（缺省；--mapping 或 --kind，--dry-run，--accept-valid） · import a file (default)"`
	List     importListCmd     `cmd:"" help:"列出历次导入 · list the imports"`
	Undo     importUndoCmd     `cmd:"" help:"撤销一次导入；立即执行，没有 --dry-run · take an import back; at once, there is no --dry-run"`
	Template importTemplateCmd `cmd:"" help:"输出某种类的表头和带注释的映射 · print a kind's table header and a mapping with comments"`
}

// importedBy names the person behind an import or an undo.
type importedBy struct {
	By string `help:"经手人，记入日志 · who does it, for the log" default:"cli"`
}

type importFileCmd struct {
	File        string `arg:"" type:"path" help:"CSV 或 XLSX 文件 · CSV or XLSX file"`
	Mapping     string `help:"映射文件或内置映射名 · mapping file, or the name of one that comes with the program" placeholder:"FILE"`
	Kind        string `help:"表头就是字段名时的种类（见下），代替 --mapping · kind, see below, of a table whose header has the fields' names; instead of --mapping"`
	Encoding    string `help:"CSV 的编码：utf-8、gb18030、utf-16、latin-1；缺省按内容判断 · encoding of a CSV file; by its content if not said" placeholder:"NAME"`
	DryRun      bool   `help:"只检查，列出每一处错误和导入后各指标的变化，不写入 · only check: list every fault and how each figure would change, write nothing"`
	AcceptValid bool   `help:"导入无错的行，有错的行另存 · import the rows without faults, keep the others in a file beside"`
	importedBy
}

type importListCmd struct{}

type importUndoCmd struct {
	ID string `arg:"" name:"run" help:"导入编号，见 import list · run, see import list"`
	importedBy
}

type importTemplateCmd struct {
	Kind string `arg:"" optional:"" help:"种类，不写则列出全部 · kind; all are listed if not said"`
}

var (
	errNoMapping  = command.Usage("请用 --mapping 指明映射文件，或用 --kind 指明种类 · name a mapping with --mapping, or a kind with --kind")
	errNoEncoding = command.Usage("--encoding 应为 utf-8、gb18030、utf-16、latin-1 之一 · --encoding is utf-8, gb18030, utf-16 or latin-1")
	errTooBig     = command.Usage("文件超过 256 MiB，请拆分 · the file is larger than 256 MiB: split it")
)

// errNoRun: no import has this name.
var errNoRun = command.Fail(command.ExitNoSuch, "没有这次导入，见 server import list · there is no such import, see server import list")

// withHub opens the store for writing. Beside a running server HQ sends tables to POST /v1/imports.
func withHub(ctx context.Context, p *command.Program, do func(*hub.Hub) error) error {
	return p.WithHub(ctx, "请停止服务器后再导入，或用 POST /v1/imports 上传 / stop the server first, or send the file to POST /v1/imports", do)
}

// importableKinds lists the kinds of importable tables, one a line after indent.
func importableKinds(indent string) string {
	s := schema.Default()
	var list strings.Builder
	for _, name := range imports.ImportableKinds(s) {
		k, _ := s.Kind(name)
		fmt.Fprintf(&list, "%s%s\t%s\t%s\n", indent, name, k.Label.ZH, k.Label.EN)
	}
	return list.String()
}

// Help adds the kinds to the command's help.
func (*importFileCmd) Help() string { return "种类 · kinds:\n\n" + importableKinds("    ") }

// Help adds the kinds to the command's help.
func (*importTemplateCmd) Help() string { return (*importFileCmd)(nil).Help() }

// Run prints the table header and a mapping of a kind, or lists the kinds.
func (c *importTemplateCmd) Run(p *command.Program) error {
	s := schema.Default()
	if c.Kind == "" {
		_, err := fmt.Fprintf(p.Out, "%s内置映射 mappings: %s\n", importableKinds(""), strings.Join(imports.EmbeddedNames(), " "))
		return err
	}
	text, err := imports.Template(s, c.Kind)
	if err != nil {
		return command.Usage(err.Error())
	}
	_, err = fmt.Fprint(p.Out, text)
	return err
}

// mapping reads the mapping named by the flags: a file, a mapping in the program, or the standard mapping of a kind.
func (c *importFileCmd) mapping() (m *imports.Mapping, err error) {
	s := schema.Default()
	switch {
	case c.Mapping == "" && c.Kind == "":
		return nil, errNoMapping
	case c.Mapping == "":
		m, err = imports.StandardMapping(s, c.Kind)
	default:
		data, wrong := os.ReadFile(c.Mapping)
		if errors.Is(wrong, fs.ErrNotExist) {
			if m, err = imports.Embedded(s, c.Mapping); err == nil {
				return m, nil
			}
		}
		if wrong != nil {
			return nil, command.Unreadable(wrong)
		}
		m, err = imports.Load(data, c.Mapping, s)
	}
	if err != nil {
		return nil, command.Usage(err.Error())
	}
	return m, nil
}

// Run checks a file and, unless --dry-run is set, imports its rows. A dry run reads the database, if there is one, beside
// a running server too.
func (c *importFileCmd) Run(ctx context.Context, p *command.Program) error {
	defer debug.SetGCPercent(debug.SetGCPercent(verifyGCPercent)) // a large table is in memory, packed, to the end
	m, err := c.mapping()
	if err != nil {
		return err
	}
	m, ok := m.WithEncoding(c.Encoding)
	if !ok {
		return errNoEncoding
	}
	f, err := command.OpenFile(c.File, imports.MaxFile, errTooBig)
	if err != nil {
		return err
	}
	defer f.Close()
	if m, err = withOwners(ctx, p, m); err != nil {
		return err
	}
	b := imports.ReadFrom(m, c.File, f, f.Size)
	if c.DryRun || !b.Importable(c.AcceptValid) {
		var out *imports.Outlook
		if c.DryRun && b.Valid() > 0 && !b.Broken {
			if out, err = foretell(ctx, p, b); err != nil {
				return err
			}
		}
		if err := printBatch(p, b, out, nil); err != nil {
			return err
		}
		if b.Broken || b.Faulty > 0 {
			return imports.ErrFaults
		}
		return nil
	}
	return withHub(ctx, p, func(h *hub.Hub) error {
		run, err := h.Importer().Import(ctx, b, imports.Options{
			By: c.By, AcceptValid: c.AcceptValid, Progress: writeProgress(p),
			Rejects: func(run string, content []byte) (string, error) {
				file := filepath.Join(filepath.Dir(c.File), b.RejectsName(run))
				return file, durable.WriteFile(file, content)
			},
		})
		if err != nil {
			return explainInterrupted(run, err)
		}
		counting, err := h.Importer().Count(ctx, b, lookProgress(p))
		return errors.Join(printBatch(p, b, counting, run), err)
	})
}

// withOwners reads the records that a table of items belongs to; other kinds need no store.
func withOwners(ctx context.Context, p *command.Program, m *imports.Mapping) (out *imports.Mapping, err error) {
	if m.Kind.ItemOf == "" {
		return m, nil
	}
	l, err := hub.OpenReadOnly(ctx, p.Config("data"))
	if errors.Is(err, store.ErrNotFound) {
		return m.WithOwners(imports.NoOwners(schema.Default(), m)), nil
	}
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	owners, err := l.Importer().Owners(ctx, m)
	return m.WithOwners(owners), err
}

// explainInterrupted adds to an error how to continue after an interrupted import.
func explainInterrupted(run *imports.Run, err error) error {
	if run == nil || run.ID == "" {
		return err
	}
	return fmt.Errorf("导入 %s 中断，重新导入同一文件即可补全，或用 import undo 撤销 · import %[1]s was cut off: import the same file again, or undo it: %w", run.ID, err)
}

// writeProgress prints the progress of a long import on standard error.
func writeProgress(p *command.Program) func(done, of int) {
	const every = 10_000
	next := every
	return func(done, of int) {
		if done >= next {
			next = done + every
			fmt.Fprintf(p.Err, "已写入 %d / %d · %[1]d of %[2]d written\n", done, of)
		}
	}
}

// printBatch prints the faults of a file and the result of its import or, without a run, what an import would do.
func printBatch(p *command.Program, b *imports.Batch, out *imports.Outlook, run *imports.Run) error {
	if p.JSON {
		j := b.Preview()
		j.Run = run
		j.SetOutlook(out)
		return json.NewEncoder(p.Out).Encode(j)
	}
	for _, f := range b.Faults {
		fmt.Fprintln(p.Out, f)
	}
	for _, n := range b.Notes {
		fmt.Fprintf(p.Out, "注意 note: %s\n", n.Fault)
	}
	if as := b.ReadAs(); as != "" {
		fmt.Fprintf(p.Out, "读法 read as: %s\n", as)
	}
	_, err := fmt.Fprintf(p.Out, "%s：共 %d 行，跳过 %d，无错 %d，有错 %d · %[2]d rows, %[3]d skipped, %[4]d without faults, %[5]d with\n",
		b.File, b.Total, b.Skipped, b.Valid(), b.Faulty)
	switch {
	case err != nil:
		return err
	case run == nil && out != nil:
		return printOutlook(p, out)
	case run == nil:
		return nil
	}
	if err := printRun(p, run); err != nil || out == nil {
		return err
	}
	return printCounting(p, out)
}

func printRun(p *command.Program, r *imports.Run) error {
	if r.ID == "" {
		_, err := fmt.Fprintln(p.Out, "没有变化，未写入 · nothing changed, nothing was written")
		return err
	}
	c := r.Changes
	_, err := fmt.Fprintf(p.Out, "导入 import %s：新建 %d，更正 %d，恢复 %d，作废 %d，未变 %d · created %[2]d, amended %[3]d, restored %[4]d, voided %[5]d, unchanged %[6]d\n",
		r.ID, c.Created, c.Amended, c.Restored, c.Voided, c.Unchanged)
	if c.Kept > 0 {
		fmt.Fprintf(p.Out, "保留 %d 个已被他人更正的字段 · %[1]d fields that others have amended since were left as they are\n", c.Kept)
	}
	if c.Quarantined > 0 {
		fmt.Fprintf(p.Out, "%d 条被隔离，见机关隔离区 · %[1]d lines were quarantined\n", c.Quarantined)
	}
	if r.Rejects != "" {
		fmt.Fprintf(p.Out, "有错的行存于 · the rows with faults are in %s\n", r.Rejects)
	}
	return err
}

// Run lists the imports.
func (*importListCmd) Run(ctx context.Context, p *command.Program) error {
	return withHub(ctx, p, func(h *hub.Hub) error { return importList(ctx, p, h) })
}

func importList(ctx context.Context, p *command.Program, h *hub.Hub) error {
	runs, err := imports.List(ctx, h.Store())
	if err != nil {
		return err
	}
	for i := range runs {
		r := &runs[i]
		err = p.Print(r, "%s\t%s\t%s\t%s\t%s\t%s\t%d 行 rows\t%.12s\t%s\n",
			r.ID, command.FormatTime(r.At), r.By, r.Importer, r.Kind, command.Either(r.Undoes != "", "撤销 undo of "+r.Undoes, r.File), r.Rows, r.Digest, runState(r))
		if err != nil {
			return err
		}
	}
	return nil
}

func runState(r *imports.Run) string {
	switch {
	case r.UndoneBy != "":
		return "已撤销 undone by " + r.UndoneBy
	case !r.Done:
		return "中断 cut off"
	}
	return ""
}

// Run undoes an import.
func (c *importUndoCmd) Run(ctx context.Context, p *command.Program) error {
	return withHub(ctx, p, func(h *hub.Hub) error { return c.undo(ctx, p, h) })
}

func (c *importUndoCmd) undo(ctx context.Context, p *command.Program, h *hub.Hub) error {
	run, err := h.Importer().Undo(ctx, c.ID, c.By, writeProgress(p))
	if errors.Is(err, store.ErrNotFound) {
		return errNoRun
	}
	if err != nil {
		return explainInterrupted(run, err)
	}
	if p.JSON {
		return json.NewEncoder(p.Out).Encode(run)
	}
	return printRun(p, run)
}
