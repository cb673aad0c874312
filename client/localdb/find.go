package localdb

import (
	"context"
	"strings"

	"github.com/ncruces/go-sqlite3"

	"roadbook/schema"
	"roadbook/sync/wire"
)

// mostCodePatterns bounds the codes of one search.
const mostCodePatterns = 20

// mostExamined bounds the records of one search whose lines have the text, and whose present values must be looked at.
var mostExamined = 2000

// Find is List for the records that have a text among their present values, as stored or in words, or in a code's words.
// cut: the search ended after mostExamined records.
func (db *DB) Find(ctx context.Context, f Filter, text string) (list []Record, cut bool, err error) {
	examined := 0
	err = db.readTx(ctx, func() error {
		said, err := db.recordsSaying(text)
		if err != nil {
			return err
		}
		wanted := func(record string) (bool, error) {
			if !said[record] {
				return false, nil
			}
			if cut = examined == mostExamined; cut {
				return false, errStop
			}
			examined++
			return true, nil
		}
		list, err = db.listWhere(f, wanted, func(r *Record) bool { return r.shows(db.cfg.Schema, text) })
		return err
	})
	return list, cut, err
}

// shows reports whether the record or one of its items shows the text.
func (r *Record) shows(sch *schema.Schema, text string) bool {
	shows := func(kind string, v schema.Values) bool {
		k, ok := sch.Kind(kind)
		return ok && k.Shows(v, text)
	}
	if shows(r.View.Kind, r.View.Fields) {
		return true
	}
	for i := range r.View.Items {
		if shows(r.View.Items[i].Kind, r.View.Items[i].Fields) {
			return true
		}
	}
	return false
}

// recordsSaying are the records of which some line has the text, or a code whose words have it. The engine reads every
// line once; no line is parsed.
func (db *DB) recordsSaying(text string) (map[string]bool, error) {
	patterns := db.linePatterns(text)
	where := strings.TrimSuffix(strings.Repeat("CAST(line AS TEXT) LIKE ? ESCAPE '\\' OR ", len(patterns)), " OR ")
	said := map[string]bool{}
	err := db.queryEach("SELECT lines.key, streams.epoch, lines.hash, lines.about FROM lines "+
		"JOIN streams ON streams.id = lines.key >> 32 WHERE "+where, func(s *sqlite3.Stmt) error {
		if about := s.ColumnText(3); about != "" {
			said[about] = true
			return nil
		}
		var h wire.Hash
		_, seq := splitKey(s.ColumnInt64(0))
		err := scanHash(s, 2, &h)
		said[wire.NewObsID(db.stream(s.ColumnText(1)), seq, h).String()] = true
		return err
	}, patterns...)
	if err != nil {
		return nil, err
	}
	return said, db.queryEach("SELECT record FROM pulled WHERE "+where, func(s *sqlite3.Stmt) error {
		said[s.ColumnText(0)] = true
		return nil
	}, patterns...)
}

// linePatterns are the forms in which a line may have the text: the text itself, as a plate, and the codes whose words
// have it.
func (db *DB) linePatterns(text string) (patterns []any) {
	seen := map[string]bool{}
	add := func(fragment string) {
		fragment = strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(fragment)
		if !seen[fragment] {
			seen[fragment] = true
			patterns = append(patterns, "%"+fragment+"%")
		}
	}
	add(jsonFragment(schema.CleanName(text)))
	add(jsonFragment(schema.PlateForm(text)))
	for _, k := range db.cfg.Schema.Kinds() {
		for _, pair := range k.CodesShowing(text, mostCodePatterns) {
			if len(patterns) < mostCodePatterns {
				add(jsonFragment(pair[0]) + `":"` + jsonFragment(pair[1]) + `"`)
			}
		}
	}
	return patterns
}

// jsonFragment is a text as it stands inside of a JSON string of a line.
func jsonFragment(text string) string {
	quoted := schema.AppendJSON(nil, schema.Value{Type: schema.TypeText, S: text})
	return string(quoted[1 : len(quoted)-1])
}
