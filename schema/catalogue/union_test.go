package catalogue

import (
	"errors"
	"strings"
	"testing"

	"roadbook/schema"
)

func load(t *testing.T, changes ...string) *Catalogue {
	t.Helper()
	c, err := Load([]byte(strings.NewReplacer(changes...).Replace(shunpingText(t))), "c.yaml", schema.Default())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Another year's catalogue may define measures of its own, but must not redefine a known measure.
func TestMeasuresOfOneNameAgree(t *testing.T) {
	first := load(t)
	same := load(t, "id: shunping-2020", "id: shunping-2021", "year: 2020", "year: 2021")
	if err := CheckMeasuresAgree([]*Catalogue{first, same}); err != nil {
		t.Errorf("the same measures: %v", err)
	}
	other := load(t, "id: shunping-2020", "id: shunping-2021", "add: default(sets, 1)", "add: default(sets, 2)")
	var faults Faults
	if err := CheckMeasuresAgree([]*Catalogue{first, other}); !errors.As(err, &faults) || len(faults) != 1 {
		t.Fatalf("%v", err)
	}
	f := faults[0]
	if f.Code != FaultMeasure || f.Line == 0 || !strings.Contains(f.Reason.EN, "plate_sets is another one than in shunping-2020@1") || !strings.Contains(f.Reason.ZH, "plate_sets") {
		t.Errorf("%v", f)
	}
	// A later version may redefine the measure: only the latest version of each catalogue counts.
	next := load(t, "version: 1\n", "version: 2\n", "add: default(sets, 1)", "add: default(sets, 2)")
	if err := CheckMeasuresAgree([]*Catalogue{first, next, other}); err != nil {
		t.Errorf("with the next version: %v", err)
	}
	latest := LatestOf([]*Catalogue{same, next, first})
	if len(latest) != 2 || latest[0] != next || latest[1] != same {
		t.Errorf("%d latest, the first %s", len(latest), latest[0].Name())
	}
}

func TestDemoIsMarked(t *testing.T) {
	if load(t).Demo || !load(t, "year: 2020", "year: 2020\ndemo: true").Demo {
		t.Error("a catalogue is demo data where it says so, and only there")
	}
}
