package api

import (
	"context"
	"errors"
	"io"
	"maps"
	"mime/multipart"
	"slices"
	"time"

	"github.com/gofiber/fiber/v2"

	"roadbook/schema"
	"roadbook/server/auth"
	"roadbook/server/imports"
	"roadbook/server/query"
)

// Importer imports tables as lines.
type Importer interface {
	Owners(ctx context.Context, m *imports.Mapping) (*imports.Owners, error)
	Outlook(ctx context.Context, b *imports.Batch, progress func(done, of int)) (*imports.Outlook, error)
	Count(ctx context.Context, b *imports.Batch, progress func(done, of int)) (*imports.Outlook, error)
	Import(ctx context.Context, b *imports.Batch, opt imports.Options) (*imports.Run, error)
	Undo(ctx context.Context, run, by string, progress func(done, of int)) (*imports.Run, error)
	Runs(ctx context.Context) ([]imports.Run, error)
}

const (
	maxTable   = 64 << 20 // bytes of a table and its mapping; larger files go through the command server import
	importTime = 10 * time.Minute
)

// importAnswer is the answer to a table: the findings, the lines written, and with accept_valid a file of the
// rejected rows (base 64 in JSON).
type importAnswer struct {
	imports.Preview
	Imported    bool   `json:"imported"`
	Rejects     []byte `json:"rejects,omitempty"`
	RejectsName string `json:"rejects_name,omitempty"`
}

// importTable takes a form: file, and either mapping (a file, or the name of a built-in mapping) or kind. dry_run=1
// only checks and foretells; accept_valid=1 imports the rows without faults. A table with faults is answered with the list of all
// faults, not refused.
func (a *API) importTable(c *fiber.Ctx, who *auth.Principal) error {
	leave, err := a.enterTable()
	if err != nil {
		return err
	}
	defer leave()
	form, err := c.MultipartForm()
	if err != nil {
		return badRequest("应为 multipart/form-data 表单，含 file", "send a multipart/form-data form with a file")
	}
	flags, err := formFlags(form)
	if err != nil {
		return err
	}
	mapping, err := formMapping(form)
	if err != nil {
		return err
	}
	f, info, err := openFormFile(form, "file")
	if err != nil {
		return err
	}
	defer f.Close()
	ctx, cancel := a.within(importTime)
	defer cancel()
	owners, err := a.cfg.Import.Owners(ctx, mapping)
	if err != nil {
		return err
	}
	b := imports.ReadFrom(mapping.WithOwners(owners), info.Filename, readerWithin{ctx, f}, info.Size)
	if err := ctx.Err(); err != nil {
		return err
	}
	out := importAnswer{Preview: b.Preview()}
	switch {
	case flags.dryRun && !b.Broken:
		var o *imports.Outlook
		o, err = a.cfg.Import.Outlook(ctx, b, nil)
		out.SetOutlook(o)
	case !b.Importable(flags.acceptValid):
	default:
		out.Run, err = a.cfg.Import.Import(ctx, b, imports.Options{By: who.User, AcceptValid: flags.acceptValid, Rejects: out.rejectsWriter(b)})
		out.Imported = err == nil
		a.countRows(ctx, &out, b)
	}
	if err != nil {
		return err
	}
	a.cfg.Log.Info("import", "request", requestID(c), "user", who.User, "digest", b.Digest, "importer", mapping.Name,
		"rows", b.Total, "faulty", b.Faulty, "imported", out.Imported)
	return c.JSON(out)
}

// countRows adds which rows of an import count. The import stands without an answer to that.
func (a *API) countRows(ctx context.Context, out *importAnswer, b *imports.Batch) {
	if !out.Imported {
		return
	}
	o, err := a.cfg.Import.Count(ctx, b, nil)
	if err != nil {
		a.cfg.Log.Warn("import", "counting", err)
	}
	out.SetOutlook(o)
}

// rejectsWriter puts the faulty rows into the answer.
func (i *importAnswer) rejectsWriter(b *imports.Batch) func(string, []byte) (string, error) {
	return func(run string, content []byte) (string, error) {
		i.Rejects, i.RejectsName = content, b.RejectsName(run)
		return i.RejectsName, nil
	}
}

// importFlags are a form's choices.
type importFlags struct{ dryRun, acceptValid bool }

// formFlags checks the names of all parts: with a mistyped dry_run the table would be imported.
func formFlags(form *multipart.Form) (f importFlags, err error) {
	given := slices.Concat(slices.Collect(maps.Keys(form.Value)), slices.Collect(maps.Keys(form.File)))
	slices.Sort(given)
	if err := query.CheckNames(schema.Text{ZH: "表单项", EN: "part"}, given, "file", "mapping", "kind", "encoding", "dry_run", "accept_valid"); err != nil {
		return f, err
	}
	if f.dryRun, err = query.Flag("dry_run", formValue(form, "dry_run")); err != nil {
		return f, err
	}
	f.acceptValid, err = query.Flag("accept_valid", formValue(form, "accept_valid"))
	return f, err
}

func formValue(form *multipart.Form, name string) string {
	if v := form.Value[name]; len(v) > 0 {
		return v[0]
	}
	return ""
}

// formMapping reads a form's mapping.
func formMapping(form *multipart.Form) (m *imports.Mapping, err error) {
	s := schema.Default()
	switch named, kind := formValue(form, "mapping"), formValue(form, "kind"); {
	case len(form.File["mapping"]) > 0:
		name, data, wrong := formFile(form, "mapping")
		if wrong != nil {
			return nil, wrong
		}
		m, err = imports.Load(data, name, s)
	case named != "":
		m, err = imports.Embedded(s, named)
	case kind != "":
		m, err = imports.StandardMapping(s, kind)
	default:
		return nil, badRequest("缺少 mapping 或 kind", "mapping or kind is missing")
	}
	if err != nil {
		return nil, badRequest(err.Error(), err.Error())
	}
	return inFormEncoding(m, form)
}

// inFormEncoding gives a mapping the encoding that the form names.
func inFormEncoding(m *imports.Mapping, form *multipart.Form) (*imports.Mapping, error) {
	m, ok := m.WithEncoding(formValue(form, "encoding"))
	if !ok {
		return nil, badRequest("encoding 应为 utf-8、gb18030、utf-16、latin-1 之一", "encoding is utf-8, gb18030, utf-16 or latin-1")
	}
	return m, nil
}

// openFormFile opens a form's file where it is: no further copy in memory.
func openFormFile(form *multipart.Form, part string) (multipart.File, *multipart.FileHeader, error) {
	files := form.File[part]
	if len(files) != 1 {
		return nil, nil, badRequest("缺少文件 "+part, "the file "+part+" is missing")
	}
	f, err := files[0].Open()
	return f, files[0], err
}

func formFile(form *multipart.Form, part string) (name string, data []byte, err error) {
	f, info, err := openFormFile(form, part)
	if err != nil {
		return "", nil, err
	}
	data, err = io.ReadAll(f)
	return info.Filename, data, errors.Join(err, f.Close())
}

// importRuns lists the imports.
func (a *API) importRuns(c *fiber.Ctx, _ *auth.Principal) error {
	return a.read(c, func(ctx context.Context) (any, error) {
		runs, err := a.cfg.Import.Runs(ctx)
		return fiber.Map{"runs": append([]imports.Run{}, runs...)}, err
	})
}

// undoImport undoes an import run.
func (a *API) undoImport(c *fiber.Ctx, who *auth.Principal) error {
	leave, err := a.enterTable()
	if err != nil {
		return err
	}
	defer leave()
	ctx, cancel := a.within(importTime)
	defer cancel()
	run, err := a.cfg.Import.Undo(ctx, c.Params("run"), who.User, nil)
	if errors.Is(err, imports.ErrUndone) {
		return badRequest("撤销本身不能再撤销，重新导入即可恢复", "an undo can't be undone: import the file again")
	}
	if err != nil {
		return err
	}
	a.cfg.Log.Info("import undone", "request", requestID(c), "user", who.User, "run", c.Params("run"))
	return c.JSON(run)
}
