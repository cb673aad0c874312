package web

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"

	"roadbook/server/auth"
	"roadbook/sync/wire"
)

const (
	cookieSession = "roadbook_session"
	cookieLang    = "roadbook_lang"
	langAge       = 365 * 24 * 3600 // s
	home          = "/overview"
)

// signInData is the content of the sign-in page.
type signInData struct {
	Next, User string
	Trouble    string // a word's name, "" for none
	Wait       bool   // too many tries
}

func (w *Web) signInPage(v *pageRequest) (page, error) {
	d := signInData{Next: localPath(v.c.Query("next"))}
	if v.c.Query("expired") != "" {
		d.Trouble = "expired"
	}
	return page{name: "signin", title: v.word("signin"), data: d}, nil
}

// signIn takes the form. The form shows an error again, with the remedy.
func (w *Web) signIn(v *pageRequest) (page, error) {
	if err := w.checkOrigin(v.c); err != nil {
		return page{}, err
	}
	name, password, next := v.c.FormValue("user"), v.c.FormValue("password"), localPath(v.c.FormValue("next"))
	s, err := w.cfg.Auth.SignIn(v.ctx, v.c.IP(), name, password)
	if err == nil {
		v.c.Cookie(&fiber.Cookie{
			Name: cookieSession, Value: s.Token, Path: "/", MaxAge: s.ExpiresIn, HTTPOnly: true,
			SameSite: fiber.CookieSameSiteStrictMode, Secure: v.c.Secure(),
		})
		return page{}, redirect(next)
	}
	refusal := w.host.Refusal(err)
	d := signInData{Next: next, User: name, Trouble: "wrong_password"}
	switch refusal.Code {
	case wire.CodeUnauthorized:
	case wire.CodeTooMany:
		d.Trouble, d.Wait = "too_many_tries", true
	default:
		return page{}, err
	}
	return page{name: "signin", title: v.word("signin"), data: d, status: refusal.HTTP(), code: refusal.Code}, nil
}

// signOut deletes the cookie. The token stays valid until its expiry, or until a new password.
func (w *Web) signOut(v *pageRequest) (page, error) {
	if err := w.checkOrigin(v.c); err != nil {
		return page{}, err
	}
	v.c.Cookie(&fiber.Cookie{
		Name: cookieSession, Path: "/", MaxAge: -1, HTTPOnly: true,
		SameSite: fiber.CookieSameSiteStrictMode, Secure: v.c.Secure(),
	})
	return page{}, redirect("/signin")
}

// checkOrigin refuses a form sent from another server's page.
func (w *Web) checkOrigin(c *fiber.Ctx) error {
	from := c.Get(fiber.HeaderOrigin)
	if from == "" {
		from = c.Get(fiber.HeaderReferer)
	}
	u, err := url.Parse(from)
	if err != nil || u.Host == "" || !strings.EqualFold(u.Host, string(c.Request().Host())) {
		return wire.Refuse(wire.CodeForbidden, "")
	}
	return nil
}

// localPath is the target after signing in: a path of this server, else the overview.
func localPath(next string) string {
	u, err := url.Parse(next)
	if err != nil || u.Host != "" || u.Scheme != "" || u.User != nil || strings.ContainsAny(next, "\\\r\n\t") ||
		!strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.HasPrefix(next, "/sign") {
		return home
	}
	return next
}

// redirect is an error that sends the browser to another path.
type redirect string

func (r redirect) Error() string { return "see " + string(r) }

// guarded wraps a page for users with access. Other requests are redirected to the sign-in, or refused.
func (w *Web) guarded(maker func(*pageRequest) (page, error), options ...func(*pageRequest)) fiber.Handler {
	return w.public(func(v *pageRequest) (page, error) {
		for _, set := range options {
			set(v)
		}
		token := v.c.Cookies(cookieSession)
		if token == "" {
			return page{}, w.toSignIn(v, false)
		}
		who, err := w.cfg.Auth.Verify(v.ctx, token)
		if refusal, ok := errors.AsType[*wire.Error](err); ok && refusal.Code == wire.CodeUnauthorized {
			return page{}, w.toSignIn(v, true)
		}
		if err != nil {
			return page{}, err
		}
		if !mayView(who) {
			return page{}, wire.Refuse(wire.CodeForbidden, "")
		}
		v.user = who
		w.host.Known(v.c)
		leave, err := w.host.Enter()
		if err != nil {
			return page{}, err
		}
		defer leave()
		w.recordState(v)
		if err := v.readQuestion(w.cfg); err != nil {
			return page{}, err
		}
		return maker(v)
	})
}

func (w *Web) toSignIn(v *pageRequest, expired bool) error {
	q := url.Values{"next": {v.c.OriginalURL()}}
	if expired {
		q.Set("expired", "1")
	}
	if v.c.OriginalURL() == home && !expired {
		return redirect("/signin")
	}
	return redirect("/signin?" + q.Encode())
}

// mayView reports whether the token belongs to a user, of any role. A device may not view pages.
func mayView(who *auth.Principal) bool {
	if who.User == "" || who.Device != nil {
		return false
	}
	return who.Role == auth.RoleAdmin || who.Role == auth.RoleHQ || who.Role == auth.RoleViewer
}

// answer sends the result of a page's maker.
func (w *Web) answer(v *pageRequest, p page, err error) error {
	if to, ok := errors.AsType[redirect](err); ok {
		return v.c.Redirect(string(to), http.StatusSeeOther)
	}
	if err != nil {
		return w.refuse(v, err)
	}
	if p.file != nil {
		return w.sendFile(v, p.file)
	}
	if err := w.write(v, p); err != nil {
		return w.refuse(v, err)
	}
	return nil
}
