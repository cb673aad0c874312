package schema

import (
	"io/fs"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"roadbook/schema/data"
)

// embeddedFiles copies the embedded data, so that a test can change a file.
func embeddedFiles(t *testing.T) fstest.MapFS {
	t.Helper()
	out := fstest.MapFS{}
	err := fs.WalkDir(data.FS, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(data.FS, path)
		out[path] = &fstest.MapFile{Data: text}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// lineOf counts the line of the first occurrence of text.
func lineOf(file, text string) int {
	return 1 + strings.Count(file[:strings.Index(file, text)], "\n")
}

func TestLoadFaults(t *testing.T) {
	tests := []struct{ name, file, old, new, reason string }{
		{"a key the format does not have", "kinds/common.yaml", "required: true, auto", "requierd: true, auto", "requierd"},
		{"broken YAML", "kinds/road.yaml", "    no: K1\n", "    no: [K1\n", ""},
		{"no such type", "kinds/counter.yaml", "{name: sets, type: int", "{name: sets, type: float", "no field type “float”"},
		{"no such table", "kinds/counter.yaml", "codes: business", "codes: trade", "no code table “trade”"},
		{"no such code", "kinds/road.yaml", "import_only: [unknown]", "import_only: [nobody]", "no code “nobody” in severity"},
		{"bad pattern", "kinds/counter.yaml", "[0-9A-Z]$'", "[0-9A-Z$'", "missing closing ]"},
		{"bad default", "kinds/counter.yaml", "default: 1,", "default: many,", "wrong_type (sets)"},
		{"bad rule", "kinds/counter.yaml", "plateFits(plate_type, plate_number)", "plateFits(plate_type, number)", "undeclared reference to 'number'"},
		{"rule about nothing", "kinds/road.yaml", "fields: [severity, dead]", "fields: [severity, killed]", "accident has no field “killed”"},
		{"coupled with nothing", "kinds/road.yaml", "- [severity, procedure, dead]", "- [severity, procedure, killed]", "accident has no field “killed”"},
		{"ordered by nothing", "kinds/road.yaml", "ordered: [reported_at,", "ordered: [told_at,", "incident has no field “told_at”"},
		{"key of nothing", "kinds/counter.yaml", "key: [plate_type,", "key: [plate_kind,", "plate has no field “plate_kind”"},
		{"field twice", "kinds/counter.yaml", "{name: spoiled,", "{name: sets,", "“sets” names two fields of plate"},
		{"no label", "kinds/counter.yaml", "label: {zh: 废牌, en: Spoiled}", "label: {zh: 废牌}", "label in zh and en"},
		{"another winner", "kinds/ledgers.yaml", "winner: last", "winner: loudest", "winner is last or left out"},
		{"shared by another rule", "kinds/road.yaml", "shared: earliest", "shared: latest", "shared is earliest"},
		{"shared, though no time", "kinds/road.yaml", "{name: injured, type: int,", "{name: injured, type: int, shared: earliest,", "shared is earliest, of a time or a day"},
		{"added by a version that is none yet", "kinds/road.yaml", "{name: injured, type: int,", "{name: injured, type: int, since: 2,", "since is the version of the kind"},
		{"shared by items", "kinds/road.yaml", "{name: died_at, type: time,", "{name: died_at, type: time, shared: earliest,", "an item shares no field"},
		{"a pattern in no words", "kinds/counter.yaml", "form: {zh: 例如 K33, en: such as K33}, ", "", "a pattern needs form"},
		{"prose in a key", "kinds/road.yaml", "{name: document_number, type: text, token: true,", "{name: document_number, type: text, prose: true,", "“document_number” is prose"},
		{"prose with a form", "kinds/common.yaml", "{name: unit, type: unit,", "{name: unit, type: unit, prose: true,", "prose is for texts"},
		{"a doubt without a name", "doubts.yaml", "    name: {zh: 重复登记, en: repeated record}\n", "", "a doubt needs code, kinds, and name and text in zh and en"},
		{"a doubt named in one language", "doubts.yaml", "{zh: 重复登记, en: repeated record}", "{zh: 重复登记}", "a doubt needs code, kinds, and name and text in zh and en"},
		{"two doubts of one name", "doubts.yaml", "zh: 被重复登记", "zh: 重复登记", "another doubt has the name"},
		{"a doubt with a long name", "doubts.yaml", "zh: 被重复登记", "zh: 这一条登记在别处又登记了一遍", "a doubt's name has at most"},
		{"common twice", "kinds/office.yaml", "kinds:", "common: {fields: [{name: a}]}\nkinds:", "stands in kinds/common.yaml"},
		{"kind twice", "kinds/office.yaml", "name: task", "name: plate", "kind plate stands twice"},
		{"no number", "kinds/office.yaml", "no: K6", "no: M6", "a kind needs name, no"},
		{"a field that every kind has", "kinds/road.yaml", "{name: day, type", "{name: remark, type", "“remark” names two fields of nil"},
		{"item of nothing", "kinds/road.yaml", "item_of: accident", "item_of: disaster", "no kind disaster"},
		{"code twice", "codes/weather.yaml", `"2", zh: 阴`, `"1", zh: 阴`, "“1” names two codes"},
		{"name twice", "codes/weather.yaml", "zh: 阴", "zh: 晴", "“晴” names two codes"},
		{"no source", "codes/weather.yaml", `source: schema/DOMAIN.md#code-tables, to be confirmed by HQ`, `source: ""`, "names its source"},
		{"another name", "codes/weather.yaml", "name: weather", "name: climate", "that of its file"},
		{"no such plate type", "plates.yaml", `types: ["15"]`, `types: ["98"]`, "no plate type 98"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			fsys := embeddedFiles(t)
			before := string(fsys[tt.file].Data)
			after := strings.Replace(before, tt.old, tt.new, 1)
			if after == before {
				t.Fatalf("%q is not in %s", tt.old, tt.file)
			}
			fsys[tt.file].Data = []byte(after)
			_, err := Load(fsys)
			if err == nil {
				t.Fatal("loaded")
			}
			if !strings.Contains(err.Error(), tt.reason) || !strings.Contains(err.Error(), tt.file+":") {
				t.Errorf("%v, want %q", err, tt.reason)
			}
		})
	}
}

func TestLoadNamesTheLine(t *testing.T) {
	for _, tt := range []struct{ file, old, new string }{
		{"kinds/common.yaml", "{name: remark, type: text", "{name: remark, type: prose"},
		{"kinds/counter.yaml", "{name: sets, type: int", "{name: sets, type: float"},
		{"kinds/counter.yaml", "expr: plateFits(plate_type, plate_number)", "expr: plateFits(plate_type, number)"},
		{"kinds/road.yaml", "ordered: [reported_at,", "ordered: [told_at,"},
	} {
		fsys := embeddedFiles(t)
		spoiled := strings.Replace(string(fsys[tt.file].Data), tt.old, tt.new, 1)
		fsys[tt.file].Data = []byte(spoiled)
		_, err := Load(fsys)
		if err == nil {
			t.Fatalf("%s loaded", tt.new)
		}
		if want := tt.file + ":" + strconv.Itoa(lineOf(spoiled, tt.new)) + ":"; !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", tt.new, err, want)
		}
	}
}

func TestLoadReportsEveryFault(t *testing.T) {
	fsys := embeddedFiles(t)
	text := strings.Replace(string(fsys["kinds/counter.yaml"].Data), "{name: sets, type: int", "{name: sets, type: float", 1)
	fsys["kinds/counter.yaml"].Data = []byte(strings.Replace(text, "codes: business", "codes: trade", 1))
	_, err := Load(fsys)
	if err == nil || !strings.Contains(err.Error(), "float") || !strings.Contains(err.Error(), "trade") {
		t.Errorf("got %v", err)
	}
}

func TestLoadWithoutFiles(t *testing.T) {
	if _, err := Load(fstest.MapFS{}); err == nil {
		t.Error("loaded nothing")
	}
	fsys := embeddedFiles(t)
	delete(fsys, "kinds/common.yaml")
	if _, err := Load(fsys); err == nil || !strings.Contains(err.Error(), "kinds/common.yaml: no such file") {
		t.Errorf("got %v", err)
	}
}

// Two kinds with the same label cannot be told apart.
func TestLoadKindsOfOneName(t *testing.T) {
	fsys := embeddedFiles(t)
	f := fsys["kinds/road.yaml"]
	f.Data = []byte(strings.Replace(string(f.Data), "zh: 隐患, en: Hazard", "zh: 拥堵, en: Hazard", 1))
	if _, err := Load(fsys); err == nil || !strings.Contains(err.Error(), "“拥堵” names two kinds") {
		t.Errorf("got %v", err)
	}
}
