package catalogue

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"roadbook/schema"
)

// EveryKind as the kind of a part stands for all kinds that a unit can be expected to deliver.
const EveryKind = "*"

// byKind is a "by" without a field: the record's own kind.
const byKind = "kind"

func (l *loader) loadMeasure(c *Catalogue, y fileMeasure, path []any) {
	l.required(y.Label.ZH != "" && y.Label.EN != "", "label", path...)
	if !validName(y.Name) {
		l.fail(FaultMeasure, "计量项名称为空或含有 : @ - | * 或空格", "the name of a measure is empty or holds one of : @ - | * or a space", path...)
	}
	if c.measures[y.Name] != nil {
		l.fail(FaultDuplicate, "名称重复："+y.Name, y.Name+" stands twice", childPath(path, "name")...)
	}
	m := &Measure{Name: y.Name, Label: y.Label, Unit: y.Unit, definition: fmt.Sprintf("%q", y), dimensions: map[string]schema.Text{}}
	m.line, m.column = l.doc.At(childPath(path, "name")...)
	c.measures[y.Name] = m
	c.Measures = append(c.Measures, m)
	if len(y.Parts) == 0 {
		l.loadPart(m, filePart{Kind: y.Kind, When: y.When, Add: y.Add, At: y.At, Dated: y.Dated, By: y.By}, path)
		return
	}
	if y.Kind+y.When+y.Add+y.At != "" || len(y.By) > 0 {
		l.fail(FaultMeasure, "有 parts 时，kind、when、add、at、by 应写在各部分内",
			"with parts, kind, when, add, at and by stand in the parts", path...)
	}
	for i, part := range y.Parts {
		l.loadPart(m, part, childPath(path, "parts", i))
	}
	l.checkDivided(m, path)
}

// checkDivided: either all parts of a measure have dimensions, or none has.
func (l *loader) checkDivided(m *Measure, path []any) {
	for _, p := range m.Parts {
		if (len(p.By) > 0) != m.Divided {
			l.fail(FaultMeasure, "计量项的各部分须都有 by 或都没有", "all parts of a measure have a by, or none has", path...)
			return
		}
	}
}

func (l *loader) loadPart(m *Measure, y filePart, path []any) {
	if y.Kind != EveryKind {
		if k, ok := l.schema.Kind(y.Kind); ok {
			l.loadKindPart(m, k, y, path)
		} else {
			l.failUnknown("kind", y.Kind, childPath(path, "kind"))
		}
		return
	}
	for _, k := range l.schema.Kinds() {
		if before := len(l.faults); k.Expectable() {
			if l.loadKindPart(m, k, y, path); len(l.faults) > before {
				return // the same fault would follow for every kind
			}
		}
	}
}

func (l *loader) loadKindPart(m *Measure, k *schema.Kind, y filePart, path []any) {
	p := &Part{Measure: m, Kind: k.Name, When: y.When, Add: y.Add, At: y.At, By: y.By, Dated: y.Dated, importedOnly: k.ImportOnly && !k.Ledger, central: k.Central(), periodic: k.Periodic()}
	if k.ItemOf != "" {
		l.fail(FaultMeasure, "从属种类不单独计数："+k.Name, "an item has no record that could count: "+k.Name, childPath(path, "kind")...)
	}
	if m.Parts == nil {
		m.Divided = len(p.By) > 0
	}
	m.Parts = append(m.Parts, p)
	if p.When != "" {
		p.when = l.compile(k, p.When, schema.TypeBool, childPath(path, "when"))
	}
	l.loadAmount(p, k, childPath(path, "add"))
	l.loadDay(p, k, childPath(path, "at"))
	l.loadDimensions(p, k, childPath(path, "by"))
}

func (l *loader) loadAmount(p *Part, k *schema.Kind, path []any) {
	n, err := strconv.ParseInt(p.Add, 10, 64)
	switch {
	case p.Add == "":
		p.constant = 1
	case err == nil:
		p.constant = n
	default:
		p.add = l.compile(k, p.Add, schema.TypeInt, path)
		p.stepsLeft = stepsAfter(k, p.Add)
	}
}

// loadDay: a field is read without an expression and gives the day its label.
func (l *loader) loadDay(p *Part, k *schema.Kind, path []any) {
	name := p.At
	if name == "" {
		name = "occurred_at"
	}
	f, isField := k.Field(name)
	isField = isField && f.Name == name
	switch {
	case isField && (f.Type == schema.TypeTime || f.Type == schema.TypeDay):
		p.field = f.Name
		if p.Dated.ZH == "" {
			p.Dated = f.Label
		}
	case p.At != "":
		p.day = l.compile(k, p.At, schema.TypeInt, path)
	}
}

func (l *loader) loadDimensions(p *Part, k *schema.Kind, path []any) {
	if len(p.By) == 0 {
		p.fixedName = p.Measure.Name
	}
	for i, by := range p.By {
		f, ok := k.Field(by)
		p.codes = append(p.codes, ok && f.Type == schema.TypeCode && !f.Open)
		switch {
		case ok && f.Name == by && slices.Contains(dimensionTypes, f.Type):
			l.addDimensionLabels(p.Measure, f)
		case !ok && by == byKind && len(p.By) == 1:
			p.fixedName = p.Measure.Name + ":" + k.Name
			p.Measure.dimensions[k.Name] = k.Label
		case len(p.By) == 1:
			l.failUnknown("field", by, path)
		default:
			l.failUnknown("field", by, childPath(path, i))
		}
	}
}

// dimensionTypes are the types of fields that may divide a measure.
var dimensionTypes = []schema.Type{schema.TypeText, schema.TypeCode, schema.TypeInt, schema.TypeDay}

func (l *loader) addDimensionLabels(m *Measure, f *schema.Field) {
	table, ok := l.schema.Codes(f.Codes)
	if f.Type != schema.TypeCode || !ok {
		return
	}
	for _, code := range table.Codes {
		m.dimensions[code.Code] = code.Label
	}
}

func (l *loader) compile(k *schema.Kind, expr string, want schema.Type, path []any) *schema.Condition {
	cond, err := l.schema.Compile(k.Name, expr, want, ExtraVars(k.Name)...)
	if err != nil {
		l.fail(FaultCondition, "表达式有误："+err.Error(), "the expression does not compile: "+err.Error(), path...)
	}
	return cond
}

func validName(name string) bool { return name != "" && !strings.ContainsAny(name, ":@- \t|*") }
