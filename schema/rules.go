package schema

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
)

// Rules are everything that a page needs to check a draft without a server: kinds with their fields, codes, plate shapes,
// rules, doubts, the words of every fault. client/field/rules evaluates them.
type Rules struct {
	JSON   []byte // equal schemas give equal bytes
	Digest string // the first 8 bytes of the SHA-256 of JSON, in hexadecimal
}

// Rules returns the rules for pages, made once. The error names what no page could evaluate; a test of this package excludes
// errors of the embedded schema. The bytes are the schema's own.
func (s *Schema) Rules() (Rules, error) { return s.rules() }

// rulesFormat is raised when a reader of an earlier form would misread the rules.
const rulesFormat = 1

type (
	rulesDoc struct {
		Format     int                  `json:"format"`
		Kinds      []rulesKind          `json:"kinds"`
		Codes      map[string]rulesCode `json:"codes"`
		Plates     yamlPlates           `json:"plates"`
		Doubts     []rulesDoubt         `json:"doubts"`
		Sentences  map[string]Text      `json:"sentences"`
		Types      map[string]Text      `json:"types"`       // of values, in words
		None       Text                 `json:"none"`        // no nearest value
		Characters [][3]any             `json:"characters"`  // first, last, effect
		PlateDots  string               `json:"plate_dots"`  // dropped from plate numbers
		RecordSign string               `json:"record_sign"` // characters of a record's id
		Lists      []string             `json:"lists"`       // of the reference data
	}
	rulesCode struct {
		Label    Text       `json:"label"`
		Variants bool       `json:"variants,omitempty"`
		Codes    [][]string `json:"codes"` // code, zh, en, aliases
	}
	rulesDoubt struct {
		Code     string       `json:"code"`
		Name     Text         `json:"name"`
		Severity Severity     `json:"severity"`
		Kinds    []string     `json:"kinds"`
		Field    string       `json:"field,omitempty"`
		Text     Text         `json:"text"`
		Of       string       `json:"of,omitempty"`
		NotIn    *rulesLookup `json:"not_in,omitempty"`
		Before   int64        `json:"before_saving,omitempty"` // ms
		After    int64        `json:"after_saving,omitempty"`  // ms
		When     node         `json:"when,omitempty"`
	}
	rulesLookup struct {
		List   string   `json:"list,omitempty"`
		Codes  string   `json:"codes,omitempty"`
		By     []string `json:"by"`
		Always bool     `json:"always,omitempty"`
	}
)

// makeRules writes the rules. Lists keep the order of the files, maps are sorted.
func (s *Schema) makeRules() (Rules, error) {
	doc := rulesDoc{
		Format: rulesFormat, Codes: map[string]rulesCode{}, Plates: s.plates.layouts, Sentences: sentences, Types: map[string]Text{},
		None: NothingNear, PlateDots: plateDots, RecordSign: recordSigns, Lists: ReferenceLists,
	}
	for _, k := range s.kinds {
		kind, err := rulesOfKind(k)
		if err != nil {
			return Rules{}, fmt.Errorf("%s: %w", k.Name, err)
		}
		doc.Kinds = append(doc.Kinds, kind)
	}
	for _, d := range s.doubts {
		doubt, err := s.rulesOfDoubt(d)
		if err != nil {
			return Rules{}, fmt.Errorf("doubt %s: %w", d.Code, err)
		}
		doc.Doubts = append(doc.Doubts, doubt)
	}
	for name, t := range s.tables {
		doc.Codes[name] = rulesOfTable(t)
	}
	for t, words := range jsonNames {
		doc.Types[t.name()] = words
	}
	for _, c := range characters {
		doc.Characters = append(doc.Characters, [3]any{c.first, c.last, effectNames[c.effect]})
	}
	return doc.write()
}

func (doc *rulesDoc) write() (Rules, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(doc); err != nil {
		return Rules{}, err
	}
	sum := sha256.Sum256(out.Bytes())
	return Rules{out.Bytes(), hex.EncodeToString(sum[:8])}, nil
}

func rulesOfTable(t *CodeTable) rulesCode {
	out := rulesCode{Label: t.Label, Variants: t.variants}
	for _, c := range t.Codes {
		out.Codes = append(out.Codes, c.names())
	}
	return out
}

// rulesOfDoubt: a doubt's condition is one expression for all its kinds.
func (s *Schema) rulesOfDoubt(d *Doubt) (rulesDoubt, error) {
	out := rulesDoubt{
		Code: d.Code, Name: d.Name, Severity: d.Severity, Field: d.Field, Text: d.Text, Of: d.Of, Before: d.before, After: d.after,
	}
	if l := d.notIn; l != nil {
		out.NotIn = &rulesLookup{List: l.list, By: l.by, Always: l.always}
		if l.table != nil {
			out.NotIn.Codes = l.table.Name
		}
	}
	for _, k := range s.kinds {
		i := slices.IndexFunc(k.doubts, func(kd kindDoubt) bool { return kd.Doubt == d })
		if i < 0 {
			continue
		}
		out.Kinds = append(out.Kinds, k.Name)
		if k.doubts[i].when == nil {
			continue
		}
		when, err := k.doubts[i].when.Tree()
		if err != nil {
			return out, err
		}
		if out.When != nil && fmt.Sprint(out.When) != fmt.Sprint(when) {
			return out, fmt.Errorf("%s means two things", d.when)
		}
		out.When = when
	}
	return out, nil
}

var effectNames = map[effect]string{unseen: "unseen", shapes: "shapes", hyphen: "hyphen", space: "space", halfWidth: "half"}
