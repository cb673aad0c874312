package schema

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io/fs"
	"path"
	"strings"
	"sync"

	"roadbook/schema/internal/source"
)

// The structure of the files; load_kind.go turns them into kinds.
type (
	yamlKinds struct {
		Common yamlKind   `yaml:"common"`
		Kinds  []yamlKind `yaml:"kinds"`
	}
	yamlKind struct {
		Name        string      `yaml:"name"`
		No          string      `yaml:"no"`
		Version     int         `yaml:"version"`
		Since       int         `yaml:"since"`
		Label       Text        `yaml:"label"`
		Roles       []string    `yaml:"roles"`
		ItemOf      string      `yaml:"item_of"`
		Key         []string    `yaml:"key"`
		KeyOptional bool        `yaml:"key_optional"`
		Winner      string      `yaml:"winner"`
		Imported    bool        `yaml:"import_only"`
		Ledger      bool        `yaml:"ledger"`
		OwnTime     string      `yaml:"own_time"`
		NearDays    int         `yaml:"near_days"`
		WarnIfEqual []string    `yaml:"warn"`
		Fields      []yamlField `yaml:"fields"`
		Registers   [][]string  `yaml:"registers"`
		Together    [][]string  `yaml:"together"`
		Ordered     []string    `yaml:"ordered"`
		Rules       []yamlRule  `yaml:"rules"`
		AnyUnit     []string    `yaml:"any_unit"`
		AnyUnitAdds bool        `yaml:"any_unit_adds"`
	}
	yamlField struct {
		Name          string   `yaml:"name"`
		Alias         []string `yaml:"alias"`
		Type          string   `yaml:"type"`
		Label         Text     `yaml:"label"`
		Required      bool     `yaml:"required"`
		RequiredTyped bool     `yaml:"said"`
		Auto          bool     `yaml:"auto"`
		Owner         bool     `yaml:"owner"`
		Open          bool     `yaml:"open"`
		Token         bool     `yaml:"token"`
		Prose         bool     `yaml:"prose"`
		Codes         string   `yaml:"codes"`
		Suggest       string   `yaml:"suggest"`
		Scale         *int     `yaml:"scale"`
		Min           *int64   `yaml:"min"`
		Max           *int64   `yaml:"max"`
		Pattern       string   `yaml:"pattern"`
		Form          Text     `yaml:"form"`
		MaxLen        int      `yaml:"max_len"`
		Default       any      `yaml:"default"`
		ImportOnly    []string `yaml:"import_only"`
		Imported      bool     `yaml:"imported"`
		Sensitive     bool     `yaml:"sensitive"`
		Shared        string   `yaml:"shared"`
		Since         int      `yaml:"since"`
		WholeLabel    bool     `yaml:"whole_label"`
	}
	yamlRule struct {
		Code    string   `yaml:"code"`
		Fields  []string `yaml:"fields"`
		Expr    string   `yaml:"expr"`
		Message Text     `yaml:"message"`
	}
	yamlTable struct {
		Name    string     `yaml:"name"`
		Label   Text       `yaml:"label"`
		Source  string     `yaml:"source"`
		Version string     `yaml:"version"`
		Variant bool       `yaml:"variants"`
		Codes   []yamlCode `yaml:"codes"`
	}
	yamlCode struct {
		Code  string   `yaml:"code"`
		ZH    string   `yaml:"zh"`
		EN    string   `yaml:"en"`
		Alias []string `yaml:"alias"`
	}
	yamlPlates struct {
		Source  string            `yaml:"source" json:"-"`
		Version string            `yaml:"version" json:"-"`
		Classes map[string]string `yaml:"classes" json:"classes"`
		Shapes  []struct {
			Types []string `yaml:"types" json:"types"`
			AnyOf []string `yaml:"any_of" json:"any_of"`
		} `yaml:"shapes" json:"shapes"`
		Prefectures map[string]string `yaml:"prefectures" json:"prefectures"`
		Untyped     []string          `yaml:"untyped" json:"untyped"`
	}
)

// loader collects faults while it reads on.
type loader struct {
	fsys   fs.FS
	schema *Schema
	sum    hash.Hash // of all files
	errs   []error
	doc    *source.Document // the file being read
	common *source.Document // the file with the common fields
}

func load(fsys fs.FS) (*Schema, error) {
	l := &loader{fsys: fsys, schema: &Schema{byName: map[string]*Kind{}, tables: map[string]*CodeTable{}}, sum: sha256.New()}
	l.loadTables()
	l.loadPlates()
	l.schema.envs = newEnvironments(l.schema)
	if len(l.errs) == 0 { // kinds depend on tables: with faulty tables their faults would only be repetitions
		l.loadKinds()
	}
	if len(l.errs) == 0 {
		l.loadDoubts()
	}
	if len(l.errs) > 0 {
		return nil, errors.Join(l.errs...)
	}
	l.schema.rules = sync.OnceValues(l.schema.makeRules)
	l.schema.digest = hex.EncodeToString(l.sum.Sum(nil)[:8])
	return l.schema, nil
}

// read parses a file into out, strictly; false if parsing failed.
func (l *loader) read(file string, out any) bool {
	data, err := fs.ReadFile(l.fsys, file)
	if err != nil {
		l.errs = append(l.errs, err)
		return false
	}
	l.sum.Write(append([]byte(file+"\x00"), data...)) // a hash takes all
	l.doc, err = source.Read(data, file, out)
	if err != nil {
		l.errs = append(l.errs, err)
		return false
	}
	return true
}

// fail notes a fault at a path of the current file, such as ("kinds", 0, "name").
func (l *loader) fail(reason string, at ...any) {
	l.errs = append(l.errs, l.doc.Fault(reason, at...))
}

func (l *loader) loadTables() {
	files, err := fs.Glob(l.fsys, "codes/*.yaml")
	if err != nil || len(files) == 0 {
		l.errs = append(l.errs, fmt.Errorf("codes: no code tables (%w)", err))
	}
	for _, file := range files {
		var y yamlTable
		if l.read(file, &y) {
			l.loadTable(file, y)
		}
	}
}

func (l *loader) loadTable(file string, y yamlTable) {
	if want := strings.TrimSuffix(path.Base(file), ".yaml"); y.Name != want {
		l.fail("the table's name must be that of its file", "name")
	}
	if y.Source == "" || y.Version == "" {
		l.fail("a code table names its source and version")
	}
	t := &CodeTable{Name: y.Name, Source: y.Source, Version: y.Version, Label: y.Label, variants: y.Variant}
	for i, c := range y.Codes {
		if c.Code == "" || c.ZH == "" || c.EN == "" {
			l.fail("a code needs code, zh and en", "codes", i)
		}
		t.Codes = append(t.Codes, Code{Code: c.Code, Label: Text{c.ZH, c.EN}, Alias: c.Alias})
	}
	if twice := t.index(); twice != "" {
		l.fail("“"+twice+"” names two codes", "codes")
	}
	l.schema.tables[t.Name] = t
}

func (l *loader) loadPlates() {
	l.schema.plates = &plates{byType: map[string][]shape{}}
	var y yamlPlates
	if !l.read("plates.yaml", &y) {
		return
	}
	l.schema.plates.layouts = y
	for division, begin := range y.Prefectures {
		if r := []rune(begin); len(division) != 4 || len(r) != 2 || !compileShape("PL", y.Classes).matches(begin) {
			l.fail("no beginning of a plate: "+begin, "prefectures", division)
		}
	}
	for _, layout := range y.Untyped {
		l.schema.plates.untyped = append(l.schema.plates.untyped, compileShape(layout, y.Classes))
	}
	for i, s := range y.Shapes {
		for _, t := range s.Types {
			if table := l.schema.tables["plate_type"]; table == nil || !hasCode(table, t) {
				l.fail("no plate type "+t, "shapes", i)
			}
			for _, layout := range s.AnyOf {
				l.schema.plates.byType[t] = append(l.schema.plates.byType[t], compileShape(layout, y.Classes))
			}
		}
	}
}

func hasCode(t *CodeTable, code string) bool {
	_, ok := t.Get(code)
	return ok
}
