package doubts_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"roadbook/schema"
	"roadbook/server/fleet"
	"roadbook/server/ingest"
	"roadbook/server/query"
	"roadbook/server/store"
	"roadbook/server/store/mongostore"
	"roadbook/server/store/mongostore/simdoc"
	"roadbook/sync/tally"
	"roadbook/sync/wire"
)

// TestRecount: a few people record, correct, void and link, frames come in any order, and the Follower works in between: in
// the end its rows equal a plain recount from the export.
func TestRecount(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s, err := mongostore.New(t.Context(), simdoc.New(nil), mongostore.Config{})
		must(t, err)
		if rapid.Bool().Draw(rt, "sqlite") {
			s := stores["sqlite"](t)
			defer func() { must(t, s.Close()) }()
			play(rt, s)
			return
		}
		play(rt, s)
	})
}

var segments = []string{"S1", "S2", "S3"}

// play has a small crowd act while a Follower follows.
func play(rt *rapid.T, s store.Store) {
	w := newWorld(rt, s)
	defer w.in.Close()
	devices := []*fleet.Device{w.device("a", "office-1", "hq"), w.device("b", "office-1", "hq"), w.device("c", "office-2", "hq")}
	kinds := map[wire.ObsID]string{}
	var records []wire.ObsID
	day := func() string { return fmt.Sprintf("2020-06-%02d", rapid.IntRange(1, 20).Draw(rt, "day")) }
	for range rapid.IntRange(5, 40).Draw(rt, "steps") {
		w.now = w.now.Add(time.Second)
		d := devices[rapid.IntRange(0, 2).Draw(rt, "who")]
		pick := func() wire.ObsID { return rapid.SampledFrom(records).Draw(rt, "record") }
		act := rapid.IntRange(0, 12).Draw(rt, "act")
		if len(records) == 0 {
			act = 0
		}
		switch act {
		case 0, 1, 2, 3:
			kind := rapid.SampledFrom([]string{"plate", "accident", "patrol"}).Draw(rt, "kind")
			id := w.create(d, kind, day(), typed(rt, kind))
			kinds[id], records, w.saved[id.String()] = kind, append(records, id), w.now
		case 4, 5:
			id := pick()
			w.save(d, wire.Amend, kinds[id], id.String(), []wire.ObsID{id}, typed(rt, kinds[id]))
		case 6:
			id := pick()
			w.save(d, wire.Void, kinds[id], id.String(), []wire.ObsID{id}, nil)
		case 7:
			a, b := pick(), pick()
			if kinds[a] == kinds[b] {
				_, _ = w.in.Do(rt.Context(), w.hq, ingest.Act{Act: wire.Link, Record: a.String(), With: b.String()}) // a record may not have come yet
			}
		case 8:
			_, _ = w.in.Do(rt.Context(), w.hq, ingest.Act{Act: wire.Separate, Record: pick().String()})
		case 9:
			w.lists[schema.ListSegment] = []schema.Entry{{Value: rapid.SampledFrom(segments).Draw(rt, "segment")}}
		case 10:
			w.push(d)
		case 11:
			if n := d.Waiting(); n > 0 { // the last lines come first
				w.send(d, d.Frame(d.Sent()+n-1, d.Sent()+n))
			}
		case 12:
			_, err := w.follow.Round(rt.Context())
			must(rt, err)
		}
	}
	for _, d := range devices {
		w.push(d)
	}
	w.settle(w.follow)
	w.want("at rest", w.recount()...)
}

func typed(rt *rapid.T, kind string) map[string]string {
	switch kind {
	case "plate":
		return map[string]string{"plate_number": rapid.SampledFrom([]string{"冀F00001", "冀F00002"}).Draw(rt, "number")}
	case "accident":
		return map[string]string{"case_number": rapid.SampledFrom([]string{"122-7", "122-8", "无"}).Draw(rt, "case")}
	}
	return map[string]string{"segment": rapid.SampledFrom(segments).Draw(rt, "segment")}
}

// exported is a record of the export, read for the recount.
type exported struct {
	query.Record
	fields map[string]any
	day    time.Time
	key    string // equal for two records of the same thing
	linked bool
}

// recount finds the doubts of all records from the export, by rules written down here once more.
func (w *world) recount() (lines []string) {
	w.t.Helper()
	q := query.New(query.Config{Store: w.store, Schema: schema.Default(), Catalogues: catalogues, Counter: tally.NewCounter(catalogues...), Now: w.clock})
	var all []exported
	must(w.t, q.Records(w.t.Context(), store.RecordQuery{}, false, func(r *query.Record) error {
		x := exported{Record: *r}
		if r.Complete && !r.Void {
			all = append(all, x.read())
		}
		return nil
	}))
	for i := range all {
		a := &all[i]
		if a.Kind == "patrol" && a.fields["segment"] != w.lists[schema.ListSegment][0].Value {
			lines = append(lines, a.ID+" unknown_segment")
		}
		rest := ""
		for j := range all {
			b := &all[j]
			pair := a.ID != b.ID && a.Kind == b.Kind
			if pair && a.key != "" && a.key == b.key && !a.linked && !b.linked {
				if !a.Counts && b.Counts {
					lines = append(lines, a.ID+" duplicate "+b.ID)
				}
				if a.Counts && (rest == "" || w.saved[b.ID].Before(w.saved[rest])) {
					rest = b.ID
				}
			}
			if !pair || !a.Counts || !b.Counts || a.Group == b.Group {
				continue
			}
			days := a.day.Sub(b.day).Abs().Hours() / 24
			if a.Kind == "plate" && a.fields["plate_number"] == b.fields["plate_number"] && days >= 1 && days <= 7 {
				lines = append(lines, a.ID+" near "+b.ID)
			}
			if number := a.fields["case_number"]; a.Kind == "accident" && number != "无" && number == b.fields["case_number"] {
				lines = append(lines, a.ID+" same_number "+b.ID)
			}
		}
		if rest != "" {
			lines = append(lines, a.ID+" repeated "+rest)
		}
	}
	return lines
}

func (x *exported) read() exported {
	if err := json.Unmarshal(x.Fields, &x.fields); err != nil {
		panic(err)
	}
	x.day, _ = time.Parse(time.DateOnly, x.Day)
	switch x.Kind {
	case "plate":
		x.key = fmt.Sprint("plate|02|", x.fields["plate_number"], "|register|", strings.ReplaceAll(x.Day, "-", ""))
	case "patrol":
		x.key = fmt.Sprint("patrol|", x.fields["segment"], "|early|", strings.ReplaceAll(fmt.Sprint(x.fields["shift_day"]), "-", ""))
	}
	x.linked = x.key != "" && x.Group != x.key
	return *x
}
