package schema

import (
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strconv"

	"roadbook/schema/internal/source"
)

// commonFile holds the fields common to all kinds.
const commonFile = "kinds/common.yaml"

// kindFile is a file of kinds.
type kindFile struct {
	yamlKinds
	name string
	doc  *source.Document
}

func (l *loader) loadKinds() {
	var common yamlKind
	var files []kindFile
	names, _ := fs.Glob(l.fsys, "kinds/*.yaml") // the pattern is valid
	if !slices.Contains(names, commonFile) {
		l.errs = append(l.errs, errors.New(commonFile+": no such file"))
	}
	for _, name := range names {
		f := kindFile{name: name}
		if !l.read(name, &f.yamlKinds) {
			continue
		}
		f.doc = l.doc
		files = append(files, f)
		if name == commonFile {
			common, l.common = f.Common, f.doc
		} else if f.Common.Fields != nil {
			l.fail("what every kind has stands in "+commonFile, "common")
		}
	}
	if len(l.errs) > 0 {
		return
	}
	l.addKindTable(files)
	l.eachKind(files, func(i int, y yamlKind) { l.loadKind(i, y, common) })
	l.eachKind(files, func(i int, y yamlKind) {
		if _, ok := l.schema.byName[y.ItemOf]; y.ItemOf != "" && !ok {
			l.fail("no kind "+y.ItemOf, "kinds", i, "item_of")
		}
	})
	slices.SortFunc(l.schema.kinds, func(a, b *Kind) int { return kindOrder(a.No) - kindOrder(b.No) })
}

// eachKind visits the kinds of all files; faults are noted in the kind's own file.
func (l *loader) eachKind(files []kindFile, visit func(int, yamlKind)) {
	for _, f := range files {
		l.doc = f.doc
		for i, y := range f.Kinds {
			visit(i, y)
		}
	}
}

// addKindTable makes the code table "kind" from the kinds that a unit may be expected to deliver.
func (l *loader) addKindTable(files []kindFile) {
	t := &CodeTable{Name: "kind", Source: "schema/data/kinds", Version: "1", Label: Text{"种类", "Kind"}}
	var reportable []yamlKind
	l.eachKind(files, func(_ int, y yamlKind) {
		if k := (&Kind{Name: y.Name, ItemOf: y.ItemOf, Ledger: y.Ledger, ImportOnly: y.Imported}); k.Expectable() {
			reportable = append(reportable, y)
		}
	})
	slices.SortFunc(reportable, func(a, b yamlKind) int { return kindOrder(a.No) - kindOrder(b.No) })
	for _, y := range reportable {
		t.Codes = append(t.Codes, Code{Code: y.Name, Label: y.Label})
	}
	if twice := t.index(); twice != "" {
		l.errs = append(l.errs, errors.New("kinds: “"+twice+"” names two kinds"))
	}
	l.schema.tables[t.Name] = t
}

// kindOrder returns the position of a kind: K0, K1, …, then L1, L2, …; -1 for an invalid number.
func kindOrder(no string) int {
	if no == "" || no[0] != 'K' && no[0] != 'L' {
		return -1
	}
	n, err := strconv.ParseUint(no[1:], 10, 8)
	if err != nil {
		return -1
	}
	if no[0] == 'L' {
		n += 1000
	}
	return int(n)
}

// loadKind turns entry i of a file into a Kind: first the common fields, then its own.
func (l *loader) loadKind(i int, y, common yamlKind) {
	at := []any{"kinds", i}
	if l.schema.byName[y.Name] != nil {
		l.fail("kind "+y.Name+" stands twice", "kinds", i, "name")
	}
	if y.Name == "" || kindOrder(y.No) < 0 || y.Version < 1 || y.Label.ZH == "" || y.Label.EN == "" || len(y.Roles) == 0 {
		l.fail("a kind needs name, no (K1 …, L1 …), version, label and roles", at...)
	}
	k := &Kind{
		Name: y.Name, No: y.No, Version: y.Version, Since: max(y.Since, 1), Label: y.Label, Roles: y.Roles, ItemOf: y.ItemOf,
		Key: y.Key, KeyOptional: y.KeyOptional, Ordered: y.Ordered, OwnTime: y.OwnTime, NearDays: y.NearDays, WarnIfEqual: y.WarnIfEqual, WinnerLast: y.Winner == "last", ImportOnly: y.Imported, Ledger: y.Ledger,
		AnyUnit: y.AnyUnit, AnyUnitAdds: y.AnyUnitAdds,
		fields: map[string]*Field{},
	}
	if y.Winner != "" && !k.WinnerLast {
		l.fail("winner is last or left out", append(slices.Clone(at), "winner")...)
	}
	own := l.doc
	l.doc = l.common
	l.loadFields(k, common.Fields, []any{"common", "fields"})
	l.doc = own
	l.loadFields(k, y.Fields, append(slices.Clone(at), "fields"))
	k.indexLabels()
	l.findShared(k, at)
	if len(k.Fields) > 64 {
		l.fail("a kind has at most 64 fields", at...)
	}
	l.checkFieldNames(k, k.WarnIfEqual, append(slices.Clone(at), "warn"))
	if k.NearDays < 0 || k.NearDays > 31 || k.NearDays > 0 && (k.fields[keyDay] != nil || !slices.Contains(k.Key, keyDay)) {
		l.fail("near_days is 1 to 31, of a kind whose key has the day of occurred_at", append(slices.Clone(at), "near_days")...)
	}
	if f := k.fields[k.OwnTime]; k.OwnTime != "" && (f == nil || f.Type != TypeTime && f.Type != TypeDay) {
		l.fail("own_time names a time or a day of the kind", append(slices.Clone(at), "own_time")...)
	}
	l.checkFieldNames(k, slices.DeleteFunc(slices.Clone(k.Key), isKeyDate), append(slices.Clone(at), "key"))
	l.checkNames(k, at)
	l.assignRegisters(k, append(slices.Clone(common.Registers), y.Registers...), at)
	for _, group := range append(slices.Clone(common.Together), y.Together...) {
		if l.checkFieldNames(k, group, append(slices.Clone(at), "together")) {
			k.together = append(k.together, group)
		}
	}
	l.checkAnyUnit(k, at)
	l.schema.byName[k.Name] = k
	l.schema.kinds = append(l.schema.kinds, k)
	l.loadRules(k, y, at)
}

func isKeyDate(part string) bool { return part == keyDay || part == keyMonth }

func (l *loader) loadFields(k *Kind, fields []yamlField, at []any) {
	for i, y := range fields {
		path := append(slices.Clone(at), i)
		f := l.loadField(y, path)
		if f.Since = max(y.Since, 1); f.Since > k.Version && k.Version > 0 {
			l.fail("since is the version of the kind that added the field", append(path, "since")...)
		}
		f.index = len(k.Fields)
		k.Fields = append(k.Fields, f)
		for _, name := range append([]string{f.Name}, f.Alias...) {
			if k.fields[name] != nil {
				l.fail("“"+name+"” names two fields of "+k.Name, append(path, "name")...)
			}
			k.fields[name] = f
		}
	}
}

var typeNames = map[string]Type{
	"text": TypeText, "int": TypeInt, "bool": TypeBool, "time": TypeTime, "decimal": TypeDecimal,
	"code": TypeCode, "plate": TypePlate, "record": TypeRecord, "list": TypeList, "day": TypeDay,
	typeUnit: TypeText,
}

// typeUnit is a text with a unit's name: UnitName's rule.
const typeUnit = "unit"

func (l *loader) loadField(y yamlField, path []any) *Field {
	f := &Field{
		Name: y.Name, Alias: y.Alias, Type: typeNames[y.Type], Label: y.Label,
		Required: y.Required, RequiredTyped: y.RequiredTyped, Auto: y.Auto, Owner: y.Owner, Open: y.Open, token: y.Token, prose: y.Prose,
		Codes: y.Codes, Suggest: y.Suggest, Scale: y.Scale, Min: y.Min, Max: y.Max, Pattern: y.Pattern, Form: y.Form, MaxLen: y.MaxLen,
		ImportOnly: y.ImportOnly, Imported: y.Imported, Sensitive: y.Sensitive, Shared: y.Shared == "earliest", wholeLabel: y.WholeLabel,
	}
	if y.Shared != "" && (!f.Shared || f.Type != TypeTime && f.Type != TypeDay) {
		l.fail("shared is earliest, of a time or a day", append(path, "shared")...)
	}
	if f.Name == "" || f.Label.ZH == "" || f.Label.EN == "" {
		l.fail("a field needs name and label in zh and en", path...)
	}
	if f.Type == 0 {
		l.fail("no field type “"+y.Type+"”", append(path, "type")...)
	}
	if y.Type == typeUnit {
		f.token, f.MaxLen = unitField.token, unitField.MaxLen
	}
	if f.prose && (f.Type != TypeText || f.token || f.Pattern != "") {
		l.fail("prose is for texts without token and pattern", append(path, "prose")...)
	}
	var err error
	if f.Pattern != "" {
		if f.pattern, err = regexp.Compile(f.Pattern); err != nil {
			l.fail(err.Error(), append(path, "pattern")...)
		}
		if f.Form.ZH == "" || f.Form.EN == "" {
			l.fail("a pattern needs form in zh and en", append(path, "form")...)
		}
	}
	if f.Type == TypeCode {
		l.resolveCodes(f, path)
	}
	if f.plates = l.schema.plates; y.Suggest != "" {
		if f.suggest = l.schema.tables[y.Suggest]; f.suggest == nil || f.Type != TypeText {
			l.fail("suggest names a code table, of a text", append(path, "suggest")...)
		}
	}
	if y.Default != nil && f.Type != 0 && (f.Type != TypeCode || f.table != nil) {
		l.parseDefault(f, y.Default, path)
	}
	return f
}

func (l *loader) resolveCodes(f *Field, path []any) {
	table, ok := l.schema.tables[f.Codes]
	if !ok {
		l.fail("no code table “"+f.Codes+"”", append(path, "codes")...)
		return
	}
	f.table = table
	for _, code := range f.ImportOnly {
		if !hasCode(table, code) {
			l.fail("no code “"+code+"” in "+table.Name, append(path, "import_only")...)
		}
	}
}

func (l *loader) parseDefault(f *Field, value any, path []any) {
	k := &Kind{fields: map[string]*Field{f.Name: f}}
	v, wrong := k.Parse(f.Name, fmt.Sprint(value))
	if wrong != nil {
		l.fail(wrong.Error(), append(path, "default")...)
		return
	}
	f.Default = &v
}

// checkFieldNames reports whether all names are fields of the kind.
func (l *loader) checkFieldNames(k *Kind, names []string, path []any) bool {
	for _, name := range names {
		if f := k.fields[name]; f == nil || f.Name != name {
			l.fail(k.Name+" has no field “"+name+"”", path...)
			return false
		}
	}
	return true
}

// assignRegisters numbers the registers: a coupled register takes the position of its first field.
func (l *loader) assignRegisters(k *Kind, coupled [][]string, at []any) {
	done := map[string]bool{}
	for _, group := range coupled {
		l.checkFieldNames(k, group, append(slices.Clone(at), "registers"))
	}
	for _, f := range k.Fields {
		if done[f.Name] {
			continue
		}
		register := []string{f.Name}
		for _, group := range coupled {
			if slices.Contains(group, f.Name) {
				register = group
			}
		}
		for _, name := range register {
			if done[name] {
				l.fail(name+" stands in two registers", append(slices.Clone(at), "registers")...)
			}
			if done[name] = true; k.fields[name] != nil {
				k.fields[name].Register = len(k.Registers)
			}
		}
		k.Registers = append(k.Registers, register)
	}
}

func (l *loader) loadRules(k *Kind, y yamlKind, at []any) {
	if l.checkFieldNames(k, y.Ordered, append(slices.Clone(at), "ordered")) {
		for i, early := range y.Ordered {
			for _, late := range y.Ordered[i+1:] {
				l.compileRule(k, orderRule(k.fields[early], k.fields[late]), append(slices.Clone(at), "ordered"))
			}
		}
	}
	for i, r := range y.Rules {
		path := append(slices.Clone(at), "rules", i)
		if r.Code == "" || len(r.Fields) == 0 || r.Message.ZH == "" || r.Message.EN == "" {
			l.fail("a rule needs code, fields, expr and message in zh and en", path...)
			continue
		}
		l.checkFieldNames(k, r.Fields, append(path, "fields"))
		l.compileRule(k, r, append(path, "expr"))
	}
}

func orderRule(early, late *Field) yamlRule {
	return yamlRule{
		Code: FaultOrder, Fields: []string{early.Name, late.Name}, Expr: early.Name + " <= " + late.Name,
		Message: Text{
			ZH: "“" + late.Label.ZH + "”不能早于“" + early.Label.ZH + "”",
			EN: "“" + late.Label.EN + "” may not lie before “" + early.Label.EN + "”",
		},
	}
}

func (l *loader) compileRule(k *Kind, y yamlRule, path []any) {
	cond, err := l.schema.Compile(k.Name, y.Expr, TypeBool)
	if wrong, ok := errors.AsType[*CompileError](err); ok {
		l.fail(fmt.Sprintf("%s: %s", y.Expr, wrong), path...)
		return
	}
	k.Rules = append(k.Rules, &Rule{Code: y.Code, Fields: y.Fields, Message: y.Message, cond: cond})
}
