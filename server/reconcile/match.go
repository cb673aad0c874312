package reconcile

import (
	"cmp"
	"slices"

	"roadbook/schema"
)

// pair is a row and a record taken for one thing.
type pair struct {
	there, here *Entry
	score       int
	words       schema.Text
}

// matcher pairs rows with records, one to one. All lists are sorted, so the order of reading does not matter.
type matcher struct {
	kind  *schema.Kind
	rules *rules
	has   func(field string) bool
	there []*Entry
	pairs []pair
	twins []*Entry // further rows of a paired row's key
}

// byKey pairs the entries of one natural key. Of several the most alike come first.
func (m *matcher) byKey(here []*Entry) {
	byKey := map[digest][]*Entry{}
	for _, e := range here {
		if e.key != (digest{}) && !e.matched {
			byKey[e.key] = append(byKey[e.key], e)
		}
	}
	var found []candidate
	for _, t := range m.there {
		if t.matched || t.key == (digest{}) {
			continue
		}
		for _, h := range byKey[t.key][:min(len(byKey[t.key]), mostPerRow)] {
			found = append(found, candidate{t, h, fullScore, int16(len(m.differing(t, h)))})
		}
	}
	words := schema.Text{ZH: keyWords[m.kind.Name].ZH + "：100 分", EN: keyWords[m.kind.Name].EN + ": 100 points"}
	m.choose(found, func(*candidate) schema.Text { return words })
}

// keyWords say what a natural key is.
var keyWords = map[string]schema.Text{
	"plate":       {ZH: "号牌种类、号码、业务、日期一致", EN: "type, number, business and day are the same"},
	"enforcement": {ZH: "文书编号相同", EN: "the document number is the same"},
	"accident":    {ZH: "平台编号相同", EN: "the platform's number is the same"},
}

// candidate is a possible pair. apart breaks ties between pairs of one score: the number of differences.
type candidate struct {
	there, here *Entry
	score       int16
	apart       int16
}

// Bounds of the work for one row: neighbours looked at in a bucket, on either side of its moment, and pairs kept.
const (
	neighbours = 12
	mostPerRow = 8
)

// near pairs rows with records by score.
func (m *matcher) near(here []*Entry) {
	near := newBuckets(here, m.rules.index)
	var found []candidate
	for _, t := range m.there {
		if !t.matched {
			found = append(found, m.candidates(t, near)...)
		}
	}
	m.choose(found, func(c *candidate) schema.Text {
		v := verdict{score: fullScore}
		m.rules.judge(&v, c.there, c.here)
		return v.words()
	})
}

// candidates are the best records for a row, among its neighbours.
func (m *matcher) candidates(t *Entry, near *buckets) (out []candidate) {
	seen := map[*Entry]bool{}
	for _, name := range m.rules.lookup(t) {
		near.around(name, t, func(h *Entry) {
			if seen[h] {
				return
			}
			seen[h] = true
			v := verdict{score: fullScore, quiet: true}
			if m.rules.judge(&v, t, h); v.score >= leastScore {
				out = append(out, candidate{t, h, int16(v.score), int16(len(m.differing(t, h)))})
			}
		})
	}
	slices.SortFunc(out, compareCandidates)
	return out[:min(len(out), mostPerRow)]
}

func compareCandidates(a, b candidate) int {
	return cmp.Or(
		cmp.Compare(b.score, a.score), cmp.Compare(a.apart, b.apart), cmp.Compare(distance(&a), distance(&b)),
		order(a.there, b.there), compareText(a.here, b.here),
	)
}

func distance(c *candidate) int64 { return max(c.there.At-c.here.At, c.here.At-c.there.At) }

// choose takes the best candidates, each entry once.
func (m *matcher) choose(found []candidate, words func(*candidate) schema.Text) {
	slices.SortFunc(found, compareCandidates)
	for i := range found {
		c := &found[i]
		if c.there.matched || c.here.matched {
			continue
		}
		c.there.matched, c.here.matched = true, true
		m.pairs = append(m.pairs, pair{c.there, c.here, int(c.score), words(c)})
	}
}

// unmatched are the rows without a record.
func (m *matcher) unmatched() (out []*Entry) {
	for _, t := range m.there {
		if !t.matched {
			out = append(out, t)
		}
	}
	return out
}
