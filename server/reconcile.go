package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"roadbook/schema"
	"roadbook/server/command"
	"roadbook/server/hub"
	"roadbook/server/imports"
	"roadbook/server/reconcile"
	"roadbook/sync/durable"
)

type reconcileCmd struct {
	File      string `arg:"" type:"path" help:"平台导出的 CSV 或 XLSX 表 · the platform's table, CSV or XLSX"`
	Kind      string `help:"plate（号牌）、enforcement（现场执法）、accident（事故） · the kind: plate, enforcement, accident" placeholder:"KIND"`
	Mapping   string `help:"表头与字段名不同时的映射文件 · mapping file, if the header has other names than the fields" placeholder:"FILE"`
	Encoding  string `help:"CSV 的编码：utf-8、gb18030、utf-16、latin-1；缺省按内容判断 · encoding of a CSV file; by its content if not said" placeholder:"NAME"`
	Year      int    `help:"年度，必填 · the year, needed" placeholder:"YEAR"`
	Unit      string `help:"表只含这一个单位：代码或名称；缺省全部单位 · the table is of this unit alone, by code or name; of all units if not said" placeholder:"UNIT"`
	Adopt     bool   `env:"-" help:"接收只在平台的：导入为登记 · take over what is only there, as an import"`
	AdoptUnit string `env:"-" help:"表中没有写单位的行记入这个单位 · the unit of adopted rows that name none" placeholder:"UNIT"`
	Mark      bool   `env:"-" help:"在只在此处的记录的备注中标明平台没有 · say in the remark of what is only here that the platform lacks it"`
	Out       string `type:"path" help:"完整清单写入文件，.csv 或 .xlsx · write the whole list into a file, .csv or .xlsx" placeholder:"FILE"`
	Show      int    `help:"每类在屏幕上列出的件数，0 到 1000 · findings of each class to print, 0 to 1000" default:"10"`
	importedBy
}

// Help explains the dry run.
func (*reconcileCmd) Help() string {
	return "不加 --adopt、--mark 时只核对，不写入；写入的可用 server import undo 撤销。\nWithout --adopt and --mark nothing is written; server import undo takes back what was."
}

var (
	errNoKind   = command.Usage("请用 --kind 指明种类：plate、enforcement 或 accident · name a kind with --kind: plate, enforcement or accident")
	errNoYear   = command.Usage("请用 --year 指明年度，如 --year 2020 · name a year with --year, as --year 2020")
	errListName = command.Usage("--out 的文件名应以 .csv 或 .xlsx 结尾 · the file of --out ends in .csv or .xlsx")
)

// mapping reads the mapping of the flags.
func (c *reconcileCmd) mapping() (*imports.Mapping, error) {
	if c.Mapping != "" {
		m, err := (&importFileCmd{Mapping: c.Mapping}).mapping()
		if err == nil && c.Kind != "" && c.Kind != m.Kind.Name {
			err = command.Usage("映射的种类是 " + m.Kind.Name + "，不是 " + c.Kind + " · the mapping is of the kind " + m.Kind.Name + ", not " + c.Kind)
		}
		return m, err
	}
	kind, ok := schema.Default().FindKind(c.Kind)
	if !ok || !slices.Contains(reconcile.Kinds, kind.Name) {
		return nil, errNoKind
	}
	m, err := imports.ComparisonMapping(schema.Default(), kind.Name)
	if err != nil {
		return nil, command.Usage(err.Error())
	}
	return m, nil
}

// Run compares a table with the records here, and takes over what the flags ask for.
func (c *reconcileCmd) Run(ctx context.Context, p *command.Program) error {
	switch ext := strings.ToLower(filepath.Ext(c.Out)); {
	case c.Year == 0:
		return errNoYear
	case c.Out != "" && ext != ".csv" && ext != ".xlsx":
		return errListName
	}
	if err := command.CheckRange("--show", c.Show, 0, 1000); err != nil {
		return err
	}
	m, err := c.mapping()
	if err != nil {
		return err
	}
	m, ok := m.WithEncoding(c.Encoding)
	if !ok {
		return errNoEncoding
	}
	file, err := command.OpenFile(c.File, imports.MaxFile, errTooBig)
	if err != nil {
		return err
	}
	defer file.Close()
	q := reconcile.Question{
		Scope: reconcile.Scope{Year: c.Year}, Mapping: m, File: c.File, Src: file, Size: file.Size, Adopt: c.Adopt, Mark: c.Mark, By: c.By,
	}
	const hint = "请停止服务器后再核对，或用 POST /v1/reconciliations 上传 / stop the server first, or send the file to POST /v1/reconciliations"
	return p.WithHub(ctx, hint, func(h *hub.Hub) error {
		var err error
		if q.Unit, _, err = h.Query().Selection(ctx, schema.CleanName(c.Unit), ""); err != nil {
			return err
		}
		if q.AdoptUnit, _, err = h.Query().Selection(ctx, schema.CleanName(c.AdoptUnit), ""); err != nil {
			return err
		}
		report, err := h.Reconciler().Run(ctx, q)
		return errors.Join(c.print(p, report), err)
	})
}

// print writes the report, and the whole list into a file.
func (c *reconcileCmd) print(p *command.Program, r *reconcile.Report) error {
	switch {
	case r == nil:
		return nil
	case p.JSON:
		if err := json.NewEncoder(p.Out).Encode(r); err != nil {
			return err
		}
	case len(r.Sums) == 0:
		for _, f := range r.Faults {
			fmt.Fprintln(p.Out, f)
		}
		return nil
	default:
		r.Print(p.Out, c.Show)
	}
	if c.Out == "" {
		return nil
	}
	content, err := r.List(strings.EqualFold(filepath.Ext(c.Out), ".xlsx"))
	if err != nil {
		return err
	}
	if err := durable.WriteFile(c.Out, content); err != nil {
		return err
	}
	fmt.Fprintf(p.Err, "完整清单存于 · the whole list is in %s\n", c.Out)
	return nil
}
