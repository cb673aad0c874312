package query

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"roadbook/schema"
	"roadbook/schema/catalogue"
	"roadbook/server/store"
	"roadbook/sync/clock"
	"roadbook/sync/tally"
	"roadbook/sync/wire"
)

// ReadYear reads the parameter year.
func ReadYear(text string) (int, error) {
	text = schema.CleanName(text)
	year, err := strconv.Atoi(text)
	if err != nil || len(text) != 4 || year < 1000 {
		return 0, badRequest("year 应为四位年份，如 2020", "year is a year in four digits, such as 2020")
	}
	return year, nil
}

// NoCatalogue refuses a question about a year without a catalogue. It unwraps to a *wire.Error for readers of any role.
type NoCatalogue struct {
	Year  int
	Years []int // with a catalogue, sorted
	From  int   // year whose catalogue HQ may adopt; 0: the year is not near the present
}

// noCatalogue is the refusal of a year.
func (q *Query) noCatalogue(year int) *NoCatalogue {
	e := &NoCatalogue{Year: year, Years: q.Years()}
	now := q.today().Year()
	if year < now-1 || year > now+1 || len(e.Years) == 0 {
		return e
	}
	e.From = e.Years[0]
	for _, y := range e.Years {
		if y < year {
			e.From = y
		}
	}
	return e
}

func (e *NoCatalogue) Error() string { return fmt.Sprintf("there is no catalogue for %d", e.Year) }

// Unwrap is the refusal for a reader who can't publish.
func (e *NoCatalogue) Unwrap() error { return e.refusal("", "") }

// ForHQ is the refusal for HQ: with the command.
func (e *NoCatalogue) ForHQ() *wire.Error {
	if e.From == 0 {
		return e.refusal("", "")
	}
	return e.refusal("。要沿用 "+strconv.Itoa(e.From)+" 年的，请在服务器上运行 "+e.Command(), ". To take over that of "+strconv.Itoa(e.From)+" run on the server: "+e.Command())
}

// Command is what HQ runs on the server; "" for a year far from the present.
func (e *NoCatalogue) Command() string {
	if e.From == 0 {
		return ""
	}
	return fmt.Sprintf("server catalogue adopt %d %d", e.From, e.Year)
}

func (e *NoCatalogue) refusal(zh, en string) *wire.Error {
	r := wire.Refuse(wire.CodeNoCatalogue, "")
	var years []string
	for _, y := range e.Years {
		years = append(years, strconv.Itoa(y))
	}
	year, list := strconv.Itoa(e.Year), strings.Join(years, ", ")
	if e.From == 0 {
		r.Message = schema.Text{ZH: "没有 " + year + " 年的指标目录", EN: "there is no catalogue for " + year}
	} else {
		r.Message = schema.Text{
			ZH: year + " 年尚无指标目录：该年的登记照常保存，机关发布目录后计入",
			EN: "there is no catalogue for " + year + " yet: what is recorded for that year is kept, and counts once HQ publishes one",
		}
	}
	r.Message.ZH += "。有目录的年度：" + list + zh
	r.Message.EN += ". Years with a catalogue: " + list + en
	return r
}

// Recorded counts what counts of a year's records, zero reports among them, whether or not the year has a catalogue.
func (q *Query) Recorded(ctx context.Context, year int) (n int64, err error) {
	ask := store.SumQuery{From: clock.Date(year, 1, 1), To: clock.Date(year, 12, 31)}
	for _, k := range q.cfg.Schema.Kinds() {
		ask.Measures = append(ask.Measures, deliveredMeasure+k.Name)
	}
	sums, err := withTimeout(ctx, q, func(ctx context.Context) ([]tally.Sum, error) { return q.cfg.Store.Sums(ctx, ask) })
	for _, s := range sums {
		n += s.Amount
	}
	return n, err
}

// Catalogue returns the catalogue version behind the Indicators of a year. NoCatalogue.
func (q *Query) Catalogue(year int) (*catalogue.Catalogue, error) {
	if cat := catalogue.ForYear(q.inForce.Load().all, year); cat != nil {
		return cat, nil
	}
	return nil, q.noCatalogue(year)
}

// Years returns the years with a catalogue, sorted.
func (q *Query) Years() []int { return catalogue.Years(q.inForce.Load().all) }
