package query

import (
	"encoding/base64"
	"encoding/json"
	"strings"

	"roadbook/server/doubts"
)

// pullCursor is the content of a cursor. Unit is the filter: a device that changes unit begins afresh.
type pullCursor struct {
	Epoch string     `json:"e"`
	Unit  string     `json:"u"`
	Full  bool       `json:"o,omitempty"` // the device has nothing yet: send its own observations as well
	Fates fateCursor `json:"h,omitzero"`

	Doubts doubts.Position `json:"d,omitzero"`

	Feed string `json:"f,omitempty"` // only here in cursors of older programs
}

// A cursor is its version, a dot, base 64 of JSON, a dot, and the store's own cursor unchanged. The older form had no
// dots; the server accepts such a cursor once and answers with one of this form.
const cursorVersion = "2."

// maxCursor bounds the cursors that the server decodes, in bytes; a store's own cursor is far shorter.
const maxCursor = 1 << 20

// readCursor decodes a cursor. A cursor of another server epoch or another unit begins afresh.
func (p *Puller) readCursor(text, unit string) (c pullCursor, reset bool) {
	if text == "" {
		return p.freshCursor(unit), false
	}
	c, ok := parseCursor(text)
	if !ok || c.Epoch != p.Epoch || c.Unit != unit {
		return p.freshCursor(unit), true
	}
	return c, false
}

func (p *Puller) freshCursor(unit string) pullCursor {
	return pullCursor{Epoch: p.Epoch, Unit: unit, Full: true}
}

func parseCursor(text string) (c pullCursor, ok bool) {
	if len(text) > maxCursor {
		return c, false
	}
	head, isNew := strings.CutPrefix(text, cursorVersion)
	head, feed, found := strings.Cut(head, ".")
	raw, err := base64.RawURLEncoding.DecodeString(head)
	if err != nil || isNew != found || json.Unmarshal(raw, &c) != nil {
		return c, false
	}
	if isNew {
		c.Feed = feed
	}
	return c, true
}

func (c pullCursor) String() string {
	feed := c.Feed
	c.Feed = ""
	raw, _ := json.Marshal(c) //nolint:errchkjson // strings and bools
	return cursorVersion + base64.RawURLEncoding.EncodeToString(raw) + "." + feed
}
