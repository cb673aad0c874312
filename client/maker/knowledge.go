package maker

import (
	"context"
	"encoding/json"
	"strconv"
	"sync"

	"roadbook/client/localdb"
	"roadbook/client/station"
	"roadbook/schema"
	"roadbook/schema/catalogue"
	"roadbook/sync/wire"
)

type rulesParams struct {
	Digest string `json:"digest"` // of the page's rules
}

// rules are the rules for pages, or null if the page's are the present ones.
func (m *Maker) rules(_ context.Context, p rulesParams) (any, error) {
	r, err := m.schema().Rules()
	if err != nil || r.Digest == p.Digest {
		return nil, err
	}
	return struct {
		Digest string          `json:"digest"`
		Rules  json.RawMessage `json:"rules"`
	}{r.Digest, r.JSON}, nil
}

// embedded are the catalogues in this program, by name.
var embedded = sync.OnceValues(func() (map[string]*catalogue.Catalogue, error) {
	all, err := catalogue.Embedded(schema.Default())
	out := map[string]*catalogue.Catalogue{}
	for _, c := range all {
		out[c.Name()] = c
	}
	return out, err
})

// plateBegin is the beginning of plates in the brigade's division.
func (m *Maker) plateBegin() string {
	all, err := embedded()
	if c := all[station.Catalogue]; err == nil && c != nil {
		return m.schema().PlateBegin(c.Department.Division)
	}
	return ""
}

// targetOut is the shape Target of maker.js.
type targetOut struct {
	Row     string `json:"row"`
	Measure string `json:"measure"`
	Raw     string `json:"raw"` // verbatim
	Value   int64  `json:"value"`
	Unit    string `json:"unit"`
}

// targets are the rows of the year's catalogue with a whole number to reach as the plain sum of one measure. Without the catalogue in this
// program there are none.
func (m *Maker) targets(ctx context.Context, db *localdb.DB, t *wire.Totals) []targetOut {
	out := []targetOut{}
	st, err := db.Status(ctx)
	all, wrong := embedded()
	c := all[st.Catalogue]
	if err != nil || wrong != nil || c == nil || len(t.To) < 4 || strconv.Itoa(c.Year) != t.To[:4] {
		return out
	}
	for _, i := range c.Indicators() {
		n, err := strconv.ParseInt(i.Target.Value, 10, 64)
		if f := i.Formula; err == nil && f != nil && f.Kind == catalogue.Sum && len(f.Numerator) == 1 && i.Target.Op == "≥" {
			out = append(out, targetOut{i.ID, f.Numerator[0].Measure, i.Target.Raw, n, i.Target.Unit})
		}
	}
	return out
}
