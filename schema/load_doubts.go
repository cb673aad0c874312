package schema

import (
	"fmt"
	"slices"
	"unicode/utf8"
)

type (
	yamlDoubts struct {
		Doubts []yamlDoubt `yaml:"doubts"`
	}
	yamlDoubt struct {
		Code     string     `yaml:"code"`
		Name     Text       `yaml:"name"`
		Severity string     `yaml:"severity"`
		Kinds    []string   `yaml:"kinds"`
		Field    string     `yaml:"field"`
		Text     Text       `yaml:"text"`
		Of       string     `yaml:"of"`
		NotIn    yamlLookup `yaml:"not_in"`
		Before   int64      `yaml:"before_saving"` // days
		After    int64      `yaml:"after_saving"`  // days
		When     string     `yaml:"when"`
	}
	yamlLookup struct {
		List   string   `yaml:"list"`
		Codes  string   `yaml:"codes"`
		By     []string `yaml:"by"`
		Always bool     `yaml:"always"`
	}
)

// allKinds stands for every kind of records except ledgers.
const allKinds = "all"

func (l *loader) loadDoubts() {
	var y yamlDoubts
	if !l.read("doubts.yaml", &y) {
		return
	}
	for i, d := range y.Doubts {
		l.loadDoubt(d, []any{"doubts", i})
	}
}

func (l *loader) loadDoubt(y yamlDoubt, at []any) {
	if y.Code == "" || y.Text.ZH == "" || y.Text.EN == "" || y.Name.ZH == "" || y.Name.EN == "" || len(y.Kinds) == 0 {
		l.fail("a doubt needs code, kinds, and name and text in zh and en", at...)
	}
	l.checkDoubtName(y.Name, append(slices.Clone(at), "name"))
	if _, twice := l.schema.Doubt(y.Code); twice {
		l.fail("doubt "+y.Code+" stands twice", append(at, "code")...)
	}
	d := &Doubt{
		Code: y.Code, Name: y.Name, Severity: Severity(y.Severity), Field: y.Field, Text: y.Text, Of: y.Of,
		before: y.Before * dayInMs, after: y.After * dayInMs, when: y.When,
	}
	if d.Severity != Uncounted && d.Severity != Check {
		l.fail("severity is uncounted or check", append(at, "severity")...)
	}
	conditions := y.NotIn.List != "" || y.NotIn.Codes != "" || y.Before > 0 || y.After > 0 || y.When != ""
	if y.Of != "" == conditions || !slices.Contains([]string{"", "group", "near", "equal"}, y.Of) {
		l.fail("a doubt has conditions, or of: group, near or equal", at...)
	}
	d.notIn = l.loadLookup(y.NotIn, append(slices.Clone(at), "not_in"))
	for _, name := range y.Kinds {
		l.addToKinds(d, name, y.Kinds, at)
	}
	l.schema.doubts = append(l.schema.doubts, d)
}

// Characters of a doubt's name: names stand beside numbers, also on a small screen.
const (
	mostNameZH = 12
	mostNameEN = 28
)

// checkDoubtName refuses a name of another doubt, and a long one.
func (l *loader) checkDoubtName(name Text, at []any) {
	for _, other := range l.schema.doubts {
		if other.Name.ZH == name.ZH || other.Name.EN == name.EN {
			l.fail("another doubt has the name "+name.ZH+" / "+name.EN, at...)
		}
	}
	if utf8.RuneCountInString(name.ZH) > mostNameZH || utf8.RuneCountInString(name.EN) > mostNameEN {
		l.fail(fmt.Sprintf("a doubt's name has at most %d characters in zh and %d in en", mostNameZH, mostNameEN), at...)
	}
}

func (l *loader) loadLookup(y yamlLookup, at []any) *lookup {
	if y.List == "" && y.Codes == "" {
		return nil
	}
	out := &lookup{list: y.List, by: y.By, always: y.Always}
	if y.Codes != "" {
		out.table = l.schema.tables[y.Codes]
	}
	if len(y.By) == 0 || y.List != "" && !slices.Contains(ReferenceLists, y.List) || y.Codes != "" && out.table == nil || y.List != "" && y.Codes != "" {
		l.fail("not_in names by, and a list of the reference data or a table of codes", at...)
	}
	return out
}

// addToKinds compiles a doubt for one kind, or for all kinds of records except ledgers.
func (l *loader) addToKinds(d *Doubt, name string, kinds []string, at []any) {
	found := false
	for _, k := range l.schema.kinds {
		if !covers(name, k) {
			continue
		}
		found = true
		named := slices.DeleteFunc(slices.Clone(d.fieldNames()), func(f string) bool { return f == yearOfRecord })
		if !l.checkFieldNames(k, named, at) {
			continue
		}
		kd := kindDoubt{Doubt: d}
		if d.when != "" {
			vars := append(l.fieldsOfOthers(k, kinds), Var{varSaved, TypeTime}, Var{varRecord, TypeTime})
			cond, err := l.schema.Compile(k.Name, d.when, TypeBool, vars...)
			if err != nil {
				l.fail(d.when+": "+err.Error(), append(at, "when")...)
				continue
			}
			kd.when = cond
		}
		k.doubts = append(k.doubts, kd)
	}
	if !found {
		l.fail("no kind “"+name+"”", append(at, "kinds")...)
	}
}

// covers reports whether a name of a doubt's kinds means the kind.
func covers(name string, k *Kind) bool {
	return k.Name == name || name == allKinds && k.ItemOf == "" && !k.Ledger
}

// fieldsOfOthers are the fields that a kind lacks and others of the kinds named have, as variables without a value.
func (l *loader) fieldsOfOthers(k *Kind, names []string) (vars []Var) {
	for _, other := range l.schema.kinds {
		if !slices.ContainsFunc(names, func(name string) bool { return covers(name, other) }) {
			continue
		}
		for _, f := range other.Fields {
			_, has := k.Field(f.Name)
			if !has && !slices.ContainsFunc(vars, func(v Var) bool { return v.Name == f.Name }) {
				vars = append(vars, Var{f.Name, f.Type})
			}
		}
	}
	return vars
}

// fieldNames are the fields that the doubt names.
func (d *Doubt) fieldNames() (names []string) {
	if d.Field != "" {
		names = append(names, d.Field)
	}
	if d.notIn != nil {
		names = append(names, d.notIn.by...)
	}
	return names
}
