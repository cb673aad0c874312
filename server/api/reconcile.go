package api

import (
	"context"
	"errors"
	"maps"
	"mime/multipart"
	"slices"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"roadbook/schema"
	"roadbook/server/auth"
	"roadbook/server/imports"
	"roadbook/server/query"
	"roadbook/server/reconcile"
)

// Reconciler compares a table of the ministry's platform with the records.
type Reconciler interface {
	Run(ctx context.Context, q reconcile.Question) (*reconcile.Report, error)
}

// mostFindings bounds the findings of a class in an answer; the command server reconcile --out writes all of them.
const mostFindings = 5000

// reconcileAnswer is the answer to a table. Without Compared the table can't be read, and has faults.
type reconcileAnswer struct {
	*reconcile.Report
	Compared bool `json:"compared"`
}

// reconcile takes a form: file, year, and either kind or mapping; encoding, unit, adopt=1, adopt_unit and mark=1 as the command's flags.
func (a *API) reconcile(c *fiber.Ctx, who *auth.Principal) error {
	leave, err := a.enterTable()
	if err != nil {
		return err
	}
	defer leave()
	form, err := c.MultipartForm()
	if err != nil {
		return badRequest("应为 multipart/form-data 表单，含 file", "send a multipart/form-data form with a file")
	}
	ctx, cancel := a.within(importTime)
	defer cancel()
	q, err := a.readQuestion(ctx, form)
	if err != nil {
		return err
	}
	f, info, err := openFormFile(form, "file")
	if err != nil {
		return err
	}
	defer f.Close()
	q.By, q.File, q.Src, q.Size = who.User, info.Filename, readerWithin{ctx, f}, info.Size
	report, err := a.cfg.Reconcile.Run(ctx, q)
	broken := errors.Is(err, imports.ErrFaults)
	if broken && ctx.Err() != nil {
		return ctx.Err()
	}
	switch {
	case errors.Is(err, reconcile.ErrUnexplained): // the answer says how much
		a.cfg.Log.Error("reconciliation", "request", requestID(c), "err", err)
	case err != nil && !broken:
		return err
	}
	report.Limit(mostFindings)
	a.cfg.Log.Info("reconciliation", "request", requestID(c), "user", who.User, "digest", report.Digest, "kind", report.Kind, "year", report.Year,
		"difference", report.Difference, "adopt", q.Adopt, "mark", q.Mark)
	return c.JSON(reconcileAnswer{report, !broken})
}

// readQuestion reads the parts of the form. Unknown parts are refused: with a mistyped name more would be written, or less.
func (a *API) readQuestion(ctx context.Context, form *multipart.Form) (q reconcile.Question, err error) {
	given := slices.Concat(slices.Collect(maps.Keys(form.Value)), slices.Collect(maps.Keys(form.File)))
	slices.Sort(given)
	known := []string{"file", "mapping", "kind", "encoding", "year", "unit", "adopt", "adopt_unit", "mark"}
	if err := query.CheckNames(schema.Text{ZH: "表单项", EN: "part"}, given, known...); err != nil {
		return q, err
	}
	if q.Adopt, err = query.Flag("adopt", formValue(form, "adopt")); err != nil {
		return q, err
	}
	if q.Mark, err = query.Flag("mark", formValue(form, "mark")); err != nil {
		return q, err
	}
	if q.Year, err = strconv.Atoi(formValue(form, "year")); err != nil {
		return q, badRequest("year 应为年度，如 2020", "year is a year, as 2020")
	}
	if q.Mapping, err = comparisonMapping(form); err != nil {
		return q, err
	}
	if q.Unit, _, err = a.cfg.Query.Selection(ctx, schema.CleanName(formValue(form, "unit")), ""); err != nil {
		return q, err
	}
	q.AdoptUnit, _, err = a.cfg.Query.Selection(ctx, schema.CleanName(formValue(form, "adopt_unit")), "")
	return q, err
}

// comparisonMapping reads the form's mapping, or makes the one of its kind.
func comparisonMapping(form *multipart.Form) (*imports.Mapping, error) {
	if len(form.File["mapping"]) > 0 || formValue(form, "mapping") != "" {
		return formMapping(form)
	}
	name := formValue(form, "kind")
	if !slices.Contains(reconcile.Kinds, name) {
		return nil, badRequest("kind 应为 plate、enforcement 或 accident", "kind is plate, enforcement or accident")
	}
	m, err := imports.ComparisonMapping(schema.Default(), name)
	if err != nil {
		return nil, badRequest(err.Error(), err.Error())
	}
	return inFormEncoding(m, form)
}
