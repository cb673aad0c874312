package schema

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// readTable reads the lines of a file of testdata, each split into its columns.
func readTable(t *testing.T, file string, columns int) (rows [][]string) {
	t.Helper()
	data, err := os.ReadFile("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSuffix(line, "\n")
		if line == "" || line[0] == '#' {
			continue
		}
		row := strings.SplitN(line, " | ", columns)
		if len(row) != columns {
			t.Fatalf("%s: %q has %d columns", file, line, len(row))
		}
		rows = append(rows, row)
	}
	return rows
}

// exampleFields adds a JSON object to the fields common to all examples.
func exampleFields(t *testing.T, object string) map[string]any {
	t.Helper()
	out := map[string]any{"unit": "window-1", "occurred_at": "2020-12-15T10:00:00+08:00"}
	if err := json.Unmarshal([]byte(object), &out); err != nil {
		t.Fatalf("%s: %v", object, err)
	}
	return out
}

// toJSON writes fields as JSON, without nil fields.
func toJSON(t *testing.T, fields map[string]any) string {
	t.Helper()
	for name, v := range fields {
		if v == nil {
			delete(fields, name)
		}
	}
	out, err := json.Marshal(fields)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// Every kind has a correct and complete example that encodes to the same fields, with its natural key.
func TestExamples(t *testing.T) {
	var kinds []string
	for _, row := range readTable(t, "examples.txt", 3) {
		kind, want := row[0], row[2]
		k := kindOf(t, kind)
		if !slices.Contains(kinds, kind) {
			kinds = append(kinds, kind)
		}
		v := decodeGood(t, kind, toJSON(t, exampleFields(t, row[1])))
		wantFaults(t, k.CheckCreate(v, k.ImportOnly))
		wantFaults(t, k.CheckState(v))
		checkRoundTrip(t, k, v)
		at, _ := v.Get("occurred_at")
		day, err := strconv.ParseInt(time.UnixMilli(at.I).UTC().Add(8*time.Hour).Format("20060102"), 10, 32)
		if err != nil {
			t.Fatal(err)
		}
		if key, ok := k.NaturalKey(v, int32(day)); ok != (want != "-") || ok && key != want {
			t.Errorf("%s %s: the key is %q (%v), want %s", kind, row[1], key, ok, want)
		}
	}
	if len(kinds) != len(Default().Kinds()) {
		t.Errorf("examples of %d kinds: %q", len(kinds), kinds)
	}
}

// No part of a key may be missing.
func TestNaturalKeyNeedsEveryPart(t *testing.T) {
	seen := map[string]bool{}
	for _, row := range readTable(t, "examples.txt", 3) {
		k := kindOf(t, row[0])
		if seen[k.Name] {
			continue
		}
		seen[k.Name] = true
		v := decodeGood(t, k.Name, toJSON(t, exampleFields(t, row[1])))
		for _, part := range k.Key {
			if _, isField := k.Field(part); !isField {
				continue
			}
			if key, ok := k.NaturalKey(v.With(part, Value{}), 20201215); ok {
				t.Errorf("%s without %s has the key %s", k.Name, part, key)
			}
		}
	}
}

var (
	longText = regexp.MustCompile(`"~(\d+)"`)
	longList = regexp.MustCompile(`\[~(\d+)\]`)
)

// expandLengths writes out the texts and lists for which faults.txt gives only the length.
func expandLengths(change string) string {
	repeat := func(s string) func(string) string {
		return func(m string) string {
			n, _ := strconv.Atoi(strings.Trim(m, `"[]~`))
			return m[:1] + strings.TrimSuffix(strings.Repeat(s, n), ",") + m[len(m)-1:]
		}
	}
	return longList.ReplaceAllStringFunc(longText.ReplaceAllStringFunc(change, repeat("长")), repeat(`"a",`))
}

// Every possible fault of a field of any kind gives a sentence, in both languages, at the field.
func TestFaultsOfEveryField(t *testing.T) {
	good := map[string]string{}
	for _, row := range readTable(t, "examples.txt", 3) {
		if good[row[0]] == "" {
			good[row[0]] = row[1]
		}
	}
	for _, row := range readTable(t, "faults.txt", 6) {
		kinds := []string{row[0]}
		if row[0] == "*" {
			kinds = kinds[:0]
			for _, k := range Default().Kinds() {
				kinds = append(kinds, k.Name)
			}
		}
		for _, kind := range kinds {
			got := faultsOfChanged(t, kindOf(t, kind), good[kind], row[1], expandLengths(row[2]))
			if want := row[3:6]; !slices.Equal(got, want) {
				t.Errorf("%s %s %s\ngot  %q\nwant %q", kind, row[1], row[2], got, want)
			}
		}
	}
}

// faultsOfChanged returns for each fault of a changed example "code field" and the sentences in Chinese and English.
func faultsOfChanged(t *testing.T, k *Kind, example, how, change string) (out []string) {
	t.Helper()
	if how != "amend" {
		fields := exampleFields(t, example)
		if err := json.Unmarshal([]byte(change), &fields); err != nil {
			t.Fatalf("%s: %v", change, err)
		}
		change = toJSON(t, fields)
	}
	v, faults := k.Decode([]byte(change))
	if len(faults) == 0 {
		imported := k.ImportOnly && how != "typed"
		if how == "amend" {
			faults = k.CheckAmend(v, imported)
		} else {
			faults = k.CheckCreate(v, imported)
		}
	}
	// The first fault of a typed observation of an imported kind is about the kind; the other faults follow.
	if len(faults) > 1 && k.ImportOnly && how == "typed" && faults[0].Field == "kind" {
		faults = faults[1:]
	}
	for _, f := range faults {
		out = append(out, f.Code+" "+f.Field, f.Message.ZH, f.Message.EN)
	}
	return out
}

// faults.txt covers every rule of every field and contains no other rules.
func TestFaultsCoverEveryRule(t *testing.T) {
	want := map[string]bool{}
	for _, k := range Default().Kinds() {
		for rule := range rulesOf(k) {
			want[rule] = true
		}
	}
	shown := map[string]bool{}
	for _, row := range readTable(t, "faults.txt", 6) {
		shown[row[0]+" "+row[3]] = true
	}
	for rule := range want {
		_, rest, _ := strings.Cut(rule, " ")
		if !shown[rule] && !shown["* "+rest] {
			t.Errorf("no sentence shown for %s", rule)
		}
	}
	for rule := range shown {
		if !want[rule] && !strings.HasPrefix(rule, "* ") {
			t.Errorf("there is no rule %s", rule)
		}
	}
}

// rulesOf lists the possible faults of a kind's fields as "kind code field".
func rulesOf(k *Kind) map[string]bool {
	out := map[string]bool{}
	add := func(when bool, code, field string) {
		if when {
			out[fmt.Sprintf("%s %s %s", k.Name, code, field)] = true
		}
	}
	add(k.ImportOnly, FaultImportOnly, "kind")
	for _, f := range k.Fields {
		add((f.Required || f.RequiredTyped) && !f.Owner, FaultRequired, f.Name)
		add(f.Owner, FaultMisplaced, f.Name)
		add(f.Type == TypeTime, FaultTime, f.Name)
		add(f.Type == TypeDay, FaultDay, f.Name)
		add(f.Type == TypeRecord, FaultRecord, f.Name)
		add(f.Type == TypePlate, FaultPlate, f.Name)
		add(f.Type == TypeCode && !f.Open, FaultCode, f.Name)
		add(f.Type == TypeDecimal, FaultNumber, f.Name)
		add(f.Type == TypeInt || f.Type == TypeDecimal, FaultRange, f.Name)
		add(f.Scale != nil, FaultScale, f.Name)
		add(f.Pattern != "" || f.token || f.Type == TypeList, FaultPattern, f.Name)
		add(f.Type == TypeList || (f.Type == TypeText || f.Open) && f.MaxLen > 0, FaultTooLong, f.Name)
		add(f.Imported || len(f.ImportOnly) > 0, FaultImportOnly, f.Name)
		add(len(k.Registers[f.Register]) > 1, FaultRegister, f.Name)
		add(slices.ContainsFunc(k.together, func(g []string) bool { return slices.Contains(g, f.Name) }), FaultTogether, f.Name)
	}
	for _, r := range k.Rules {
		add(true, r.Code, r.Fields[len(r.Fields)-1])
	}
	return out
}
