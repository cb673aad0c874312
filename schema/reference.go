package schema

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// The lists of the reference data.
const (
	ListUnit     = "unit"      // codes of units
	ListSegment  = "segment"   // codes of road segments
	ListFacility = "facility"  // facilities recorded as being built or in use
	ListPlanItem = "plan_item" // items of the plan of facilities
	ListProject  = "project"   // codes of projects, by year
	ListTask     = "task"      // planned tasks: project|task
	ListYear     = "year"      // years with targets
)

// ReferenceLists are the names of all lists.
var ReferenceLists = []string{ListFacility, ListPlanItem, ListProject, ListSegment, ListTask, ListUnit, ListYear}

// Entry is a value that a record may name, on the days From to To (exclusive; yyyymmdd; 0: open).
type Entry struct {
	Value, Label string
	From, To     int32
}

// Reference is HQ's lists as they are in force: the values that a record may name. It never changes after it is made. A nil
// Reference knows nothing.
type Reference struct {
	lists  map[string][]Entry   // sorted by value, From, To, Label; each once
	index  map[string]listIndex // by list
	years  []int32              // with targets, always
	digest string
	text   []byte
}

// listIndex finds the entries of a value.
type listIndex struct {
	all   []Entry
	first map[string]int // by value: position of the value's first entry
}

// Bounds of reference data as a device reads them, and as a server sends them: a list that would exceed them is left out.
const (
	maxReferenceEntries = 50_000 // of a list
	MaxReferenceBytes   = 4 << 20
)

// NewReference makes reference data of lists in any order. Values are cleaned as fields are; a list without an entry is a list
// that the server does not have.
func NewReference(lists map[string][]Entry) *Reference {
	r := &Reference{lists: map[string][]Entry{}}
	for _, name := range ReferenceLists {
		r.add(name, slices.Clone(lists[name]))
	}
	text, _ := json.Marshal(r.lists) // maps of texts and numbers have a form
	for ; len(text) > MaxReferenceBytes; text, _ = json.Marshal(r.lists) {
		longest := slices.MaxFunc(slices.Collect(maps.Keys(r.lists)), func(a, b string) int {
			return cmp.Or(cmp.Compare(len(r.lists[a]), len(r.lists[b])), strings.Compare(a, b))
		})
		delete(r.lists, longest)
	}
	r.setText(text)
	return r
}

// add takes over a list: clean, in order, each entry once. A list that is too long is left out.
func (r *Reference) add(name string, entries []Entry) {
	clean := entries[:0]
	for _, e := range entries {
		if e.Value = CleanName(e.Value); e.Value != "" {
			clean = append(clean, e)
		}
	}
	slices.SortFunc(clean, compareEntries)
	if entries = slices.Compact(clean); len(entries) > 0 && len(entries) <= maxReferenceEntries {
		r.lists[name] = entries
	}
}

// setText ends the making: the text, its digest and the index of values.
func (r *Reference) setText(text []byte) {
	r.text, r.digest, r.index = text, ReferenceDigest(text), map[string]listIndex{}
	for name, entries := range r.lists {
		at := make(map[string]int, len(entries))
		for i, e := range slices.Backward(entries) {
			at[e.Value] = i
		}
		r.index[name] = listIndex{entries, at}
	}
	for _, e := range r.lists[ListYear] {
		if year, err := strconv.ParseInt(e.Value, 10, 32); err == nil && strconv.FormatInt(year, 10) == e.Value && e.From == 0 && e.To == 0 {
			r.years = append(r.years, int32(year))
		}
	}
}

// hasYear reports whether the list of years has a year, on every day. Every record asks; a number spares the year's text.
func (r *Reference) hasYear(year int32) bool { return r != nil && slices.Contains(r.years, year) }

// ReferenceDigest names a text of reference data: the first 8 bytes of its SHA-256, in hexadecimal.
func ReferenceDigest(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}

func compareEntries(a, b Entry) int {
	return cmp.Or(strings.Compare(a.Value, b.Value), cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To), strings.Compare(a.Label, b.Label))
}

// Digest is the ReferenceDigest of the text: of the text that was read, or else of the lists, so that equal lists have equal
// digests. "" for nil.
func (r *Reference) Digest() string {
	if r == nil {
		return ""
	}
	return r.digest
}

// MarshalJSON writes {"segment":[["S1","省道 204",20200101,0],…],…}, lists and entries in order.
func (r *Reference) MarshalJSON() ([]byte, error) { return r.text, nil }

// MarshalJSON writes [value, label, from, to].
func (e Entry) MarshalJSON() ([]byte, error) {
	return json.Marshal([]any{e.Value, e.Label, e.From, e.To})
}

// ParseReference reads the form of MarshalJSON, up to MaxReferenceBytes. Lists of a later version, in any form, are dropped, and
// so are further members of an entry. The text and its digest stay as they came.
func ParseReference(text []byte) (*Reference, error) {
	if len(text) > MaxReferenceBytes {
		return nil, fmt.Errorf("reference data of %d bytes", len(text))
	}
	var lists map[string]json.RawMessage
	if err := json.Unmarshal(text, &lists); err != nil {
		return nil, fmt.Errorf("reference data: %w", err)
	}
	if lists == nil {
		return nil, errors.New("reference data: null")
	}
	r := &Reference{lists: map[string][]Entry{}}
	for _, name := range ReferenceLists {
		entries, err := parseEntries(lists[name])
		if err != nil {
			return nil, fmt.Errorf("reference data: %s: %w", name, err)
		}
		r.add(name, entries)
	}
	r.setText(text)
	return r, nil
}

// parseEntries reads a list. One call of the decoder for the whole list: a device reads thousands of entries after a save.
func parseEntries(text []byte) ([]Entry, error) {
	if len(text) == 0 {
		return nil, nil
	}
	var rows [][]any
	if err := json.Unmarshal(text, &rows); err != nil {
		return nil, err
	}
	entries := make([]Entry, len(rows))
	for i, row := range rows {
		if len(row) < 4 {
			return nil, errors.New("an entry has value, label, from and to")
		}
		e := &entries[i]
		var okValue, okLabel, okFrom, okTo bool
		e.Value, okValue = row[0].(string)
		e.Label, okLabel = row[1].(string)
		e.From, okFrom = dayNumber(row[2])
		e.To, okTo = dayNumber(row[3])
		if !okValue || !okLabel || !okFrom || !okTo {
			return nil, fmt.Errorf("entry %d is not [value, label, from, to]", i)
		}
	}
	return entries, nil
}

// dayNumber is a day as yyyymmdd, or 0.
func dayNumber(v any) (int32, bool) {
	f, ok := v.(float64)
	day := int32(max(min(f, 99991231), -1))
	return day, ok && float64(day) == f && day >= 0
}

// Entries are a list's entries by value; nil for a list that the reference data lack. The slice is the Reference's own.
func (r *Reference) Entries(list string) []Entry {
	if r == nil {
		return nil
	}
	return r.lists[list]
}

// Listed reports whether a list has a value on a day; some: the list has any value on that day.
func (r *Reference) Listed(list, value string, day int32) (listed, some bool) {
	if r == nil {
		return false, false
	}
	index := r.index[list]
	all := index.all
	value = CleanName(value)
	if len(all) == 0 {
		return false, false
	}
	at, known := index.first[value]
	for ; known && at < len(all) && all[at].Value == value; at++ {
		if all[at].on(day) {
			return true, true
		}
	}
	return false, slices.ContainsFunc(all, func(e Entry) bool { return e.on(day) })
}

func (e *Entry) on(day int32) bool { return e.From <= day && (e.To == 0 || day < e.To) }

// Nearest returns up to n entries of a list on a day, of which a person may have meant one: the nearest first, by value or
// label; none further than half of the typed text.
func (r *Reference) Nearest(list, typed string, day int32, n int) []Entry {
	type near struct {
		Entry
		distance int
	}
	var found []near
	want := foldName(typed)
	for _, e := range r.Entries(list) {
		if !e.on(day) {
			continue
		}
		distance := min(Distance(want, foldName(e.Value)), Distance(want, foldName(e.Label)))
		if distance <= (len([]rune(want))+1)/2 {
			found = append(found, near{e, distance})
		}
	}
	slices.SortStableFunc(found, func(a, b near) int { return cmp.Compare(a.distance, b.distance) })
	found = found[:min(n, len(found))]
	out := make([]Entry, len(found))
	for i := range found {
		out[i] = found[i].Entry
	}
	return out
}
