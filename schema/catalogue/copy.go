package catalogue

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"roadbook/schema"
	"roadbook/schema/data"
)

// ErrCopy: a file lacks its id, version and year in lines of their own, which a copy needs.
var ErrCopy = errors.New("目录文件须各用一行写明 id、version 和 year / a catalogue's id, version and year must each stand in a line of their own")

var (
	idLine      = regexp.MustCompile(`(?m)^id: *(\S+).*$`)
	versionLine = regexp.MustCompile(`(?m)^version: *\d+.*$`)
	yearLine    = regexp.MustCompile(`(?m)^year: *(\d{4}).*$`)
	yearAtEnd   = regexp.MustCompile(`-\d{4}$`)
)

// CopyToYear makes another year's catalogue from a catalogue's text: the same projects, rows and literal targets, as
// version 1 under the other year's id (shunping-2020 becomes shunping-2021). The rest of the text stays, comments
// included, and nothing is marked as carried over: see CarryOver.
func CopyToYear(text []byte, year int) ([]byte, error) {
	id := idLine.FindSubmatch(text)
	if id == nil || !versionLine.Match(text) || !yearLine.Match(text) || year < 1000 || year > 9999 {
		return nil, ErrCopy
	}
	name := yearAtEnd.ReplaceAllString(strings.Trim(string(id[1]), `'"`), "") + "-" + strconv.Itoa(year)
	out := idLine.ReplaceAllLiteral(text, []byte("id: "+name))
	out = versionLine.ReplaceAllLiteral(out, []byte("version: 1"))
	return yearLine.ReplaceAllLiteral(out, fmt.Appendf(nil, "year: %d", year)), nil
}

// CarryOver makes another year's catalogue as CopyToYear does, with every target, budget and plan marked as carried over
// until HQ revises it. What the original has itself carried over keeps the year of its origin. Errors: ErrCopy, Faults.
func CarryOver(text []byte, file string, year int, s *schema.Schema) ([]byte, error) {
	c, err := Load(text, file, s)
	if err != nil {
		return nil, err
	}
	copied, err := CopyToYear(text, year)
	if err != nil {
		return nil, err
	}
	t, err := parseText(copied, file)
	if err != nil {
		return nil, err
	}
	from, items := map[string]int{}, []string{}
	for _, item := range c.items() {
		if from[item] = c.carried[item]; from[item] == 0 {
			from[item] = c.Year
		}
		if from[item] != year {
			items = append(items, item)
		}
	}
	if err := t.setCarried(items, from); err != nil {
		return nil, err
	}
	_, err = Load(t.text(), file, s)
	return t.text(), err
}

// EmbeddedText returns the text of an embedded catalogue.
func EmbeddedText(c *Catalogue) ([]byte, error) { return data.FS.ReadFile("catalogues/" + c.File) }
