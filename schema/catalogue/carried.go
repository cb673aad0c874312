package catalogue

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// DepartmentItem is the name under which the department's goals are carried over and revised.
const DepartmentItem = "department"

// Carried counts what a catalogue took from other years and HQ has not revised yet.
type Carried struct {
	Rows       int  `json:"rows"`
	Projects   int  `json:"projects"`   // with budget and plan
	Department bool `json:"department"` // the goals
}

// None reports whether everything is the year's own.
func (n Carried) None() bool { return n == Carried{} }

// CarriedItems are the names of what is carried over, in the order of the catalogue: "department", then codes of projects
// and ids of rows.
func (c *Catalogue) CarriedItems() []string {
	return slices.DeleteFunc(c.items(), func(item string) bool { return c.carried[item] == 0 })
}

// CarriedFrom is the year from which an item was carried over; 0: the item is the year's own.
func (c *Catalogue) CarriedFrom(item string) int { return c.carried[item] }

// Carried counts the items carried over.
func (c *Catalogue) Carried() (n Carried) {
	for _, i := range c.indicators {
		if i.CarriedFrom != 0 {
			n.Rows++
		}
	}
	for _, p := range c.Projects {
		if p.CarriedFrom != 0 {
			n.Projects++
		}
	}
	n.Department = c.Department.CarriedFrom != 0
	return n
}

// items are the names of everything that can be carried over.
func (c *Catalogue) items() []string {
	out := []string{DepartmentItem}
	for _, i := range c.Department.Targets {
		out = append(out, i.ID)
	}
	for _, p := range c.Projects {
		out = append(out, p.Code)
		for _, i := range p.Rows {
			out = append(out, i.ID)
		}
	}
	return out
}

// loadCarried checks the file's list and marks projects, rows and the department.
func (l *loader) loadCarried(c *Catalogue, carried map[string]int) {
	known := c.items()
	for _, item := range slices.Sorted(maps.Keys(carried)) {
		from, path := carried[item], []any{"carried_over", item}
		if !slices.Contains(known, item) {
			l.failUnknown("item", item, path)
		}
		if from < 1000 || from > 9999 || from == c.Year {
			l.fail(FaultCarried, fmt.Sprintf("沿用自哪一年：应为另一个四位数年份，不是 %d", from), fmt.Sprintf("carried over from another year, in four digits: not from %d", from), path...)
		}
	}
	c.carried = carried
	c.Department.CarriedFrom = carried[DepartmentItem]
	for _, i := range c.indicators {
		i.CarriedFrom = carried[i.ID]
	}
	for _, p := range c.Projects {
		p.CarriedFrom = carried[p.Code]
	}
}

// carriedLines are the lines of a file's list of what is carried over.
func carriedLines(items []string, from map[string]int) []string {
	if len(items) == 0 {
		return nil
	}
	out := []string{"carried_over:   # 沿用自该年、待核定；核定一项，删去一行 · from the year named, to be revised: revise an item, then delete its line"}
	for _, item := range items {
		out = append(out, fmt.Sprintf("  %s: %d", quoted(item), from[item]))
	}
	return out
}

// quoted writes a text as a YAML scalar in single quotes.
func quoted(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }
