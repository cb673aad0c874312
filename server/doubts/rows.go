package doubts

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"

	"roadbook/server/store"
	"roadbook/sync/doubt"
)

// Keys of the side table. The rows under recordRows are the truth; all further rows lead there, and a row leading to
// nothing is passed over: a write cut short may leave such rows, and never lacks a row.
const (
	stateKey   = "doubts/state"
	redoKey    = "doubts/redo"
	recordRows = "doubts/r/" // record → row
	listRows   = "doubts/l/" // open or seen, code, unit, record
	equalRows  = "doubts/e/" // hash of a key of neighbours, record
	linkedRows = "doubts/g/" // record linked by HQ → key of neighbours
	deviceRows = "doubts/c/" // device, round, record
	countRows  = "doubts/n/" // unit → counts
	dueRows    = "doubts/d/" // record to evaluate again after a change of another
)

// derivedRows are dropped by a rebuild. The rows of records and of devices stay: these tell the knowledge of devices.
var derivedRows = []string{listRows, equalRows, linkedRows, countRows}

// row is a stored record: its doubts, and everything to undo when the doubts change.
type row struct {
	Kind    string   `json:"k,omitempty"`
	Unit    string   `json:"u,omitempty"`
	Day     string   `json:"d,omitempty"`
	Doubts  []Told   `json:"t,omitempty"`
	Equal   []string `json:"e,omitempty"` // hashes of the keys of equalRows
	Linked  string   `json:"l,omitempty"` // key of neighbours of a record linked by HQ
	Says    string   `json:"s,omitempty"` // about the record, in doubts of neighbours under Equal
	Devices []string `json:"v,omitempty"` // hear of the doubts
	Round   int64    `json:"n,omitempty"` // of the last change
}

// Told is a doubt about a record as stored.
type Told struct {
	Code  string      `json:"c"`
	Item  string      `json:"i,omitempty"`
	Value string      `json:"v,omitempty"`
	Near  [][2]string `json:"n,omitempty"` // value and label of the nearest known values
	Other string      `json:"o,omitempty"` // record or observation
	Unit  string      `json:"u,omitempty"` // of the other record
	Day   string      `json:"d,omitempty"` // of the other record
	Cause string      `json:"x"`
	Seen  bool        `json:"s,omitempty"` // HQ has looked
	Words string      `json:"w,omitempty"` // of HQ
}

// isEmpty reports whether the row need not be stored. A row without doubts is kept once devices heard of doubts: the row names the
// rows of these devices.
func (r *row) isEmpty() bool {
	return len(r.Doubts) == 0 && len(r.Equal) == 0 && r.Linked == "" && len(r.Devices) == 0
}

// sameDoubts reports whether two rows say the same to the same devices and units.
func sameDoubts(a, b *row) bool {
	says := func(r *row) string {
		return string(encode(row{Kind: r.Kind, Unit: r.Unit, Day: r.Day, Doubts: r.Doubts, Devices: r.Devices}))
	}
	return len(a.Doubts)+len(b.Doubts)+len(a.Devices)+len(b.Devices) == 0 || says(a) == says(b)
}

// content is everything but the round.
func (r *row) content() string {
	c := *r
	c.Round = 0
	return string(encode(&c))
}

func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // plain structs
	}
	return b
}

// decodeRow reads a stored row. An unreadable row counts as absent: the next change or rebuild replaces the row.
func decodeRow(data []byte) *row {
	r := new(row)
	if json.Unmarshal(data, r) != nil {
		return new(row)
	}
	return r
}

// part makes one part of a key of any text.
func part(text string) string { return escapes.Replace(text) }

var escapes = strings.NewReplacer("%", "%25", "/", "%2F", "\x00", "%00")

func listKey(seen bool, code, unit, record string) string {
	return listPrefix(seen, code) + part(unit) + "/" + record
}

func listPrefix(seen bool, code string) string {
	if seen {
		return listRows + "seen/" + code + "/"
	}
	return listRows + "open/" + code + "/"
}

// listKeys are the listing rows of a record.
func (r *row) listKeys(record string) (keys []string) {
	for i := range r.Doubts {
		keys = append(keys, listKey(r.Doubts[i].Seen, r.Doubts[i].Code, r.Unit, record))
	}
	return keys
}

func deviceKey(device string, round int64, record string) string {
	return fmt.Sprintf("%s%s/%s/%s", deviceRows, part(device), roundText(round), record)
}

// roundText writes a round in the order of numbers.
func roundText(round int64) string { return fmt.Sprintf("%015d", round) }

// recordAt is the last part of a key.
func recordAt(key string) string { return key[strings.LastIndexByte(key, '/')+1:] }

// hashOf names a key of neighbours in a row's key: the key holds typed text of any length.
func hashOf(key string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:12])
}

func equalPrefix(hash string) string { return equalRows + hash + "/" }

// tell makes the stored form of doubts.
func tell(all []doubt.Doubt) (out []Told) {
	for i := range all {
		d := &all[i]
		t := Told{
			Code: d.Rule.Code, Item: d.Item, Value: d.Value, Other: d.Other.Record, Unit: d.Other.Unit, Day: d.Other.Day,
			Cause: d.Cause, Seen: !d.Open(),
		}
		for _, e := range d.Near {
			t.Near = append(t.Near, [2]string{e.Value, e.Label})
		}
		if d.Review != nil {
			t.Words = d.Review.Words
		}
		out = append(out, t)
	}
	return out
}

// writes gathers rows to store and rows to delete.
type writes struct {
	first []store.SideRow // rows leading to records
	rows  []store.SideRow // rows of records
	gone  []string
}
