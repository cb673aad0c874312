package catalogue

import (
	"strings"

	"roadbook/schema"
)

// fileNote is a doubt that somebody wrote into the file.
type fileNote struct {
	Code string      `yaml:"code"`
	Text string      `yaml:"text"` // the words it is about, verbatim
	Why  schema.Text `yaml:"why"`  // a reason of its own instead of the code's
}

// said is a text of the file and where it stands.
type said struct {
	text string
	path []any
}

// notes of a row, a project or the department; texts is all that can be quoted from it.
func (l *loader) notes(c *Catalogue, notes []fileNote, of Finding, texts []said, path []any) {
	for n, note := range notes {
		here := at(path, "notes", n)
		of.Line, _ = l.doc.At(here...)
		kind, ok := lintOf(note.Code)
		if !ok {
			l.unknown("lint", note.Code, at(here, "code"))
			continue
		}
		l.required(note.Text != "" || !strings.Contains(kind.Why.ZH, placeIt) || note.Why.ZH != "", "text", here...)
		if (note.Why.ZH == "") != (note.Why.EN == "") {
			l.required(false, "why.zh, why.en", at(here, "why")...)
		}
		if note.Text != "" {
			of.Line = l.quote(note.Text, texts, at(here, "text"))
		}
		of.it = note.Text
		why := kind.about(verbatim(note.Text))
		if note.Why.ZH != "" {
			why = note.Why
		}
		c.found(of, kind, why)
	}
}

// quote finds the line of a note's words: what is quoted must be said.
func (l *loader) quote(words string, texts []said, path []any) int {
	for _, s := range texts {
		if strings.Contains(s.text, words) {
			line, _ := l.doc.At(s.path...)
			return line
		}
	}
	l.fail(FaultNote, "原文中没有标注所引的文字："+words, "the note quotes words that are not there: “"+words+"”", path...)
	return 0
}

func (y *fileIndicator) texts(path []any) []said {
	return []said{
		{y.L1, at(path, "l1")},
		{y.L2, at(path, "l2")},
		{y.L3, at(path, "l3")},
		{y.Desc, at(path, "desc")},
		{y.Target.Raw, at(path, "target", "raw")},
	}
}

func (y *fileProject) texts(path []any) []said {
	out := []said{{y.Name, at(path, "name")}, {y.Purpose, at(path, "purpose")}}
	for i, goal := range y.Goals {
		out = append(out, said{goal, at(path, "goals", i)})
	}
	return out
}

func (y *fileDepartment) texts(path []any) []said {
	out := []said{{y.Name, at(path, "name")}, {y.Slogan, at(path, "slogan")}, {y.OverallGoal, at(path, "overall_goal")}}
	for i, line := range y.BusinessLines {
		out = append(out, said{line, at(path, "business_lines", i)})
	}
	for i, goal := range y.SubGoals {
		out = append(out, said{goal.Name, at(path, "sub_goals", i, "name")})
		for j, item := range goal.Items {
			out = append(out, said{item.Text, at(path, "sub_goals", i, "items", j, "text")})
		}
	}
	for i, s := range y.Safeguards {
		out = append(out, said{s.Text, at(path, "safeguards", i, "text")})
	}
	return out
}
