package catalogue

import (
	"strings"

	"roadbook/schema"
)

// fileNote is a doubt that somebody wrote into the file.
type fileNote struct {
	Code string      `yaml:"code"`
	Text string      `yaml:"text"` // the doubtful words, verbatim
	Why  schema.Text `yaml:"why"`  // a reason that replaces the code's reason
}

// sourceText is a text of the file with its path.
type sourceText struct {
	text string
	path []any
}

// loadNotes loads the notes of a row, a project or the department; texts are all texts that notes may quote.
func (l *loader) loadNotes(c *Catalogue, notes []fileNote, of Finding, texts []sourceText, path []any) {
	for n, note := range notes {
		here := childPath(path, "notes", n)
		of.Line, _ = l.doc.At(here...)
		kind, ok := lintOf(note.Code)
		if !ok {
			l.failUnknown("lint", note.Code, childPath(here, "code"))
			continue
		}
		l.required(note.Text != "" || !strings.Contains(kind.Why.ZH, subjectPlaceholder) || note.Why.ZH != "", "text", here...)
		if (note.Why.ZH == "") != (note.Why.EN == "") {
			l.required(false, "why.zh, why.en", childPath(here, "why")...)
		}
		if note.Text != "" {
			of.Line = l.findQuote(note.Text, texts, childPath(here, "text"))
		}
		of.subject = note.Text
		why := kind.reasonFor(verbatim(note.Text))
		if note.Why.ZH != "" {
			why = note.Why
		}
		c.addFinding(of, kind, why)
	}
}

// findQuote finds the line of a note's words. The quoted words must occur in a text.
func (l *loader) findQuote(words string, texts []sourceText, path []any) int {
	for _, s := range texts {
		if strings.Contains(s.text, words) {
			line, _ := l.doc.At(s.path...)
			return line
		}
	}
	l.fail(FaultNote, "原文中没有标注所引的文字："+words, "the note quotes words that are not there: “"+words+"”", path...)
	return 0
}

func (y *fileIndicator) quotableTexts(path []any) []sourceText {
	return []sourceText{
		{y.L1, childPath(path, "l1")},
		{y.L2, childPath(path, "l2")},
		{y.L3, childPath(path, "l3")},
		{y.Desc, childPath(path, "desc")},
		{y.Target.Raw, childPath(path, "target", "raw")},
	}
}

func (y *fileProject) quotableTexts(path []any) []sourceText {
	out := []sourceText{{y.Name, childPath(path, "name")}, {y.Purpose, childPath(path, "purpose")}}
	for i, goal := range y.Goals {
		out = append(out, sourceText{goal, childPath(path, "goals", i)})
	}
	return out
}

func (y *fileDepartment) quotableTexts(path []any) []sourceText {
	out := []sourceText{{y.Name, childPath(path, "name")}, {y.Slogan, childPath(path, "slogan")}, {y.OverallGoal, childPath(path, "overall_goal")}}
	for i, line := range y.BusinessLines {
		out = append(out, sourceText{line, childPath(path, "business_lines", i)})
	}
	for i, goal := range y.SubGoals {
		out = append(out, sourceText{goal.Name, childPath(path, "sub_goals", i, "name")})
		for j, item := range goal.Items {
			out = append(out, sourceText{item.Text, childPath(path, "sub_goals", i, "items", j, "text")})
		}
	}
	for i, s := range y.Safeguards {
		out = append(out, sourceText{s.Text, childPath(path, "safeguards", i, "text")})
	}
	return out
}
