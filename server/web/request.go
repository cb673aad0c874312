package web

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"roadbook/schema"
	"roadbook/schema/catalogue"
	"roadbook/server/auth"
	"roadbook/server/query"
	"roadbook/sync/clock"
)

// pageRequest is a request for a page.
type pageRequest struct {
	c         *fiber.Ctx
	ctx       context.Context //nolint:containedctx // lives as long as one request
	lang      string          // "zh" or "en"
	user      *auth.Principal // nil on the pages before the sign-in
	catalogue *catalogue.Catalogue
	ask       query.Question
	now       time.Time
	anyYear   bool   // the page says nothing of a year
	empty     string // the present year, if it has no catalogue; "" if it has
	state     string // state of the counts before the page was made; "" if the page does not follow
}

const (
	langZH = "zh"
	langEN = "en"
)

// public wraps a page's maker: it sets the language and a deadline, and sends the result.
func (w *Web) public(maker func(*pageRequest) (page, error)) fiber.Handler {
	return func(c *fiber.Ctx) error {
		ctx, cancel := context.WithTimeout(context.Background(), w.cfg.ReadTime)
		defer cancel()
		v := &pageRequest{c: c, ctx: ctx, lang: language(c), now: w.cfg.Now().In(clock.Shanghai)}
		p, err := maker(v)
		return w.answer(v, p, err)
	}
}

// language returns the language of ?lang=, which is remembered in a cookie, else the cookie's, else Chinese.
func language(c *fiber.Ctx) string {
	switch asked := c.Query("lang"); asked {
	case langZH, langEN:
		c.Cookie(&fiber.Cookie{
			Name: cookieLang, Value: asked, Path: "/", MaxAge: langAge, HTTPOnly: true,
			SameSite: fiber.CookieSameSiteLaxMode, Secure: c.Secure(),
		})
		return asked
	}
	if c.Cookies(cookieLang) == langEN {
		return langEN
	}
	return langZH
}

// ofAnyYear marks a page of a thing that has no year: a year without a catalogue does not keep the thing from being shown.
func ofAnyYear(v *pageRequest) { v.anyYear = true }

// readQuestion reads the year, day and unit of the page. Without a year, the day's year is taken; without a day, the current
// year if it has a catalogue, else the latest year with a catalogue; without a day, today, or the last day of a past year.
func (v *pageRequest) readQuestion(cfg Config) error {
	years, now := cfg.Query.Years(), v.now.Year()
	if !slices.Contains(years, now) {
		v.empty = strconv.Itoa(now)
	}
	v.ask = query.Question{Year: v.c.Query("year"), At: v.c.Query("at"), Unit: schema.CleanName(v.c.Query("unit"))}
	v.agreeOnYear(v.c.Query("was"))
	err := v.readYear(cfg, years)
	if err != nil && v.anyYear {
		v.ask.Year, v.ask.At = "", ""
		return v.readYear(cfg, years)
	}
	return err
}

// agreeOnYear lets the changed one of year and day decide, where a form sends both: was is the year before the change.
func (v *pageRequest) agreeOnYear(was string) {
	at, err := query.ReadDay(v.ask.At)
	if v.ask.At == "" || err != nil {
		return
	}
	year := strconv.Itoa(at.Year())
	switch {
	case v.ask.Year == "", was != "" && v.ask.Year == was:
		v.ask.Year = year
	case was != "" && v.ask.Year != year:
		v.ask.At = ""
	}
}

// readYear reads the year with its catalogue, and the day.
func (v *pageRequest) readYear(cfg Config, years []int) error {
	if v.ask.Year == "" {
		v.ask.Year = strconv.Itoa(defaultYear(years, v.now.Year()))
	}
	year, err := query.ReadYear(v.ask.Year)
	if err != nil {
		return err
	}
	v.ask.Year = strconv.Itoa(year)
	if v.catalogue, err = cfg.Query.Catalogue(year); err != nil {
		return err
	}
	at, err := v.readAt(year)
	v.ask.At = at.String()
	return err
}

// readAt is the day of the page.
func (v *pageRequest) readAt(year int) (clock.Day, error) {
	if v.ask.At != "" {
		return query.ReadDay(v.ask.At)
	}
	if today := clock.DayOf(v.now.UnixMilli()); today.Year() == year {
		return today, nil
	}
	return clock.Date(year, time.December, 31), nil
}

func defaultYear(years []int, now int) int {
	if slices.Contains(years, now) || len(years) == 0 {
		return now
	}
	return slices.Max(years)
}

// link is the address of a page about the same year, day and unit, changed by pairs of names and values.
func (v *pageRequest) link(path string, pairs ...string) string {
	q := url.Values{}
	for name, value := range map[string]string{"year": v.ask.Year, "at": v.ask.At, "unit": v.ask.Unit} {
		if value != "" {
			q.Set(name, value)
		}
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		q.Set(pairs[i], pairs[i+1])
		if pairs[i+1] == "" {
			q.Del(pairs[i])
		}
	}
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

// otherLanguage is the address of this page in the other language.
func (v *pageRequest) otherLanguage() string {
	path, raw, _ := strings.Cut(v.c.OriginalURL(), "?")
	q, err := url.ParseQuery(raw)
	if err != nil || v.c.Method() != fiber.MethodGet {
		q = url.Values{}
	}
	if q.Set("lang", langEN); v.lang == langEN {
		q.Set("lang", langZH)
	}
	return path + "?" + q.Encode()
}

func (v *pageRequest) word(name string) string { return word(v.lang, name) }

// checkpoint is a day for comparing actual figures with the plan.
type checkpoint struct {
	Name, Day string
	Chosen    bool
	Ahead     bool // in the future
}

// checkpoints returns the checkpoints of the catalogue, which names them as month ends: 10月底 is 31 October.
func (v *pageRequest) checkpoints() (out []checkpoint) {
	for _, name := range v.catalogue.PlanPoints {
		month, err := strconv.Atoi(strings.TrimSuffix(name, "月底"))
		if err != nil || month < 1 || month > 12 {
			continue
		}
		day := clock.Date(v.catalogue.Year, time.Month(month), 28)
		for !day.IsMonthEnd() {
			day = day.AddDays(1)
		}
		shown := name
		if v.lang == langEN {
			shown = strconv.Itoa(day.DayOfMonth()) + " " + day.Month().String()[:3]
		}
		out = append(out, checkpoint{
			Name: shown, Day: day.String(), Chosen: day.String() == v.ask.At, Ahead: day > clock.DayOf(v.now.UnixMilli()),
		})
	}
	return out
}
