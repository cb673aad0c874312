package catalogue

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"roadbook/schema"
)

// Errors of Revise.
var (
	ErrRevise  = errors.New("目录文件的写法无法逐行修改：请用 --out 写出文件，修改后发布 / the file can't be changed line by line: write it out with --out, edit and publish")
	ErrNoItem  = errors.New("目录里没有这一项：应为指标编号、项目编码或序号，或 department / the catalogue has no such item: an item is a row's id, a project's code or number, or department")
	ErrOwn     = errors.New("已核定，无须再核定 / is the year's own already: there is nothing to revise")
	ErrOneItem = errors.New("新的数值一次只给一项：指标用 --target，项目用 --budget、--plan、--name / new values are of a single item: of a row --target, of a project --budget, --plan, --name")
)

// NewFacts are the new values of one item; the zero value: as carried over.
type NewFacts struct {
	Target *Target  // of a row
	Budget *Budget  // of a project
	Plan   []string // of a project: cumulative % at the checkpoints
	Name   string   // of a project
}

func (f *NewFacts) given() bool {
	return f.Target != nil || f.ofProject()
}

func (f *NewFacts) ofProject() bool {
	return f.Budget != nil || len(f.Plan) > 0 || f.Name != ""
}

// Revised is the next version of a catalogue.
type Revised struct {
	*Catalogue
	Text    []byte
	Dropped []string // notes taken out: they quote words that the new values replaced
}

// Revise writes the next version of a catalogue in which the items are the year's own, with new values of a single item
// or as they are. Without items only the version changes. Errors: ErrRevise, ErrNoItem, ErrOwn, ErrOneItem, Faults.
func Revise(text []byte, file string, s *schema.Schema, items []string, to NewFacts) (*Revised, error) {
	c, err := Load(text, file, s)
	if err != nil {
		return nil, err
	}
	t, err := parseText(text, file)
	if err != nil {
		return nil, err
	}
	out := &Revised{}
	if items, err = c.itemsToRevise(items, &to); err != nil {
		return nil, err
	}
	if len(items) > 0 {
		left := slices.DeleteFunc(c.CarriedItems(), func(item string) bool { return slices.Contains(items, item) })
		if err := t.setCarried(left, c.carried); err != nil {
			return nil, err
		}
	}
	if to.given() {
		if out.Dropped, err = t.setFacts(items[0], &to); err != nil {
			return nil, err
		}
	}
	out.Text = t.withVersion(c.Version + 1)
	out.Catalogue, err = Load(out.Text, file, s)
	return out, err
}

// itemsToRevise finds the items, each once. A project may be named by its number.
func (c *Catalogue) itemsToRevise(names []string, to *NewFacts) (items []string, err error) {
	for _, name := range names {
		item, ok := c.findItem(name)
		if !ok {
			return nil, fmt.Errorf("%s: %w", name, ErrNoItem)
		}
		if c.carried[item] == 0 && !to.given() {
			return nil, fmt.Errorf("%s: %w", item, ErrOwn)
		}
		if !slices.Contains(items, item) {
			items = append(items, item)
		}
	}
	if !to.given() {
		return items, nil
	}
	if len(items) != 1 || (to.Target != nil) != (c.byID[items[0]] != nil) || to.ofProject() != c.isProject(items[0]) {
		return nil, ErrOneItem
	}
	return items, nil
}

func (c *Catalogue) isProject(item string) bool {
	return slices.ContainsFunc(c.Projects, func(p *Project) bool { return p.Code == item })
}

func (c *Catalogue) findItem(name string) (item string, ok bool) {
	for _, item := range c.items() {
		if strings.EqualFold(item, name) {
			return item, true
		}
	}
	for _, p := range c.Projects {
		if strconv.Itoa(p.No) == name {
			return p.Code, true
		}
	}
	return "", false
}

// plainTarget is a target of an operator, a number and a unit of measure: "≥90%".
var plainTarget = regexp.MustCompile(`^(≥|≤|<|>|>=|<=|＞|＜|≧|≦|＞=|＜=)\s*([0-9]+(?:\.[0-9]+)?)\s*(\S*)$`)

var plainOperators = map[string]string{">=": "≥", "<=": "≤", "＞": ">", "＜": "<", "≧": "≥", "≦": "≤", "＞=": "≥", "＜=": "≤"}

// ParseTarget reads a target as typed, "≥90%"; without a unit of measure the row's present unit holds. ok is false for words
// without a plain operator and number: their meaning is HQ's to write into the file.
func ParseTarget(text string, was Target) (t *Target, ok bool) {
	m := plainTarget.FindStringSubmatch(strings.TrimSpace(text))
	if m == nil {
		return nil, false
	}
	t = &Target{Raw: strings.TrimSpace(text), Op: m[1], Value: m[2], Unit: m[3], YoY: was.YoY}
	if op, ok := plainOperators[m[1]]; ok {
		t.Op = op
	}
	if t.Unit == "" {
		t.Unit = was.Unit
		t.Raw += was.Unit
	}
	return t, true
}
