package catalogue_test

import (
	"errors"
	"strings"
	"testing"

	"roadbook/schema"
	"roadbook/schema/catalogue"
)

func TestCopyIsTheSameCatalogueOfAnotherYear(t *testing.T) {
	s := schema.Default()
	cats, err := catalogue.Embedded(s)
	if err != nil {
		t.Fatal(err)
	}
	text, err := catalogue.EmbeddedText(cats[0])
	if err != nil {
		t.Fatal(err)
	}
	next, err := catalogue.CopyToYear(text, 2031)
	if err != nil {
		t.Fatal(err)
	}
	c, err := catalogue.Load(next, "copy.yaml", s)
	if err != nil {
		t.Fatal(err)
	}
	if c.Name() != "shunping-2031@1" || c.Year != 2031 {
		t.Errorf("the copy is %s of %d", c.Name(), c.Year)
	}
	if err := catalogue.CheckMeasuresAgree(append(cats, c)); err != nil {
		t.Errorf("the copy can't be counted beside its original: %v", err)
	}
	if len(c.Indicators()) != 27 {
		t.Errorf("%d rows", len(c.Indicators()))
	}
	for i, ind := range c.Indicators() {
		if was := cats[0].Indicators()[i]; ind.ID != was.ID || ind.Target != was.Target || ind.Desc != was.Desc {
			t.Errorf("%s is %+v, was %+v", ind.ID, ind.Target, was.Target)
		}
	}
	if a, b := strings.Count(string(text), "\n"), strings.Count(string(next), "\n"); a != b {
		t.Errorf("%d lines, were %d", b, a)
	}
}

func TestCopyNeedsItsLines(t *testing.T) {
	for name, text := range map[string]string{
		"nothing": "", "no id": "version: 1\nyear: 2020\n", "no version": "id: a-2020\nyear: 2020\n", "no year": "id: a-2020\nversion: 1\n",
	} {
		if _, err := catalogue.CopyToYear([]byte(text), 2021); !errors.Is(err, catalogue.ErrCopy) {
			t.Errorf("%s: %v", name, err)
		}
	}
	got, err := catalogue.CopyToYear([]byte("# of a county\nid: other   # its name\nversion: 3\nyear: 2020\nunits: []\n"), 2021)
	if want := "# of a county\nid: other-2021\nversion: 1\nyear: 2021\nunits: []\n"; err != nil || string(got) != want {
		t.Errorf("%q %v", got, err)
	}
}

func TestCopySaysWhatToRevise(t *testing.T) {
	const copied = "# The 2020 targets\ncarried_over:\n  'P1-1': 2020\nid: 'other-2021'\nbudget_total: '7.00'\nname: 冀财【2019】22号\n" +
		"legal_basis: 公安部123号令\nplan: ['100.00']\nnote: 120201\n  overall_goal: x\n  intent: {}\n"
	want := []struct {
		line   int
		zh, en string
	}{
		{1, "提到 2020 年", "speaks of 2020"},
		{5, "预算是上一年的", "the budget"},
		{6, "提到 2019 年", "speaks of 2019"},
		{8, "计划进度", "the plan"},
		{10, "总体目标", "the overall goal"},
		{11, "重新确认或删除", "confirm it anew"},
	}
	got := catalogue.LinesToRevise([]byte(copied), 2020)
	if len(got) != len(want) {
		t.Fatalf("%+v", got)
	}
	for i, w := range want {
		if g := got[i]; g.Line != w.line || !strings.Contains(g.Why.ZH, w.zh) || !strings.Contains(g.Why.EN, w.en) || g.Text == "" {
			t.Errorf("%+v, want %+v", g, w)
		}
	}
	name, err := catalogue.CopyToYear([]byte("id: 'other-2020'\nversion: 1\nyear: 2020\n"), 2021)
	if err != nil || !strings.HasPrefix(string(name), "id: other-2021\n") {
		t.Errorf("%q %v", name, err)
	}
}
