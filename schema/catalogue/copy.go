package catalogue

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

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
// included; a person edits the parts that change with the year, above all the money.
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

// EmbeddedText returns the text of an embedded catalogue.
func EmbeddedText(c *Catalogue) ([]byte, error) { return data.FS.ReadFile("catalogues/" + c.File) }
