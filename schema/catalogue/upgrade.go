package catalogue

import (
	"errors"
	"reflect"
	"slices"
	"strings"

	"roadbook/schema"
)

// ErrUpgrade: a file writes formulas and measures in a form that can't be replaced line by line.
var ErrUpgrade = errors.New("目录文件的写法无法逐行升级：每个 formula、companions、统计项须自占一行或数行，请按 shunping 目录的写法改写 / " +
	"the file can't be upgraded line by line: each formula, companions and measure must stand in lines of its own, as in the shunping catalogues")

// Upgrade is the next version of a catalogue.
type Upgrade struct {
	Name    string      // of the next version
	Text    []byte      // nil: there is nothing to change
	Changed []Amendment // in the order of the rows, then of the measures
	Left    []Amendment // what the program changed too, but HQ had changed by hand before
}

// Amendment is one change of an upgrade, or one that was left alone, in words.
type Amendment struct {
	Line  int         `json:"line,omitempty"` // of the next version's file; 0: taken out, or left alone
	Where string      `json:"where"`          // id of the row or companion, or name of the measure
	What  schema.Text `json:"what"`
}

// Version is the text of a catalogue of the program.
type Version struct {
	Text []byte
	File string
}

// UpgradeTo makes the next version of a catalogue: the formulas, companions and measures that own, the program's versions of
// one catalogue in order, changed between an earlier version and the last, take the last one's form wherever the catalogue
// still has an earlier one's. Everything else stays: targets, projects, words, comments and order. Errors: Faults of the
// file, ErrUpgrade.
func UpgradeTo(own []Version, text []byte, file string, s *schema.Schema) (*Upgrade, error) {
	c, err := Load(text, file, s)
	if err != nil {
		return nil, err
	}
	u := &upgrader{schema: s, file: file, is: c}
	if err := u.readOwn(own); err != nil {
		return nil, err
	}
	if u.to, err = parseText(text, file); err != nil {
		return nil, err
	}
	was, next := u.to.fileCatalogue, *c
	next.Version++
	out := &Upgrade{Name: next.Name()}
	if err := u.upgrade(); err != nil {
		return nil, err
	}
	if out.Changed, out.Left = u.changed, u.left; len(out.Changed) == 0 {
		return out, nil
	}
	out.Text = u.to.withVersion(next.Version)
	for i := range out.Changed {
		out.Changed[i].Line = u.to.lineOf(out.Changed[i].Where)
	}
	return out, u.checkResult(was, out.Text, next.Version)
}

// upgrader works on one catalogue.
type upgrader struct {
	schema        *schema.Schema
	file          string
	is            *Catalogue  // as it was
	last          *Catalogue  // the program's last version
	from          *textFile   // … and its text
	earlier       []*textFile // the program's versions before
	to            *textFile   // the catalogue in work
	changed, left []Amendment
}

func (u *upgrader) readOwn(own []Version) (err error) {
	for _, v := range own {
		if u.from != nil {
			u.earlier = append(u.earlier, u.from)
		}
		if u.last, err = Load(v.Text, v.File, u.schema); err != nil {
			return err
		}
		if u.from, err = parseText(v.Text, v.File); err != nil {
			return err
		}
	}
	return nil
}

func (u *upgrader) upgrade() error {
	if u.from == nil {
		return nil
	}
	read := u.to.measuresRead()
	for _, row := range u.from.rows() {
		if err := u.upgradeRow(row.ID); err != nil {
			return err
		}
	}
	if err := u.upgradeMeasures(); err != nil {
		return err
	}
	return u.dropMeasures(read)
}

// upgradeRow adopts the last version's formula of a row and its companions.
func (u *upgrader) upgradeRow(id string) error {
	wanted, _, _ := u.from.row(id)
	has, _, ok := u.to.row(id)
	if !ok {
		return nil
	}
	was := u.formsOf(id, func(row *fileIndicator) any { return row.Formula })
	isNew := !isForm(wanted.Formula, was)
	if !isForm(has.Formula, append(was, wanted.Formula)) {
		if isNew || !isForm(wanted.Companions, u.formsOf(id, func(row *fileIndicator) any { return row.Companions })) {
			u.leave(id, "算法已由机关改动，未升级；程序的算法", "the formula was changed by hand and left alone; the program's", u.explain(u.last, id))
		}
		return nil
	}
	if isNew && !isForm(has.Formula, []any{wanted.Formula}) {
		if ok, err := u.adopt(id, wanted.Formula); err != nil || !ok {
			return err
		}
	}
	for _, co := range wanted.Companions {
		if err := u.upgradeCompanion(id, co); err != nil {
			return err
		}
	}
	return nil
}

// formsOf are the values of a row in the program's earlier versions.
func (u *upgrader) formsOf(id string, of func(*fileIndicator) any) (all []any) {
	for _, t := range u.earlier {
		if row, _, ok := t.row(id); ok {
			all = append(all, of(row))
		}
	}
	return all
}

func isForm(v any, forms []any) bool {
	return slices.ContainsFunc(forms, func(f any) bool { return reflect.DeepEqual(f, v) })
}

// adopt takes a formula with its measures from the last version, unless a measure's name is taken by another one.
func (u *upgrader) adopt(id string, f *fileFormula) (bool, error) {
	if taken := u.takenName(f); taken != "" {
		u.leave(id, "程序的新算法用到统计项 "+taken+"，本目录另有同名统计项：请给它改名后再升级",
			"the program's new formula reads the measure "+taken+", of which this catalogue has another one: rename it, then upgrade", schema.Text{})
		return false, nil
	}
	if err := u.to.replaceFormula(id, u.from); err != nil {
		return false, err
	}
	u.change(id, "算法改为", "the formula becomes", u.explain(u.last, id), u.explain(u.is, id))
	return true, u.addMeasures(f)
}

// upgradeCompanion adds a companion that the program added, or adopts a changed one.
func (u *upgrader) upgradeCompanion(row string, co fileCompanion) error {
	var was []any
	for _, earlier := range u.earlier {
		if r, _, ok := earlier.row(row); ok {
			if e, _ := r.companion(co.ID); e != nil {
				was = append(was, *e)
			}
		}
	}
	has, _, _ := u.to.row(row)
	present, _ := has.companion(co.ID)
	switch {
	case present == nil && len(was) > 0, isForm(co, was): // taken out by hand, or never changed
		return nil
	case present != nil && reflect.DeepEqual(*present, co):
		return nil
	case present != nil && !isForm(*present, was):
		u.leave(co.ID, "伴随指标已由机关改动，未升级", "the companion was changed by hand and left alone", schema.Text{})
		return nil
	}
	if taken := u.takenName(co.Formula); taken != "" {
		u.leave(co.ID, "用到统计项 "+taken+"，本目录另有同名统计项：请给它改名后再升级", "reads the measure "+taken+", of which this catalogue has another one: rename it, then upgrade", schema.Text{})
		return nil
	}
	if err := u.to.setCompanion(row, co.ID, u.from); err != nil {
		return err
	}
	known, _ := u.last.Companion(co.ID)
	if present == nil {
		u.change(co.ID, "增加伴随指标“"+co.Label.ZH+"”", "a companion is added, “"+co.Label.EN+"”", known.Explain(u.last), schema.Text{})
	} else {
		u.change(co.ID, "伴随指标改为", "the companion becomes", known.Explain(u.last), schema.Text{})
	}
	return u.addMeasures(co.Formula)
}

// takenName is the first measure of a formula of which the catalogue has one of its own under the same name.
func (u *upgrader) takenName(f *fileFormula) string {
	for _, name := range f.measures() {
		m, _ := u.to.measure(name)
		if wanted, _ := u.from.measure(name); m != nil && !reflect.DeepEqual(m, wanted) && !u.wasMeasure(m) {
			return name
		}
	}
	return ""
}

// wasMeasure reports whether a measure is one of the program's earlier versions.
func (u *upgrader) wasMeasure(m *fileMeasure) bool {
	return slices.ContainsFunc(u.earlier, func(t *textFile) bool {
		e, _ := t.measure(m.Name)
		return e != nil && reflect.DeepEqual(e, m)
	})
}

// addMeasures brings the measures of a formula that the catalogue lacks, each after its predecessor in the program's file.
func (u *upgrader) addMeasures(f *fileFormula) error {
	for _, name := range f.measures() {
		if m, _ := u.to.measure(name); m != nil {
			continue
		}
		if err := u.to.insertMeasure(u.from, name); err != nil {
			return err
		}
		m, _ := u.from.measure(name)
		u.change(name, "增加统计项“"+m.Label.ZH+"”", "the measure “"+m.Label.EN+"” is added", schema.Text{}, schema.Text{})
	}
	return nil
}

// upgradeMeasures adopts measures that the program changed under one name.
func (u *upgrader) upgradeMeasures() error {
	for i := range u.from.Measures {
		wanted := &u.from.Measures[i]
		m, at := u.to.measure(wanted.Name)
		if m == nil || reflect.DeepEqual(m, wanted) {
			continue
		}
		if !u.wasMeasure(m) {
			u.leave(m.Name, "本目录另有同名统计项，未升级；若与程序的含义不同，请改名", "this catalogue has a measure of its own by the name, left alone: rename it if it means something else than the program's", schema.Text{})
			continue
		}
		if err := u.to.replaceMeasure(at, u.from, i); err != nil {
			return err
		}
		u.change(m.Name, "统计项“"+wanted.Label.ZH+"”改为程序的定义", "the measure “"+wanted.Label.EN+"” becomes the program's", schema.Text{}, schema.Text{})
	}
	return nil
}

// dropMeasures takes out what the program no longer has and no formula reads any more.
func (u *upgrader) dropMeasures(read map[string]bool) error {
	still := u.to.measuresRead()
	for _, m := range slices.Clone(u.to.Measures) {
		if kept, _ := u.from.measure(m.Name); kept != nil || !read[m.Name] || still[m.Name] || !u.wasMeasure(&m) {
			continue
		}
		_, at := u.to.measure(m.Name)
		if err := u.to.removeMeasure(at); err != nil {
			return err
		}
		u.change(m.Name, "去掉不再使用的统计项“"+m.Label.ZH+"”", "the measure “"+m.Label.EN+"” is taken out: no formula reads it", schema.Text{}, schema.Text{})
	}
	return nil
}

func (u *upgrader) explain(c *Catalogue, row string) schema.Text {
	if i, ok := c.Indicator(row); ok {
		return i.Explain(c)
	}
	return schema.Text{}
}

func (u *upgrader) change(where, zh, en string, is, was schema.Text) {
	u.changed = append(u.changed, Amendment{0, where, inWords(zh, en, is, was)})
}

func (u *upgrader) leave(where, zh, en string, program schema.Text) {
	u.left = append(u.left, Amendment{0, where, inWords(zh, en, program, schema.Text{})})
}

func inWords(zh, en string, is, was schema.Text) schema.Text {
	if is.ZH != "" {
		zh, en = zh+"："+is.ZH, en+": "+is.EN
	}
	if was.ZH != "" {
		zh, en = zh+"。原为："+was.ZH, en+". It was: "+was.EN
	}
	return schema.Text{ZH: zh, EN: en}
}

// checkResult makes sure that nothing but formulas, companions, measures and the version changed.
func (u *upgrader) checkResult(was fileCatalogue, text []byte, version int) error {
	if _, err := Load(text, u.file, u.schema); err != nil {
		return errors.Join(ErrUpgrade, err)
	}
	is, err := parseText(text, u.file)
	if was.Version = version; err == nil && !reflect.DeepEqual(was.facts(), is.facts()) {
		err = ErrUpgrade
	}
	return err
}

// facts is the file without formulas, companions and measures.
func (y fileCatalogue) facts() fileCatalogue {
	y.Measures = nil
	y.Department.Targets = withoutFormulas(y.Department.Targets)
	y.Projects = slices.Clone(y.Projects)
	for i := range y.Projects {
		y.Projects[i].Rows = withoutFormulas(y.Projects[i].Rows)
	}
	return y
}

func withoutFormulas(rows []fileIndicator) []fileIndicator {
	rows = slices.Clone(rows)
	for i := range rows {
		rows[i].Formula, rows[i].Companions = nil, nil
	}
	return rows
}

// measures are the names of all measures that the formula reads, without dimensions.
func (f *fileFormula) measures() (names []string) {
	if f == nil {
		return nil
	}
	for _, list := range [][]string{f.Numerator, f.Denominator, {f.DatedBy, f.Closed}, f.Needs, f.Beside} {
		for _, text := range list {
			name := measureName(parseTerm(strings.TrimSuffix(text, EachDimension)).Measure)
			if name != "" && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}
