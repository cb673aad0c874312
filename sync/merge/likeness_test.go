package merge

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"roadbook/schema"
)

// fataler is a *testing.T or a *rapid.T.
type fataler interface {
	Helper()
	Fatal(args ...any)
}

// accidentsOf reads records as "a 1 2, b void 2": record a with two casualties, dead at noon + 1 and + 2 ms; record b is
// void. A casualty "-" has no time of death; "~3" is a void casualty. A record "plate p" is a plate.
func accidentsOf(t fataler, text string) (views []View) {
	t.Helper()
	for i, one := range strings.Split(text, ", ") {
		words := strings.Fields(one)
		v := View{Kind: "accident", Least: Stamp{HLC: noon, ID: obsID(0, uint64(i+1))}}
		if words[0] == "plate" {
			v.Kind, words = "plate", words[1:]
		}
		v.Record, words = words[0], words[1:]
		for n, word := range words {
			if word == "void" {
				v.Void = true
				continue
			}
			v.Items = append(v.Items, casualtyOf(t, fmt.Sprint(i), uint64(n+1), word))
		}
		views = append(views, v)
	}
	return views
}

func casualtyOf(t fataler, epoch string, seq uint64, word string) Item {
	t.Helper()
	item := Item{ID: obsID(1, seq), Kind: "casualty"}
	item.ID.Epoch = epoch
	word, item.Void = strings.CutPrefix(word, "~")
	if word == "-" {
		item.Faults = schema.Faults{{Code: "required"}}
		return item
	}
	died, err := strconv.Atoi(word)
	if err != nil {
		t.Fatal(err)
	}
	item.Fields = values("died_at", ms(noon+int64(died)))
	return item
}

// told writes items as record and time of death: "b 2".
func told(items []ItemOf) string {
	var out []string
	for _, x := range items {
		at, _ := x.Item.Fields.Get("died_at")
		out = append(out, fmt.Sprint(x.Record, " ", at.I-noon))
	}
	return strings.Join(out, ", ")
}

func membersFrom(views []View) (group []Member) {
	for i := range views {
		group = append(group, views[i].Member())
	}
	return group
}

// The records of one accident, by hand: what is left out with its void records, and what is likely recorded twice.
func TestLeftOutAndAlike(t *testing.T) {
	for _, x := range []struct{ name, records, leftOut, alike string }{
		{"nobody died", "a, b void", "", ""},
		{"one person, recorded by both", "a 1, b void 1", "", ""},
		{"one person, known to the void record alone", "a, b void 1", "b 1", ""},
		{"two people, the void record knows another", "a 1, b void 2", "b 2", ""},
		{"two who died in one minute, the other record knows one", "a 1, b void 1 1", "b 1", ""},
		{"two who died in one minute, known to two records", "a 1, b 1, c void 1 1", "", "a 1, b 1"},
		{"two void records know the same person", "a, b void 1, c void 1", "b 1", ""},
		{"the casualty is void as well: HQ confirmed", "a, b void ~1", "", ""},
		{"recorded again: HQ restated", "a 1, b void 1", "", ""},
		{"the other record's casualty is void", "a ~1, b void 1", "b 1", ""},
		{"without a time of death nobody counted", "a, b void -", "", ""},
		{"the other record's is incomplete", "a -, b void 1", "b 1", ""},
		{"a link names the likely same person", "a 1, b 1", "", "a 1, b 1"},
		{"two of one record are two people", "a 1 1, b", "", ""},
		{"two pairs", "a 1 2, b 2 1, c 3", "", "a 1, b 1; a 2, b 2"},
		{"a plate in the group has no casualty", "a, plate p void 1", "", ""},
	} {
		views := accidentsOf(t, x.records)
		for i := range views {
			if views[i].Void || views[i].Kind != "accident" {
				continue
			}
			var alike []string
			for _, same := range Alike(&views[i], membersFrom(views), sch) {
				alike = append(alike, told(same))
			}
			if got := told(LeftOut(&views[i], membersFrom(views), sch)); got != x.leftOut || strings.Join(alike, "; ") != x.alike {
				t.Errorf("%s, seen from %s: left out %q, alike %q; want %q, %q", x.name, views[i].Record, got, alike, x.leftOut, x.alike)
			}
		}
	}
}

// Records of one event in any order leave out the same items: of each time of death as many as one void record has more
// than all other records together.
func TestLeftOutInAnyOrder(t *testing.T) {
	records := rapid.SliceOfN(rapid.StringMatching(`( void)?( [12]){0,3}`), 1, 4)
	rapid.Check(t, func(t *rapid.T) {
		var texts []string
		for i, r := range records.Draw(t, "records") {
			texts = append(texts, string(rune('b'+i))+r)
		}
		views := accidentsOf(t, strings.Join(append(texts, "a 1"), ", "))
		self := views[len(views)-1]
		order := rapid.Permutation(views).Draw(t, "order")
		out := told(LeftOut(&self, membersFrom(order), sch))
		for _, died := range []string{"1", "2"} {
			live, most := strings.Count("a 1", died), 0
			for _, text := range texts {
				switch n := strings.Count(text, died); {
				case !strings.Contains(text, "void"):
					live += n
				case n > most:
					most = n
				}
			}
			if got, want := strings.Count(out, " "+died), max(0, most-live); got != want {
				t.Fatalf("%v: left out %q, want %d of %s", texts, out, want, died)
			}
		}
	})
}
