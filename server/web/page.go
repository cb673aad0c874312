package web

import (
	"bytes"
	"errors"
	"net/http"
	"strings"

	"github.com/gofiber/fiber/v2"

	"roadbook/server/query"
	"roadbook/server/report"
	"roadbook/sync/wire"
)

// page is the result of a page's maker: a template's name and its data.
type page struct {
	name, title string
	data        any
	demo        bool
	status      int    // 0 = 200
	code        string // code of a shown refusal, for the answer's headers

	file *report.File // sent unchanged, instead of a page
}

// layout is the data of the layout template, which surrounds every page.
type layout struct {
	*pageRequest
	Name, Title string
	Demo        bool
	Data        any
	Warnings    []string // for signed-in users
}

// The layout's methods for templates, from its pageRequest.

func (f *layout) Lang() string {
	if f.lang == langEN {
		return "en"
	}
	return "zh-CN"
}

// MaySubmit reports whether the user may export the sheets for the finance bureau.
func (f *layout) MaySubmit() bool { return f.user != nil && isHQ(f.user) }

// Link is the address of a page about the same year, day and unit.
func (f *layout) Link(path string, pairs ...string) string { return f.link(path, pairs...) }

// OtherLanguage is the address of this page in the other language.
func (f *layout) OtherLanguage() string { return f.otherLanguage() }

// User is the signed-in user, or "".
func (f *layout) User() string {
	if f.user == nil {
		return ""
	}
	return f.user.User
}

// Department is the name of the department with these figures.
func (f *layout) Department() string {
	if f.catalogue == nil {
		return ""
	}
	return f.catalogue.Department.Name
}

// Year is the year of the page's figures.
func (f *layout) Year() string { return f.ask.Year }

// At is the day.
func (f *layout) At() string { return f.ask.At }

// Unit is the unit's code, "" for all.
func (f *layout) Unit() string { return f.ask.Unit }

// EmptyYear is the present year, if no catalogue is in force for it and the page is not about that year; else "".
func (f *layout) EmptyYear() string {
	if f.empty == f.ask.Year {
		return ""
	}
	return f.empty
}

// State is the state of the counts when the page was made, for comparison by the page's script; "" if the page does
// not follow the figures.
func (f *layout) State() string { return f.state }

// contentPolicy lets a page load its style sheet, icon and script from this server, and connect to this server only.
const contentPolicy = "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

func (w *Web) write(v *pageRequest, p page) error {
	var b bytes.Buffer
	f := &layout{pageRequest: v, Name: p.name, Title: p.title, Demo: p.demo, Data: p.data, Warnings: w.warnings(v)}
	if err := w.templates[v.lang][p.name].ExecuteTemplate(&b, "layout", f); err != nil {
		return err
	}
	status := p.status
	if status == 0 {
		status = http.StatusOK
	}
	if p.code == wire.CodeTooMany || p.code == wire.CodeBusy {
		v.c.Set(fiber.HeaderRetryAfter, "20")
	}
	v.c.Set(fiber.HeaderContentSecurityPolicy, contentPolicy)
	v.c.Set(fiber.HeaderReferrerPolicy, "same-origin") // "no-referrer" would remove the origin from our own forms
	v.c.Set(fiber.HeaderXFrameOptions, "DENY")
	v.c.Set(fiber.HeaderXContentTypeOptions, "nosniff")
	v.c.Set(fiber.HeaderCacheControl, "no-store")
	v.c.Set("Cross-Origin-Opener-Policy", "same-origin")
	v.c.Set(fiber.HeaderContentLanguage, f.Lang())
	v.c.Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
	return v.c.Status(status).Send(b.Bytes())
}

// warnings returns the server's warnings, for signed-in users only.
func (w *Web) warnings(v *pageRequest) (texts []string) {
	if v.user == nil || w.cfg.Warnings == nil {
		return nil
	}
	for _, text := range w.cfg.Warnings() {
		texts = append(texts, text.In(v.lang))
	}
	return texts
}

// errorData is the content of an error page.
type errorData struct {
	Status             int
	What, Advice, Code string
}

// refuse shows an error: the event, the remedy, and the code for support.
func (w *Web) refuse(v *pageRequest, err error) error {
	if missing, ok := errors.AsType[*query.NoCatalogue](err); ok {
		return w.writeEmptyYear(v, missing)
	}
	r := w.host.Refusal(err)
	if r.Code == wire.CodeInternal {
		w.cfg.Log.Error("page", "path", v.c.Path(), "err", err)
	}
	advice := "advice_" + r.Code
	if _, ok := words[advice]; !ok {
		advice = "advice_other"
	}
	v.state = "" // an error page has no figures to follow
	d := errorData{Status: r.HTTP(), What: r.Message.In(v.lang), Advice: v.word(advice), Code: r.Code}
	return w.write(v, page{name: "error", title: v.word("error"), data: d, status: r.HTTP(), code: r.Code})
}

// notFoundPage answers a browser's request for an unknown address with a page.
func (w *Web) notFoundPage(c *fiber.Ctx) error {
	err := c.Next()
	if err == nil || strings.HasPrefix(c.Path(), "/v1/") || !strings.Contains(c.Get(fiber.HeaderAccept), "text/html") {
		return err
	}
	if w.host.Refusal(err).Code != wire.CodeNotFound {
		return err
	}
	return w.public(func(*pageRequest) (page, error) { return page{}, err })(c)
}
