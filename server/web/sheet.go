package web

import (
	"github.com/gofiber/fiber/v2"

	"roadbook/server/auth"
	"roadbook/server/report"
	"roadbook/sync/wire"
)

// sheetPolicy lets the printable sheet use its own style and nothing else.
const sheetPolicy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"

// isHQ reports whether the user may export the sheets for the finance bureau, and see which devices are silent.
func isHQ(who *auth.Principal) bool {
	return who.Role == auth.RoleAdmin || who.Role == auth.RoleHQ
}

// sheet is a project's self-evaluation sheet, for printing or as a workbook. The log keeps the user and the digest.
func (w *Web) sheet(v *pageRequest) (page, error) {
	if !isHQ(v.user) {
		return page{}, wire.Refuse(wire.CodeForbidden, "")
	}
	format := v.c.Query("format", report.FormatHTML)
	s, err := report.Make(v.ctx, w.cfg.Query, report.Question{Year: v.ask.Year, At: v.ask.At, Project: v.c.Params("code")}, nil)
	if err != nil {
		return page{}, err
	}
	f, err := report.Render(s, format)
	if err != nil {
		return page{}, err
	}
	w.cfg.Log.Info("export", "user", v.user.User, "path", v.c.Path(), "from", v.c.IP(), "file", f.Name, "digest", f.Digest)
	return page{file: f}, nil
}

func (w *Web) sendFile(v *pageRequest, f *report.File) error {
	v.c.Set(fiber.HeaderContentSecurityPolicy, sheetPolicy)
	v.c.Set(fiber.HeaderXContentTypeOptions, "nosniff")
	v.c.Set(fiber.HeaderCacheControl, "no-store")
	v.c.Set("X-Digest", "sha256:"+f.Digest)
	v.c.Set(fiber.HeaderContentType, f.Type)
	if v.c.Query("format") == report.FormatXLSX {
		v.c.Set(fiber.HeaderContentDisposition, `attachment; filename="`+f.Name+`"`)
	}
	return v.c.Send(f.Body)
}
