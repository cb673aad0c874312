package catalogue

import (
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
)

// setCarried writes the list of what is carried over behind the year, in place of an earlier list.
func (t *textFile) setCarried(items []string, from map[string]int) error {
	lines := carriedLines(items, from)
	if _, _, ok := t.doc.KeyAt("carried_over"); ok {
		first, end, err := t.block("carried_over")
		if err != nil {
			return reviseError(err)
		}
		return t.put(first, end, lines)
	}
	_, end, err := t.block("year")
	if err != nil {
		return reviseError(err)
	}
	return t.put(end, end, lines)
}

// reviseError names the remedy of a revision in place of an upgrade's.
func reviseError(err error) error {
	if errors.Is(err, ErrUpgrade) {
		return ErrRevise
	}
	return err
}

// setFacts writes new values of an item, and returns the quotes of the notes taken out with the old ones.
func (t *textFile) setFacts(item string, to *NewFacts) (dropped []string, err error) {
	if to.Target != nil {
		_, path, _ := t.row(item)
		if err := t.setKey(path, "target", targetLine(to.Target)); err != nil {
			return nil, err
		}
		if err := t.removeKey(path, "intent"); err != nil { // confirmed for the target before
			return nil, err
		}
		row, _, _ := t.row(item)
		return t.dropNotes(path, row.Notes, row.quotableTexts(path))
	}
	n := slices.IndexFunc(t.Projects, func(p fileProject) bool { return p.Code == item })
	path := []any{"projects", n}
	if to.Budget != nil {
		err = errors.Join(t.setKey(path, "budget", budgetLine(to.Budget)), t.setBudgetTotal())
	}
	if err == nil && len(to.Plan) > 0 {
		err = t.setKey(path, "plan", "plan: ["+strings.Join(quotedAll(to.Plan), ", ")+"]")
	}
	if err == nil && to.Name != "" {
		err = t.setKey(path, "name", "name: "+quoted(to.Name))
	}
	if err != nil {
		return nil, err
	}
	p := &t.Projects[n]
	return t.dropNotes(path, p.Notes, p.quotableTexts(path))
}

// setKey replaces a key with its value by one line at the same indentation.
func (t *textFile) setKey(path []any, key, line string) error {
	from, to, err := t.block(childPath(path, key)...)
	if err != nil {
		return reviseError(err)
	}
	return t.put(from, to, []string{strings.Repeat(" ", indentOf(t.lines[from])) + line})
}

// removeKey takes a key out, if present.
func (t *textFile) removeKey(path []any, key string) error {
	if _, _, ok := t.doc.KeyAt(childPath(path, key)...); !ok {
		return nil
	}
	from, to, err := t.block(childPath(path, key)...)
	if err != nil {
		return reviseError(err)
	}
	return t.put(from, to, nil)
}

// dropNotes takes out the notes whose quoted words are in no text any more.
func (t *textFile) dropNotes(path []any, notes []fileNote, texts []sourceText) (dropped []string, err error) {
	for n, note := range slices.Backward(notes) {
		quote := note.Text
		if quote == "" || slices.ContainsFunc(texts, func(s sourceText) bool { return strings.Contains(s.text, quote) }) {
			continue
		}
		dropped = append(dropped, quote)
		if len(dropped) == len(notes) {
			return dropped, t.removeKey(path, "notes")
		}
		from, to, err := t.block(childPath(path, "notes", n)...)
		if err != nil {
			return nil, reviseError(err)
		}
		if err := t.put(from, to, nil); err != nil {
			return nil, err
		}
	}
	return dropped, nil
}

// setBudgetTotal sums the projects' budgets up again. A malformed budget is left to the check of the result.
func (t *textFile) setBudgetTotal() error {
	sum := new(big.Rat)
	for i := range t.Projects {
		if amount, ok := new(big.Rat).SetString(t.Projects[i].Budget.Total); ok {
			sum.Add(sum, amount)
		}
	}
	return t.setKey([]any{"department"}, "budget_total", "budget_total: "+quoted(sum.FloatString(2))+"   # derived: the sum of the projects")
}

func targetLine(t *Target) string {
	line := fmt.Sprintf("target: {raw: %s, op: %s, value: %s, unit: %s", quoted(t.Raw), quoted(t.Op), quoted(t.Value), quoted(t.Unit))
	if t.YoY {
		line += ", yoy: true"
	}
	return line + "}"
}

func budgetLine(b *Budget) string {
	other := "null"
	if b.Other != nil {
		other = quoted(*b.Other)
	}
	return fmt.Sprintf("budget: {total: %s, fiscal: %s, other: %s}", quoted(b.Total), quoted(b.Fiscal), other)
}

func quotedAll(texts []string) []string {
	out := make([]string, len(texts))
	for i, text := range texts {
		out[i] = quoted(text)
	}
	return out
}
