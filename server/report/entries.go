package report

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"roadbook/schema/catalogue"
	"roadbook/schema/source"
)

// Entries are the typed parts of a sheet: none is computed, each may be empty and then leaves room for handwriting.
type Entries struct {
	Weights  Weights                   `yaml:"weights"` // empty: the default ones
	Projects map[string]ProjectEntries `yaml:"projects"`
}

// ProjectEntries are the entries of one project.
type ProjectEntries struct {
	Unit       string            `yaml:"unit"`       // 实施单位; empty: the budget unit's name
	Achieved   string            `yaml:"achieved"`   // 年度总体目标实际完成情况
	Deviations map[string]string `yaml:"deviations"` // 偏差原因分析及改进措施, by row id
	Choices    map[string]Choice `yaml:"choices"`    // of rows with two scores, by row id
	FilledBy   string            `yaml:"filled_by"`
	ReviewedBy string            `yaml:"reviewed_by"`
	Phone      string            `yaml:"phone"`
	Date       string            `yaml:"date"`
}

// Choice records HQ's choice between the two scores of a capped drop. The literal score is printed either way.
type Choice struct {
	Use string `yaml:"use"` // literal or advisory
	By  string `yaml:"by"`
	At  string `yaml:"at"`
}

// The two scores for a Choice.
const (
	Literal  = "literal"
	Advisory = "advisory"
)

// ParseEntries reads entries from YAML. A refusal names the place of the fault.
func ParseEntries(text []byte) (*Entries, error) {
	var e Entries
	if len(bytes.TrimSpace(text)) == 0 {
		return &e, nil
	}
	if _, err := source.Read(text, "", &e); err != nil {
		at, ok := errors.AsType[*source.Error](err)
		if !ok {
			return nil, err
		}
		zh, en := source.Translate(at.Reason)
		return nil, badRequest(fmt.Sprintf("填报文件有误，第 %d 行第 %d 列：%s", at.Line, at.Column, zh), fmt.Sprintf("the file of entries is wrong, line %d, column %d: %s", at.Line, at.Column, en))
	}
	return &e, nil
}

// effectiveWeights are the default weights, replaced by the entered weights.
func (e *Entries) effectiveWeights() Weights {
	w := DefaultWeights()
	if e.Weights.Execution != "" {
		w.Execution = e.Weights.Execution
	}
	if e.Weights.Levels != nil {
		w.Levels = e.Weights.Levels
	}
	w.Projects = e.Weights.Projects
	return w
}

// maxEntry bounds a text of the entries, in characters.
const maxEntry = 4000

// forProject returns a project's entries after a check that each is about a row of the project.
func (e *Entries) forProject(p *catalogue.Project) (*ProjectEntries, error) {
	own := e.Projects[p.Code]
	for id, text := range own.Deviations {
		if err := checkRowExists(p, id); err != nil {
			return nil, err
		}
		if err := checkLength(id, text); err != nil {
			return nil, err
		}
	}
	for id, c := range own.Choices {
		if err := checkRowExists(p, id); err != nil {
			return nil, err
		}
		if c.Use != Literal && c.Use != Advisory {
			return nil, badRequest(id+" 的 use 应为 literal 或 advisory", "use of "+id+" is literal or advisory")
		}
		if err := checkLength(id, c.By+c.At); err != nil {
			return nil, err
		}
	}
	for _, text := range []string{own.Unit, own.Achieved, own.FilledBy, own.ReviewedBy, own.Phone, own.Date} {
		if err := checkLength(p.Code, text); err != nil {
			return nil, err
		}
	}
	return &own, nil
}

func checkRowExists(p *catalogue.Project, id string) error {
	for _, r := range p.Rows {
		if r.ID == id {
			return nil
		}
	}
	return badRequest("项目 "+p.Code+" 没有指标 "+id, "project "+p.Code+" has no row "+id)
}

func checkLength(what, text string) error {
	if utf8.RuneCountInString(text) <= maxEntry {
		return nil
	}
	return badRequest(fmt.Sprintf("%s 的文字超过 %d 字", what, maxEntry), fmt.Sprintf("a text of %s is longer than %d characters", what, maxEntry))
}

// cleanText removes characters from a text that a sheet cannot hold or a reader cannot see: control characters except
// the line break, characters that change the reading direction, and workbook escapes (_x000D_ loses its first
// underscore).
func cleanText(text string) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return r
		case r == '\t':
			return ' '
		case r < ' ', r >= 0x7f && r < 0xa0, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069, r&0xfffe == 0xfffe:
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, "\ufffd"))
	return escapes.ReplaceAllString(text, "x${1}_")
}

var escapes = regexp.MustCompile(`_x([0-9A-Fa-f]{4})_`)
