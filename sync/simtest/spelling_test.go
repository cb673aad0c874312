package simtest

import (
	"slices"
	"testing"

	"roadbook/client/localdb"
	"roadbook/schema"
	"roadbook/server/store"
	"roadbook/sync/merge"
	"roadbook/sync/wire"
)

// A client that cleans nothing saves texts as they were typed. The device shows the values that the server keeps, those
// written here by hand, and the line comes back as signed.
func TestSpellingsOnBothSides(t *testing.T) {
	for _, name := range []string{"sqlite", "mongo"} {
		t.Run(name, func(t *testing.T) {
			s := calmWorld(t, name, 1)
			d := s.devices[2] // an officer's, of window-1
			saved, err := d.db.Save(bg, localdb.Draft{Act: wire.Create, Kind: "accident", Officer: "01234", Fields: spelled()})
			if err != nil {
				t.Fatal(err)
			}
			said := d.line(saved.ID)
			s.sync(d)
			shown, err := d.db.Show(bg, saved.Record)
			if err != nil {
				t.Fatal(err)
			}
			kept := s.view(saved.Record)
			if !slices.Equal(shown.View.Fields, kept.Fields) || shown.View.Group != kept.Group {
				t.Errorf("the device shows %v\nthe server keeps %v", shown.View.Fields, kept.Fields)
			}
			for name, want := range map[string]string{
				"site": "G336-K12", "case_number": "122-7", "remark": "雨天（２车）—快", "unit": "window-1", "vehicles": `["冀F12345"]`,
			} {
				if v, _ := kept.Fields.Get(name); v.S != want {
					t.Errorf("%s is %+q, want %+q", name, v.S, want)
				}
			}
			if now := d.line(saved.ID); string(now) != string(said) {
				t.Errorf("the line became %s", now)
			}
		})
	}
}

func spelled() schema.Values {
	text := func(name string, t schema.Type, s string) schema.Named {
		return schema.Named{Name: name, Value: schema.Value{Type: t, S: s}}
	}
	vs := schema.Values{
		text("unit", schema.TypeText, "window\u20111"), text("site", schema.TypeText, "Ｇ３３６－Ｋ12\u200b"),
		text("case_number", schema.TypeText, "\ufeff122——７"), text("remark", schema.TypeText, "\u202e雨天（２车）—快\u200b"),
		text("vehicles", schema.TypeList, `["冀Ｆ１２３４５","\u200b"]`), text("severity", schema.TypeCode, "injury"),
		text("procedure", schema.TypeCode, "simple"), {Name: "dead", Value: schema.Value{Type: schema.TypeInt}},
	}
	vs.Sort()
	return vs
}

// view folds a record as the database has it.
func (s *script) view(id string) merge.View {
	s.t.Helper()
	recs, err := s.backend.inspect().ScanRecords(bg, store.RecordQuery{Limit: 100})
	if err != nil {
		s.t.Fatal(err)
	}
	i := slices.IndexFunc(recs, func(r store.Record) bool { return r.ID == id })
	if i < 0 {
		s.t.Fatalf("%d records, none is %s", len(recs), id)
	}
	return merge.Fold(id, &recs[i].State, s.schema)
}
