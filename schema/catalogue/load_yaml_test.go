package catalogue

import (
	"errors"
	"strings"
	"testing"

	"roadbook/schema"
)

// A file without the form of a catalogue is refused with its place, in both languages, and without words of Go.
func TestFormFaults(t *testing.T) {
	good := shunpingText(t)
	tests := []struct{ name, old, new, zh, en string }{
		{"unknown key", "year: 2020", "jahr: 2020", "没有这个键：jahr", "there is no key “jahr”"},
		{"key twice", "year: 2020", "year: 2020\nyear: 2021", "键重复：year", "the key “year” stands twice"},
		{"number in words", "year: 2020", "year: soon", "此处应为整数", "a whole number belongs here"},
		{"truth in numbers", "year: 2020", "year: 2020\ndemo: 7", "此处应为 true 或 false", "true or false belongs here"},
		{"list for a text", "slogan: '防事故、保畅通、促和谐、保稳定'", "slogan: [a]", "此处应为文字", "a text belongs here"},
		{"text for a list", "plan_points: [3月底, 6月底, 10月底, 12月底]", "plan_points: 3月底", "此处应为列表", "a list belongs here"},
		{"text for keys", "budget: {total: '300000.00', fiscal: '300000.00', other: null}", "budget: much", "此处应为若干 键: 值", "keys with values belong here"},
		{"two documents", "year: 2020", "year: 2020\n---\nyear: 2021", "一个文件只放一个文档，此处有 2 个", "a file holds one document, this one has 2"},
		{"open bracket", "year: 2020", "year: [2020", "不是有效的 YAML：", "not valid YAML: "},
		{"empty", good, "", "文件是空的", "the file is empty"},
		{"comments only", good, "# nothing\n", "文件是空的", "the file is empty"},
	}
	for _, tt := range tests {
		_, err := Load([]byte(strings.Replace(good, tt.old, tt.new, 1)), "c.yaml", schema.Default())
		var faults Faults
		if !errors.As(err, &faults) || len(faults) != 1 {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		f := faults[0]
		if f.Code != FaultYAML || f.File != "c.yaml" || !strings.HasPrefix(f.Reason.ZH, tt.zh) || !strings.Contains(f.Reason.EN, tt.en) {
			t.Errorf("%s: %v", tt.name, f)
		}
		if strings.Contains(f.Reason.EN, "struct") || strings.Contains(f.Reason.ZH, "Go ") {
			t.Errorf("%s speaks of the program: %v", tt.name, f)
		}
		if placed := tt.new != "" && !strings.HasPrefix(tt.new, "#") && tt.name != "two documents"; placed && f.Line == 0 {
			t.Errorf("%s has no line: %v", tt.name, f)
		}
	}
}

func TestForYear(t *testing.T) {
	own, ownLater := &Catalogue{ID: "a-2020", Version: 1, Year: 2020}, &Catalogue{ID: "a-2020", Version: 2, Year: 2020}
	first := &Catalogue{ID: "b-2020", Version: 1, Year: 2020, Published: 1}
	last := &Catalogue{ID: "c-2020", Version: 1, Year: 2020, Published: 2}
	next := &Catalogue{ID: "a-2021", Version: 1, Year: 2021}
	tests := []struct {
		name          string
		all           []*Catalogue
		year, current *Catalogue // for 2020, for the latest year
	}{
		{"none", nil, nil, nil},
		{"another year", []*Catalogue{next}, nil, next},
		{"the later version", []*Catalogue{ownLater, own}, ownLater, ownLater},
		{"published before the program's own", []*Catalogue{ownLater, first, own}, first, first},
		{"of those published the last", []*Catalogue{last, own, first}, last, last},
		{"the latest year's", []*Catalogue{own, last, next}, last, next},
	}
	for _, tt := range tests {
		if got := ForYear(tt.all, 2020); got != tt.year {
			t.Errorf("%s: 2020 is %+v", tt.name, got)
		}
		if got := Current(tt.all); got != tt.current {
			t.Errorf("%s: current is %+v", tt.name, got)
		}
	}
}

func TestCheckAgainst(t *testing.T) {
	load := func(pairs ...string) *Catalogue {
		t.Helper()
		c, err := Load([]byte(strings.NewReplacer(pairs...).Replace(shunpingText(t))), pairs[1]+".yaml", schema.Default())
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	own := shunping(t)
	same := load("id: shunping-2020", "id: same")
	other := load("id: shunping-2020", "id: other", "add: default(sets, 1)", "add: default(sets, 2)")
	newer := load("id: shunping-2020", "id: shunping-2020", "version: 1", "version: 2", "add: default(sets, 1)", "add: default(sets, 2)")
	if err := same.CheckAgainst([]*Catalogue{own}); err != nil {
		t.Error(err)
	}
	if err := newer.CheckAgainst([]*Catalogue{own}); err != nil { // replaces the program's version
		t.Error(err)
	}
	if err := other.CheckAgainst([]*Catalogue{own, newer}); err != nil { // the first version no longer counts
		t.Error(err)
	}
	err := other.CheckAgainst([]*Catalogue{own})
	var faults Faults
	if !errors.As(err, &faults) || len(faults) != 1 || faults[0].File != "id: other.yaml" || faults[0].Line == 0 || !strings.Contains(faults[0].Reason.EN, "plate_sets is another one than in shunping-2020@1") {
		t.Errorf("%v", err)
	}
}
