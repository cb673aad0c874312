package schema

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
)

// kind turns entry i of kinds.yaml into a Kind: the common fields first, then its own.
func (l *loader) kind(i int, y, common yamlKind) {
	at := []any{"kinds", i}
	if l.schema.byName[y.Name] != nil {
		l.fail("kind "+y.Name+" stands twice", "kinds", i, "name")
	}
	if y.Name == "" || number(y.No) < 0 || y.Version < 1 || y.Label.ZH == "" || y.Label.EN == "" || len(y.Roles) == 0 {
		l.fail("a kind needs name, no (K1 …), version, label and roles", at...)
	}
	k := &Kind{
		Name: y.Name, No: y.No, Version: y.Version, Label: y.Label, Roles: y.Roles, ItemOf: y.ItemOf,
		Key: y.Key, Warn: y.Warn, fields: map[string]*Field{},
	}
	l.fields(k, common.Fields, []any{"common", "fields"})
	l.fields(k, y.Fields, append(slices.Clone(at), "fields"))
	if len(k.Fields) > 64 {
		l.fail("a kind has at most 64 fields", at...)
	}
	l.names(k, k.Warn, append(slices.Clone(at), "warn"))
	l.names(k, slices.DeleteFunc(slices.Clone(k.Key), func(p string) bool { return p == "day" }), append(slices.Clone(at), "key"))
	l.registers(k, append(slices.Clone(common.Registers), y.Registers...), at)
	for _, group := range append(slices.Clone(common.Together), y.Together...) {
		if l.names(k, group, append(slices.Clone(at), "together")) {
			k.together = append(k.together, group)
		}
	}
	l.schema.byName[k.Name] = k
	l.schema.kinds = append(l.schema.kinds, k)
	l.rules(k, y, at)
}

func (l *loader) fields(k *Kind, fields []yamlField, at []any) {
	for i, y := range fields {
		path := append(slices.Clone(at), i)
		f := l.field(y, path)
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
	"code": TypeCode, "plate": TypePlate, "record": TypeRecord, "list": TypeList,
}

func (l *loader) field(y yamlField, path []any) *Field {
	f := &Field{
		Name: y.Name, Alias: y.Alias, Type: typeNames[y.Type], Label: y.Label,
		Required: y.Required, Said: y.Said, Auto: y.Auto, Owner: y.Owner, Open: y.Open, token: y.Token,
		Codes: y.Codes, Min: y.Min, Max: y.Max, Pattern: y.Pattern, MaxLen: y.MaxLen,
		ImportOnly: y.ImportOnly, Sensitive: y.Sensitive,
	}
	if f.Name == "" || f.Label.ZH == "" || f.Label.EN == "" {
		l.fail("a field needs name and label in zh and en", path...)
	}
	if f.Type == 0 {
		l.fail("no field type “"+y.Type+"”", append(path, "type")...)
	}
	var err error
	if f.Pattern != "" {
		if f.pattern, err = regexp.Compile(f.Pattern); err != nil {
			l.fail(err.Error(), append(path, "pattern")...)
		}
	}
	if f.Type == TypeCode {
		l.codes(f, path)
	}
	if y.Default != nil && f.Type != 0 && (f.Type != TypeCode || f.table != nil) {
		l.defaultValue(f, y.Default, path)
	}
	return f
}

func (l *loader) codes(f *Field, path []any) {
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

func (l *loader) defaultValue(f *Field, said any, path []any) {
	k := &Kind{fields: map[string]*Field{f.Name: f}}
	v, wrong := k.Parse(f.Name, fmt.Sprint(said))
	if wrong != nil {
		l.fail(wrong.Error(), append(path, "default")...)
		return
	}
	f.Default = &v
}

// names reports whether all are fields of the kind.
func (l *loader) names(k *Kind, names []string, path []any) bool {
	for _, name := range names {
		if f := k.fields[name]; f == nil || f.Name != name {
			l.fail(k.Name+" has no field “"+name+"”", path...)
			return false
		}
	}
	return true
}

// registers numbers the registers: a coupled one stands where its first field does.
func (l *loader) registers(k *Kind, coupled [][]string, at []any) {
	done := map[string]bool{}
	for _, group := range coupled {
		l.names(k, group, append(slices.Clone(at), "registers"))
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

func (l *loader) rules(k *Kind, y yamlKind, at []any) {
	if l.names(k, y.Ordered, append(slices.Clone(at), "ordered")) {
		for i, early := range y.Ordered {
			for _, late := range y.Ordered[i+1:] {
				l.rule(k, orderRule(k.fields[early], k.fields[late]), append(slices.Clone(at), "ordered"))
			}
		}
	}
	for i, r := range y.Rules {
		path := append(slices.Clone(at), "rules", i)
		if r.Code == "" || len(r.Fields) == 0 || r.Message.ZH == "" || r.Message.EN == "" {
			l.fail("a rule needs code, fields, expr and message in zh and en", path...)
			continue
		}
		l.names(k, r.Fields, append(path, "fields"))
		l.rule(k, r, append(path, "expr"))
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

func (l *loader) rule(k *Kind, y yamlRule, path []any) {
	cond, err := l.schema.Compile(k.Name, y.Expr, TypeBool)
	if wrong, ok := errors.AsType[*CompileError](err); ok {
		l.fail(fmt.Sprintf("%s: %s", y.Expr, wrong), path...)
		return
	}
	k.Rules = append(k.Rules, &Rule{Code: y.Code, Fields: y.Fields, Message: y.Message, cond: cond})
}
