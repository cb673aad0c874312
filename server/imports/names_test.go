package imports_test

import (
	"strings"
	"testing"

	"roadbook/schema"
	"roadbook/server/imports"
)

// The table of next month was typed by another hand: the same columns and the same rows in another spelling change
// nothing, and their keys find the records.
func TestTheSameRowsInAnotherSpelling(t *testing.T) {
	eachStore(t, func(t *testing.T, w *world) {
		m := load(t, strings.Replace(accidents, "  remark: {template: \"{Town} {Id}\"}\n", "", 1)) // prose would change
		w.importTable(m, header+"A-1"+one[1:]+two)
		other := strings.NewReplacer("Id", "\u200bＩｄ", "Town", "Ｔｏｗｎ\ufeff", "Severity", "\u3000Sever\u00adity").Replace(header)
		rows := strings.NewReplacer("North", "North\u200b", "2020-01-02", "２０２０－０１－０２", "10:00", "10：00", "Clear", "Ｃｌｅａｒ", ",A,", ",Ａ\u200d,").Replace("Ａ——1"+one[1:]) +
			strings.NewReplacer("South", "\u2060South", "Rain", "Rain\u00a0").Replace("２"+two[1:])
		if run := w.importTable(m, other+rows+"\u200b,\ufeff,\n"); run.ID != "" || run.Changes.Created+run.Changes.Amended != 0 || run.Changes.Unchanged != 2 {
			t.Errorf("%+v", run)
		}
		v := w.views("accident")
		if got := text(v["A-1"], "unit") + text(v["A-1"], "severity") + text(v["2"], "weather"); len(v) != 2 || got != `"north""injury""3"` {
			t.Errorf("%d records, %s", len(v), got)
		}
	})
}

// Two rows whose keys look alike are one row said twice.
func TestKeysThatLookAlikeInOneFile(t *testing.T) {
	b := imports.Read(load(t, accidents), "t.csv", []byte(header+"A-1"+one[1:]+"A–1"+one[1:]+"\u200b"+one[1:]))
	var codes []string
	for _, f := range b.Faults {
		codes = append(codes, f.Code)
	}
	if got := strings.Join(codes, " "); got != imports.CodeSameKey+" "+imports.CodeEmpty {
		t.Errorf("the faults are %s", got)
	}
}

// A mapping may list the spellings that its author met, if they mean one value.
func TestMappingWithSpellings(t *testing.T) {
	both := strings.Replace(accidents, "North: north", `North: north, "Ｎｏｒｔｈ": north`, 1)
	if _, err := imports.Load([]byte(both), "m.yaml", schema.Default()); err != nil {
		t.Error(err)
	}
	differ := strings.Replace(accidents, "North: north", `North: north, "Ｎｏｒｔｈ": south`, 1)
	if _, err := imports.Load([]byte(differ), "m.yaml", schema.Default()); err == nil || !strings.Contains(err.Error(), "是同一个值") {
		t.Errorf("two values of one text: %v", err)
	}
}
