package catalogue

import (
	"bytes"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"roadbook/schema/internal/source"
)

// textFile is a catalogue file as lines, with what they say. An edit changes lines and reads the file anew.
type textFile struct {
	fileCatalogue
	doc   *source.Document
	name  string
	lines []string // without line ends
	crlf  bool
}

func parseText(text []byte, name string) (*textFile, error) {
	text = bytes.TrimPrefix(text, []byte("\ufeff")) // places of faults count without the mark
	t := &textFile{name: name, crlf: strings.Contains(string(text), "\r\n")}
	t.lines = strings.Split(strings.ReplaceAll(string(text), "\r\n", "\n"), "\n")
	return t, t.read()
}

func (t *textFile) read() (err error) {
	t.fileCatalogue = fileCatalogue{}
	t.doc, err = source.Read([]byte(strings.Join(t.lines, "\n")), t.name, &t.fileCatalogue)
	return err
}

var versionNumber = regexp.MustCompile(`(?m)^(version: *)\d+`)

func (t *textFile) withVersion(n int) []byte {
	return t.ended(versionNumber.ReplaceAllString(strings.Join(t.lines, "\n"), "${1}"+strconv.Itoa(n)))
}

func (t *textFile) text() []byte { return t.ended(strings.Join(t.lines, "\n")) }

// ended gives the lines the ends that the file had.
func (t *textFile) ended(text string) []byte {
	if t.crlf {
		text = strings.ReplaceAll(text, "\n", "\r\n")
	}
	return []byte(text)
}

// rows are all rows, the department's last.
func (t *textFile) rows() (all []*fileIndicator) {
	for i := range t.Projects {
		for j := range t.Projects[i].Rows {
			all = append(all, &t.Projects[i].Rows[j])
		}
	}
	for i := range t.Department.Targets {
		all = append(all, &t.Department.Targets[i])
	}
	return all
}

// row finds a row by its id, with its path in the file.
func (t *textFile) row(id string) (*fileIndicator, []any, bool) {
	for i := range t.Projects {
		for j := range t.Projects[i].Rows {
			if r := &t.Projects[i].Rows[j]; r.ID == id {
				return r, []any{"projects", i, "rows", j}, true
			}
		}
	}
	for i := range t.Department.Targets {
		if r := &t.Department.Targets[i]; r.ID == id {
			return r, []any{"department", "targets", i}, true
		}
	}
	return nil, nil, false
}

// companion finds a companion by its id, with its place in the list; the place of a missing one is the list's end.
func (y *fileIndicator) companion(id string) (*fileCompanion, int) {
	for i := range y.Companions {
		if y.Companions[i].ID == id {
			return &y.Companions[i], i
		}
	}
	return nil, len(y.Companions)
}

// measure finds a measure by its name, with its place in the list.
func (t *textFile) measure(name string) (*fileMeasure, int) {
	for i := range t.Measures {
		if t.Measures[i].Name == name {
			return &t.Measures[i], i
		}
	}
	return nil, len(t.Measures)
}

// measuresRead are the names of the measures that a formula reads.
func (t *textFile) measuresRead() map[string]bool {
	read := map[string]bool{}
	note := func(f *fileFormula) {
		for _, name := range f.measures() {
			read[name] = true
		}
	}
	for _, r := range t.rows() {
		note(r.Formula)
		for _, co := range r.Companions {
			note(co.Formula)
		}
	}
	return read
}

// lineOf finds the line of a row's formula, of a companion or of a measure; 0 for a missing one.
func (t *textFile) lineOf(name string) (line int) {
	path := []any{}
	if m, at := t.measure(name); m != nil {
		path = []any{"measures", at}
	} else if _, at, ok := t.row(name); ok {
		path = childPath(at, "formula")
	}
	for _, r := range t.rows() {
		if co, n := r.companion(name); co != nil {
			_, at, _ := t.row(r.ID)
			path = childPath(at, "companions", n)
		}
	}
	line, _, _ = t.doc.KeyAt(path...)
	return line
}

// block finds the lines [from, to) of a key with its value, or of an item of a list. Comments and blank lines behind it
// belong to what follows.
func (t *textFile) block(path ...any) (from, to int, err error) {
	line, column, ok := t.doc.KeyAt(path...)
	if !ok || line > len(t.lines) {
		return 0, 0, ErrUpgrade
	}
	from = line - 1
	own := indentOf(t.lines[from])
	_, isItem := path[len(path)-1].(int)
	if isItem != strings.HasPrefix(t.lines[from][own:], "- ") || !isItem && own != column-1 {
		return 0, 0, ErrUpgrade
	}
	to = from + 1
	for i := to; i < len(t.lines) && (isRemark(t.lines[i]) || indentOf(t.lines[i]) > own); i++ {
		if !isRemark(t.lines[i]) {
			to = i + 1
		}
	}
	return from, to, nil
}

// indentOf counts the blanks before a line's text.
func indentOf(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }

func sameText(a, b string) bool { return strings.TrimSpace(a) == strings.TrimSpace(b) }

// isRemark reports whether a line is blank or a comment alone.
func isRemark(line string) bool {
	text := strings.TrimSpace(line)
	return text == "" || text[0] == '#'
}

// taken copies lines, shifted to another indentation.
func (t *textFile) taken(from, to, indent int) []string {
	out := slices.Clone(t.lines[from:to])
	by := indent - indentOf(out[0])
	for i, line := range out {
		switch {
		case line == "":
		case by >= 0:
			out[i] = strings.Repeat(" ", by) + line
		default:
			out[i] = line[min(-by, indentOf(line)):]
		}
	}
	return out
}

// put replaces the lines [from, to) and reads the file anew.
func (t *textFile) put(from, to int, lines []string) error {
	t.lines = slices.Concat(t.lines[:from], lines, t.lines[to:])
	return t.read()
}

// replaceFormula gives a row the formula that the other file has, at the row's end if it had none.
func (t *textFile) replaceFormula(row string, other *textFile) error {
	_, path, _ := other.row(row)
	of, ot, err := other.block(childPath(path, "formula")...)
	if err != nil {
		return err
	}
	r, at, _ := t.row(row)
	if r.Formula == nil {
		from, to, err := t.block(at...)
		if err != nil {
			return err
		}
		return t.put(to, to, other.taken(of, ot, indentOf(t.lines[from])+2))
	}
	return t.replace(childPath(at, "formula"), other, of, ot)
}

// setCompanion gives a row a companion of the other file, at the end of the row's list if it had none of the id.
func (t *textFile) setCompanion(row, id string, other *textFile) error {
	wanted, path, _ := other.row(row)
	_, n := wanted.companion(id)
	of, ot, err := other.block(childPath(path, "companions", n)...)
	if err != nil {
		return err
	}
	r, at, _ := t.row(row)
	present, n := r.companion(id)
	switch {
	case present != nil:
		return t.replace(childPath(at, "companions", n), other, of, ot)
	case n > 0:
		return t.insertAfter(childPath(at, "companions", n-1), other, of, ot)
	}
	from, to, err := t.block(childPath(at, "formula")...)
	if err != nil {
		return err
	}
	indent := indentOf(t.lines[from])
	return t.put(to, to, append([]string{strings.Repeat(" ", indent) + "companions:"}, other.taken(of, ot, indent+2)...))
}

// replace puts lines of another file in the place of a block, at its indentation.
func (t *textFile) replace(path []any, other *textFile, of, ot int) error {
	from, to, err := t.block(path...)
	if err != nil {
		return err
	}
	return t.put(from, to, other.taken(of, ot, indentOf(t.lines[from])))
}

// insertAfter puts lines of another file behind a block, at its indentation.
func (t *textFile) insertAfter(path []any, other *textFile, of, ot int) error {
	from, to, err := t.block(path...)
	if err != nil {
		return err
	}
	return t.put(to, to, other.taken(of, ot, indentOf(t.lines[from])))
}

// replaceMeasure replaces the measure at a place by the other file's at n.
func (t *textFile) replaceMeasure(at int, other *textFile, n int) error {
	of, ot, err := other.block("measures", n)
	if err != nil {
		return err
	}
	return t.replace([]any{"measures", at}, other, of, ot)
}

// insertMeasure takes a measure of another file and puts it behind the nearest of its predecessors there: behind the
// comments too that follow in both files, as the head of a group does.
func (t *textFile) insertMeasure(other *textFile, name string) error {
	_, n := other.measure(name)
	of, ot, err := other.block("measures", n)
	if err != nil {
		return err
	}
	before := n - 1
	for before >= 0 {
		if m, _ := t.measure(other.Measures[before].Name); m != nil {
			break
		}
		before--
	}
	if before < 0 {
		return t.insertAfter([]any{"measures", len(t.Measures) - 1}, other, of, ot)
	}
	_, behind, err := other.block("measures", before)
	if err != nil {
		return err
	}
	_, after := t.measure(other.Measures[before].Name)
	from, to, err := t.block("measures", after)
	if err != nil {
		return err
	}
	for i := behind; i < of && to < len(t.lines) && isRemark(other.lines[i]) && sameText(other.lines[i], t.lines[to]); i++ {
		to++
	}
	return t.put(to, to, other.taken(of, ot, indentOf(t.lines[from])))
}

func (t *textFile) removeMeasure(at int) error {
	from, to, err := t.block("measures", at)
	if err != nil {
		return err
	}
	return t.put(from, to, nil)
}
