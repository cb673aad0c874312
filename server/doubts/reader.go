package doubts

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"roadbook/schema"
	"roadbook/server/store"
	"roadbook/sync/doubt"
	"roadbook/sync/wire"
)

// Reader answers questions about the rows. It is safe for many goroutines.
type Reader struct {
	Store  store.Store
	Schema *schema.Schema
	Now    func() time.Time
}

// Status is the Follower's progress.
type Status struct {
	AsOf    time.Time // every frame counted before is in the rows; zero: no Follower has begun
	Behind  bool      // later frames wait
	Done    int64     // of the records of a pass under way
	Of      int64     // 0: no pass is under way
	Rebuilt string    // the last request for a rebuild taken up
	First   bool      // the first pass over all records has not ended: the rows are incomplete
}

// Lag is the age of the first observation not covered by the rows.
func (s *Status) Lag(now time.Time) time.Duration {
	if !s.Behind || s.AsOf.IsZero() {
		return 0
	}
	return max(0, now.Sub(s.AsOf))
}

// Status reads how far the Follower has come.
func (r *Reader) Status(ctx context.Context) (s Status, err error) {
	st, err := r.state(ctx)
	if err != nil || st == nil {
		return s, err
	}
	s = Status{AsOf: r.Now(), Rebuilt: st.Redo, First: st.Ended == 0}
	if st.Pass != nil {
		s.Done, s.Of = st.Pass.Done, max(st.Pass.Of, st.Pass.Done, 1)
	}
	page, err := r.Store.Feed(ctx, st.Cursor, "", 1)
	if err != nil || len(page.Entries) == 0 {
		return s, err
	}
	key := page.Entries[0].Key
	f, err := r.Store.FrameWith(ctx, wire.NewObsID(key.Stream, key.Last, key.Head))
	s.AsOf, s.Behind = time.UnixMilli(f.Received), true
	return s, err
}

// state is nil before a Follower has begun.
func (r *Reader) state(ctx context.Context) (*state, error) {
	rows, err := r.Store.SideRows(ctx, stateKey)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	s := new(state)
	if json.Unmarshal(rows[0].Data, s) != nil {
		return nil, nil //nolint:nilnil,nilerr // an unreadable state is none: the Follower begins anew
	}
	return s, nil
}

// Count is a number of records with a doubt.
type Count struct {
	Code     string          `json:"code"`
	Severity schema.Severity `json:"severity"`
	Open     int64           `json:"open"`
	Seen     int64           `json:"seen"` // HQ has looked at the doubt
}

// Counts returns the numbers of records by code, in the order of the codes, of a unit ("": all). Codes of no record are left
// out.
func (r *Reader) Counts(ctx context.Context, unit string) (out []Count, err error) {
	sum := counts{}
	add := func(row *store.SideRow) error {
		var u unitCounts
		if json.Unmarshal(row.Data, &u) != nil {
			return nil //nolint:nilerr // of another version: the Follower begins anew
		}
		for code, n := range u.Counts {
			sum[code] = [2]int64{sum[code][0] + n[0], sum[code][1] + n[1]}
		}
		return nil
	}
	if unit == "" {
		err = store.WalkSide(ctx, r.Store, countRows, add)
	} else {
		var rows []store.SideRow
		rows, err = r.Store.SideRows(ctx, countRows+part(unit))
		for i := range rows {
			_ = add(&rows[i]) // never fails
		}
	}
	for _, d := range r.Schema.Doubts() {
		if n, some := sum[d.Code]; some {
			out = append(out, Count{d.Code, d.Severity, n[0], n[1]})
		}
	}
	return out, err
}

// Record is a record with doubts.
type Record struct {
	ID     string  `json:"record"`
	Kind   string  `json:"kind"`
	Unit   string  `json:"unit"`
	Day    string  `json:"day,omitempty"`
	Doubts []Doubt `json:"doubts"`
}

// Doubt is a doubt in words.
type Doubt struct {
	Code     string          `json:"code"`
	Severity schema.Severity `json:"severity"`
	Field    string          `json:"field,omitempty"`
	Item     string          `json:"item,omitempty"`  // the record's item in doubt
	Value    string          `json:"value,omitempty"` // at the field
	Near     []string        `json:"near,omitempty"`  // the nearest known values
	Other    string          `json:"other,omitempty"` // the other record of a pair, or the observation without effect
	Unit     string          `json:"unit,omitempty"`  // of the other record
	Day      string          `json:"day,omitempty"`   // of the other record
	Text     schema.Text     `json:"text"`
	Target   string          `json:"target"` // of HQ's review
	Seen     bool            `json:"seen,omitempty"`
	Words    string          `json:"words,omitempty"` // of HQ's review
}

// Question selects records by their doubts. After is the Next of the page before.
type Question struct {
	Code  string // "": every code
	Unit  string // "": every unit
	Open  bool   // only doubts not seen by HQ
	After string
	Limit int
}

// List pages through the records with doubts: the open doubts first, by code, unit and record. A record with several codes
// comes once for each. next is "" after the last page.
func (r *Reader) List(ctx context.Context, q Question) (out []Record, next string, err error) {
	for _, prefix := range r.prefixes(&q) {
		after := ""
		if strings.HasPrefix(q.After, prefix) {
			after = q.After
		} else if q.After > prefix {
			continue
		}
		for len(out) < q.Limit {
			rows, err := r.Store.ScanSide(ctx, prefix, after, q.Limit-len(out))
			if err != nil {
				return nil, "", err
			}
			if len(rows) == 0 {
				break
			}
			after = rows[len(rows)-1].Key
			found, err := r.records(ctx, rows)
			if err != nil {
				return nil, "", err
			}
			out = append(out, found...)
		}
		if len(out) == q.Limit {
			return out, after, nil
		}
	}
	return out, "", nil
}

// IsAfter reports whether a text may be the Next of a page.
func IsAfter(text string) bool { return strings.HasPrefix(text, listRows) && len(text) < 1000 }

// prefixes of the rows to list, in the order of their bytes.
func (r *Reader) prefixes(q *Question) (out []string) {
	for _, d := range r.Schema.Doubts() {
		if q.Code != "" && d.Code != q.Code {
			continue
		}
		for _, seen := range []bool{false, true} {
			prefix := listPrefix(seen, d.Code)
			if q.Unit != "" {
				prefix += part(q.Unit) + "/"
			}
			if !seen || !q.Open {
				out = append(out, prefix)
			}
		}
	}
	slices.Sort(out)
	return out
}

// records reads the records behind rows of the list. A row leading to nothing is passed over.
func (r *Reader) records(ctx context.Context, list []store.SideRow) (out []Record, err error) {
	keys := make([]string, len(list))
	for i := range list {
		keys[i] = recordRows + recordAt(list[i].Key)
	}
	rows, err := r.Store.SideRows(ctx, keys...)
	if err != nil {
		return nil, err
	}
	for i := range list {
		id := recordAt(list[i].Key)
		at, found := slices.BinarySearchFunc(rows, keys[i], func(row store.SideRow, key string) int { return cmp.Compare(row.Key, key) })
		if !found {
			continue
		}
		row := decodeRow(rows[at].Data)
		shown := Record{ID: id, Kind: row.Kind, Unit: row.Unit, Day: row.Day}
		for j := range row.Doubts {
			if d := &row.Doubts[j]; listKey(d.Seen, d.Code, row.Unit, id) == list[i].Key {
				shown.Doubts = append(shown.Doubts, r.inWords(row, d))
			}
		}
		if len(shown.Doubts) > 0 {
			out = append(out, shown)
		}
	}
	return out, nil
}

// inWords puts a stored doubt into words, a sensitive value masked. A doubt of a later program has only its code.
func (r *Reader) inWords(row *row, t *Told) Doubt {
	out := Doubt{
		Code: t.Code, Item: t.Item, Value: t.Value, Other: t.Other, Unit: t.Unit, Day: t.Day,
		Target: t.Code + ":" + t.Cause, Seen: t.Seen, Words: t.Words,
	}
	var near []schema.Entry
	for _, e := range t.Near {
		near = append(near, schema.Entry{Value: e[0], Label: e[1]})
		out.Near = append(out.Near, e[0])
	}
	rule, known := r.Schema.Doubt(t.Code)
	if !known {
		return out
	}
	if k, ok := r.Schema.Kind(row.Kind); ok {
		out.Value = k.Masked(rule.Field, t.Value)
	}
	d := doubt.Doubt{Rule: rule, Value: out.Value, Near: near, Other: doubt.Neighbour{Record: t.Other, Unit: t.Unit, Day: t.Day}}
	out.Severity, out.Field, out.Text = rule.Severity, rule.Field, d.Text(row.Day, nil)
	return out
}
