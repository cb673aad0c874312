package api

import (
	"github.com/gofiber/fiber/v2"

	"roadbook/server/auth"
	"roadbook/server/report"
)

// selfEvaluation exports a project's self-evaluation sheet, as a workbook or a page. The log keeps the user and the
// digest, by which a sheet can be recognised.
func (a *API) selfEvaluation(c *fiber.Ctx, who *auth.Principal) error {
	leave, err := a.reads.enter()
	if err != nil {
		return err
	}
	defer leave()
	ctx, cancel := a.within(a.cfg.ReadTime)
	defer cancel()
	ask := report.Question{Year: c.Query("year"), At: c.Query("at"), Project: c.Query("project")}
	s, err := report.Make(ctx, a.cfg.Query, ask, nil)
	if err != nil {
		return err
	}
	f, err := report.Render(s, c.Query("format"))
	if err != nil {
		return err
	}
	a.cfg.Log.Info("export", "request", requestID(c), "user", who.User, "path", c.Path(), "from", c.IP(), "file", f.Name, "digest", f.Digest)
	c.Set(fiber.HeaderContentType, f.Type)
	c.Set("X-Digest", "sha256:"+f.Digest)
	c.Set(fiber.HeaderCacheControl, "no-store")
	if c.Query("format") == report.FormatHTML {
		c.Set(fiber.HeaderContentSecurityPolicy, "default-src 'none'; style-src 'unsafe-inline'")
	} else {
		c.Set(fiber.HeaderContentDisposition, `attachment; filename="`+f.Name+`"`)
	}
	return c.Send(f.Body)
}
