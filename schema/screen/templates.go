package screen

import (
	"fmt"
	"html/template"
	"strconv"
	"strings"

	"roadbook/schema"
)

// Add defines the components in a set of templates, in a language: "rb-button" takes a Button, "rb-field" a Field, and so
// on for every type of properties in props.go.
func Add(to *template.Template, lang string) (*template.Template, error) {
	return to.Funcs(functions(lang)).ParseFS(templates, "templates/*.html")
}

// functions of the components' templates; their names begin with rb, as the templates' names do.
func functions(lang string) template.FuncMap {
	return template.FuncMap{
		"rbWord":      func(key string, it ...any) (string, error) { return say(lang, key, it...) },
		"rbIn":        func(t schema.Text) string { return t.In(lang) },
		"rbShape":     shape,
		"rbState":     state,
		"rbBanner":    bannerShape,
		"rbDescribed": described,
		"rbNumber":    number,
		"rbProgress":  progressOf,
		"rbAfter":     func(i int) int { return i + 1 },
		"rbNth":       nth,
	}
}

// say returns a shared word, with something inserted.
func say(lang, key string, it ...any) (string, error) {
	w, ok := Word(key)
	if !ok {
		return "", fmt.Errorf("no word %q", key)
	}
	return strings.ReplaceAll(w.In(lang), "{it}", fmt.Sprint(it...)), nil
}

func shape(name string) ([]Stroke, error) {
	if s := loaded.Shapes[name]; s != nil {
		return s, nil
	}
	return nil, fmt.Errorf("no shape %q", name)
}

func state(name string) (State, error) {
	for _, s := range loaded.States {
		if s.Name == name {
			return s, nil
		}
	}
	return State{}, fmt.Errorf("no state %q", name)
}

func bannerShape(kind string) (string, error) {
	switch kind {
	case "offline":
		return "ring with slash", nil
	case "failure":
		return "triangle", nil
	case "success":
		return "disc with tick", nil
	case "training":
		return "open book", nil
	}
	return "", fmt.Errorf("no banner %q", kind)
}

type asker interface {
	asked() Asked
	beside() string // the part of the id of a text beside the control, "" = none
}

func (a Asked) asked() Asked { return a }

func (Asked) beside() string { return "" }

func (f Field) beside() string { return when(f.Unit != "" && f.Lines < 2, "unit") }

func (p Plate) beside() string { return when(p.Sort != "", "sort") }

func when(holds bool, text string) string {
	if holds {
		return text
	}
	return ""
}

// described names the ids of all texts about a control, in reading order.
func described(of asker) string {
	a := of.asked()
	var ids []string
	for _, part := range []string{
		when(a.Help != "", "help"), when(a.Fault != "", "fault"), of.beside(), when(a.Read != "", "read"), when(a.Doubt != "", "doubt"),
	} {
		if part != "" {
			ids = append(ids, a.ID+"-"+part)
		}
	}
	return strings.Join(ids, " ")
}

// nth is the id of a choice's option: the first one has the field's own, for links from a summary.
func nth(id string, i int) string {
	if i == 0 {
		return id
	}
	return id + "-" + strconv.Itoa(i+1)
}

// number writes a whole number with commas between thousands.
func number(n any) string {
	var v int64
	switch n := n.(type) {
	case *int64:
		v = *n
	case int64:
		v = n
	}
	digits, sign := strconv.FormatInt(v, 10), ""
	if v < 0 {
		digits, sign = digits[1:], "-"
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return sign + digits
}

// progress is a total beside its target. Short and Over are nil where no target or no figure is known.
type progress struct {
	Known       bool
	Short, Over *int64
	Percent     int64 // 0 to 100, rounded down
}

func progressOf(t Total) progress {
	if t.Target == nil || t.Year == nil || *t.Target <= 0 {
		return progress{}
	}
	p := progress{Known: true, Percent: max(0, min(100, *t.Year*100 / *t.Target))}
	left := *t.Target - *t.Year
	if left > 0 {
		p.Short = &left
		return p
	}
	over := -left
	p.Over = &over
	return p
}
