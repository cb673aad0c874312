package imports_test

import (
	"context"
	"encoding/json"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"roadbook/schema"
	"roadbook/schema/catalogue"
	"roadbook/server/imports"
	"roadbook/server/ingest"
	"roadbook/server/query"
	"roadbook/sync/tally"
	"roadbook/sync/wire"
)

// withFigures gives the importer the questions that an outlook asks.
func withFigures(w *world) *query.Query {
	w.t.Helper()
	all, err := catalogue.Embedded(schema.Default())
	if err != nil {
		w.t.Fatal(err)
	}
	none := func(context.Context) ([]query.DeliveringDevice, error) { return nil, nil }
	w.im.Query = query.New(query.Config{
		Store: w.store, Schema: schema.Default(), Catalogues: all, Counter: tally.NewCounter(all...), DeliveringDevices: none, Now: w.tick,
	})
	return w.im.Query
}

// namedMapping is the standard mapping of a kind under an importer's own name.
func namedMapping(t testing.TB, kind, name string) *imports.Mapping {
	t.Helper()
	text, err := imports.Template(schema.Default(), kind)
	if err != nil {
		t.Fatal(err)
	}
	return load(t, strings.Replace(text, "name: "+kind, "name: "+name, 1))
}

// foretell asks for the outlook of a table, imports the table, and compares what was foretold with what happened.
func foretell(w *world, m *imports.Mapping, table string) *imports.Outlook {
	w.t.Helper()
	q := withFigures(w)
	b := imports.Read(m, "table.csv", []byte(table))
	if len(b.Faults) > 0 {
		w.t.Fatalf("faults: %v", b.Faults)
	}
	stored := w.counts()
	out, err := w.im.Outlook(w.t.Context(), b, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	if now := w.counts(); now != stored {
		w.t.Errorf("the outlook wrote: %+v, before %+v", now, stored)
	}
	before := tables(w, q)
	run, err := w.im.Import(w.t.Context(), b, imports.Options{By: "zhou"})
	if err != nil {
		w.t.Fatal(err)
	}
	var happened []query.Change
	for i, now := range tables(w, q) {
		happened = append(happened, query.Compare(before[i], now)...)
	}
	if want, got := inJSON(w.t, happened), inJSON(w.t, out.Effects); len(happened)+len(out.Effects) > 0 && want != got {
		w.t.Errorf("foretold:\n%s\nhappened:\n%s\ntable:\n%s", got, want, table)
	}
	if (len(out.Effects) == 0) != (out.WhyNone != nil) {
		w.t.Errorf("%d effects, and why there are none: %v", len(out.Effects), out.WhyNone)
	}
	done, planned := run.Changes, out.Changes
	done.Quarantined, done.Voided, planned.Voided = 0, 0, 0
	if planned != done {
		w.t.Errorf("foretold %+v, happened %+v", out.Changes, done)
	}
	return out
}

func tables(w *world, q *query.Query) []*query.Indicators {
	w.t.Helper()
	all, err := q.Over(w.store).Tables(w.t.Context(), 0)
	if err != nil {
		w.t.Fatal(err)
	}
	return all
}

func inJSON(t testing.TB, v any) string {
	t.Helper()
	text, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// said lists the codes of remarks with the rows named.
func said(out *imports.Outlook) string {
	var all []string
	for _, r := range out.Remarks {
		var rows []string
		for _, e := range r.Examples {
			for _, row := range e.Rows {
				rows = append(rows, strconv.Itoa(row))
			}
		}
		all = append(all, r.Code+" "+strings.Join(rows, ","))
	}
	return strings.Join(all, "; ")
}

// effect is a figure's value before and after, "" for none.
func effect(out *imports.Outlook, year int, id string) string {
	value := func(s *string) string {
		if s == nil {
			return "-"
		}
		return *s
	}
	for _, c := range out.Effects {
		if c.Year == year && c.ID == id {
			return value(c.Before.Value) + " → " + value(c.After.Value)
		}
	}
	return ""
}

// case of a clerk's table that does not do what the clerk thinks.
type surprise struct {
	name     string
	kind     string
	earlier  map[string]string // tables of another importer, by kind
	table    string
	said     string
	counting int
	text     string // in a remark
	row      string // a figure of 2020
	effect   string
}

const (
	plateHead    = "unit,occurred_at,plate_type,plate_number,business,sets\n"
	accidentHead = "unit,occurred_at,source_key,platform_number,severity,procedure,dead,closed_at\n"
	baselineHead = "unit,measure,period_from,period_to,number\n"
	unitHead     = "unit,code,name,parent,unit_type,from_day\n"
	unitRows     = unitHead + "hq,office-1,一所,,vehicle_office,2019-01-01\nhq,squad-1,一中队,,accident_squad,2019-01-01\n"
)

var surprises = []surprise{{
	name: "plates that the counter has recorded", kind: "plate",
	earlier: map[string]string{"plate": plateHead + "office-1,2020-03-01 09:00,02,冀F8K2M6,register,1\n"},
	table:   plateHead + "office-1,2020-03-01 15:00,02,冀F8K2M6,register,1\noffice-1,2020-03-02 15:00,02,冀F8K2M7,register,1\n",
	said:    "same_key_in_store 2", counting: 1, row: "P5-1", effect: "1 → 2",
}, {
	name: "one accident under two serial numbers", kind: "accident",
	table: accidentHead + "squad-1,2020-03-01 09:00,1,A1234567,property,simple,0,2020-03-02\nsquad-1,2020-03-01 09:05,2,A1234567,property,simple,0,\nsquad-1,2020-04-01 09:05,3,A1234569,property,simple,0,\n",
	said:  "same_key_in_file 3", counting: 2,
}, {
	name: "a unit that no list knows", kind: "plate",
	earlier: map[string]string{"unit_entry": unitRows},
	table:   plateHead + "office1,2020-03-01 15:00,02,冀F8K2M6,register,1\noffice1,2020-03-02 15:00,02,冀F8K2M7,register,1\n",
	said:    "unknown_unit 2,3", counting: 0, row: "P5-1", effect: "0 → 2",
}, {
	name: "a measure by its everyday name", kind: "baseline",
	table: baselineHead + "hq,事故数,2020-03-01,2020-03-31,12\n",
	said:  "unknown_measure 2", counting: 0, text: "最接近：accident_counted 计入的交通事故",
}, {
	name: "a month twice, once in halves", kind: "baseline",
	table: baselineHead + "hq,accident_counted,2020-03-01,2020-03-31,12\nhq,accident_counted,2020-03-01,2020-03-15,5\n",
	said:  "baseline_falls 3", counting: 1,
}, {
	name: "the brigade's number over the units'", kind: "baseline",
	earlier: map[string]string{"baseline": baselineHead + "squad-1,accident_counted,2020-03-01,2020-03-31,7\n", "unit_entry": unitRows},
	table:   baselineHead + "hq,accident_counted,2020-03-01,2020-03-31,12\n",
	said:    "baseline_fells 2", counting: 1,
}, {
	name: "halves of a month at a unit that no list knows", kind: "baseline",
	earlier: map[string]string{"unit_entry": unitRows},
	table:   baselineHead + "squad1,accident_counted,2020-03-01,2020-03-31,12\nsquad1,accident_counted,2020-03-01,2020-03-15,5\n",
	said:    "unknown_unit 2,3; baseline_falls 3", counting: 0,
}, {
	name: "a business that no indicator counts", kind: "count",
	table: "unit,what,period_from,period_to,number,source_system\nhq,~远程体检,2020-03-01,2020-03-31,12,s\n",
	said:  "unread_measure 2", counting: 0,
}, {
	name: "last century's year", kind: "plate",
	table: plateHead + "office-1,2010-03-01 15:00,02,冀F8K2M6,register,1\n",
	said:  "no_targets 2", counting: 0,
}, {
	name: "a plan over what a unit has finished", kind: "task",
	earlier: map[string]string{"task": "unit,project,task,due_on,done_at\nsquad-1,451-0401-YZN-RX4L,t1,2020-05-01,2020-03-01\n"},
	table:   "unit,project,task,due_on,done_at\nhq,451-0401-YZN-RX4L,t1,2020-05-01,\n",
	said:    "replaces 2", counting: 1,
}, {
	name: "a county's numbers for a month that has some", kind: "offsite",
	earlier: map[string]string{"offsite": "unit,period_from,period_to,road_type,number,source_system\nhq,2020-03-01,2020-03-31,22,100,s\n"},
	table:   "unit,period_from,period_to,road_type,number,source_system\nhq,2020-03-01,2020-03-31,22,120,s\nhq,2020-04-01,2020-04-30,22,80,s\n",
	said:    "replaces 2", counting: 2,
}, {
	name: "answers of people whom somebody has typed", kind: "survey",
	earlier: map[string]string{"survey": surveyHead + "office-1,2020-03-01 09:00,S1,1,451-0401-YZN-RX4L,petition,satisfied\n"},
	table:   surveyHead + "office-1,2020-03-01 09:00,S1,1,451-0401-YZN-RX4L,petition,dissatisfied\noffice-1,2020-03-01 09:00,S1,2,451-0401-YZN-RX4L,petition,satisfied\n",
	said:    "same_key_in_store 2", counting: 1,
}, {
	name: "units that stand below nobody", kind: "unit_entry",
	earlier: map[string]string{"unit_entry": unitRows, "baseline": baselineHead + "squad-1,accident_counted,2020-03-01,2020-03-31,7\n"},
	table:   unitHead + "hq,squad-1,一中队,squad-9,accident_squad,2020-01-01\n",
	said:    "unknown_unit 2", counting: 0,
}}

const surveyHead = "unit,occurred_at,survey,serial,project,topic,grade\n"

// Ten ways, and some more, in which a table does not do what its author thinks: the outlook says so, and each figure is
// afterwards as foretold, on every store.
func TestSurprises(t *testing.T) {
	for _, s := range surprises {
		t.Run(s.name, func(t *testing.T) {
			eachStore(t, func(t *testing.T, w *world) {
				for kind, table := range s.earlier {
					w.importTable(namedMapping(t, kind, "earlier"), table)
				}
				out := foretell(w, namedMapping(t, s.kind, "clerk"), s.table)
				if got := said(out); got != s.said || out.Counting != s.counting {
					t.Errorf("said: %q, want %q; %d count, want %d\n%s", got, s.said, out.Counting, s.counting, inJSON(t, out))
				}
				if !strings.Contains(inJSON(t, out), s.text) {
					t.Errorf("nobody says %q:\n%s", s.text, inJSON(t, out.Remarks))
				}
				if got := effect(out, 2020, s.row); s.row != "" && got != s.effect {
					t.Errorf("%s: %q, want %q\n%s", s.row, got, s.effect, inJSON(t, out.Effects))
				}
			})
		})
	}
}

// A table that nobody changed foretells nothing, and says why; its rows count as before.
func TestOutlookOfTheSameTable(t *testing.T) {
	eachStore(t, func(t *testing.T, w *world) {
		m := namedMapping(t, "plate", "clerk")
		table := plateHead + "office-1,2020-03-01 15:00,02,冀F8K2M6,register,1\n"
		foretell(w, m, table)
		out := foretell(w, m, table)
		if out.Counting != 1 || out.Changes.Unchanged != 1 || out.WhyNone == nil || !strings.Contains(out.WhyNone.ZH, "没有变化") {
			t.Error(inJSON(t, out))
		}
		other := foretell(w, m, strings.Replace(table, "register", "renew", 1))
		if !reflect.DeepEqual(other.Remarks, []imports.Remark{}) {
			t.Error(inJSON(t, other))
		}
	})
}

// HQ has corrected and voided what the clerk imports again: the clerk learns of both, and the figures follow HQ's acts.
func TestOutlookAfterHQ(t *testing.T) {
	eachStore(t, func(t *testing.T, w *world) {
		m := namedMapping(t, "survey", "clerk")
		const one, two = "office-1,2020-03-01 09:00,S1,1,451-0401-YZN-RX4L,petition,", "office-1,2020-03-01 09:00,S1,2,451-0401-YZN-RX4L,petition,"
		foretell(w, m, surveyHead+one+"satisfied\n"+two+"fair\n")
		for _, v := range w.views("survey") {
			act := ingest.Act{Act: wire.Amend, Record: v.Record, Kind: "survey", Fields: []byte(`{"grade":"dissatisfied"}`)}
			if text(v, "grade") == `"fair"` {
				act = ingest.Act{Act: wire.Void, Record: v.Record, Reason: "重复"}
			}
			a, err := w.in.Do(t.Context(), w.hq, act)
			if err != nil || a.Results[0].Status == wire.Quarantined {
				t.Fatal(err, a.Results)
			}
		}
		out := foretell(w, m, surveyHead+one+"very_satisfied\n"+two+"fair\n")
		if got := said(out); got != "void 3; corrected 2" || out.Counting != 1 || out.Changes.Amended != 1 {
			t.Errorf("%q\n%s", got, inJSON(t, out))
		}
	})
}

// A budget that is amended changes the money of its project and no sum.
func TestOutlookOfMoney(t *testing.T) {
	eachStore(t, func(t *testing.T, w *world) {
		m := namedMapping(t, "budget", "clerk")
		const head = "unit,occurred_at,project,adjusted_fen\nhq,2020-03-01 09:00,451-0401-YZN-RX4L,"
		foretell(w, namedMapping(t, "expenditure", "clerk"), "unit,occurred_at,project,voucher,amount_fen\nhq,2020-05-01 09:00,451-0401-YZN-RX4L,v1,2500\n")
		foretell(w, m, head+"10000\n")
		out := foretell(w, m, head+"5000\n")
		if got := effect(out, 2020, "budget:451-0401-YZN-RX4L"); got != "25 → 50" {
			t.Errorf("%q\n%s", got, inJSON(t, out))
		}
	})
}
