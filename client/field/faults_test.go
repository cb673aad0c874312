//go:build node

package field_test

import (
	"encoding/json"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"roadbook/schema"
)

// tableOf reads a file of schema/testdata.
func tableOf(t *testing.T, file string, columns int) (rows [][]string) {
	t.Helper()
	data, err := os.ReadFile("../../schema/testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		if line = strings.TrimSuffix(line, "\n"); line == "" || line[0] == '#' {
			continue
		}
		row := strings.SplitN(line, " | ", columns)
		if len(row) != columns {
			t.Fatalf("%s: %q", file, line)
		}
		rows = append(rows, row)
	}
	return rows
}

// examples are the correct fields of each kind, the first of a kind first.
func examples(t *testing.T) map[string][]map[string]json.RawMessage {
	t.Helper()
	out := map[string][]map[string]json.RawMessage{}
	for _, row := range tableOf(t, "examples.txt", 3) {
		fields := map[string]json.RawMessage{"unit": json.RawMessage(`"window-1"`), "occurred_at": json.RawMessage(`"2020-12-15T10:00:00+08:00"`)}
		if err := json.Unmarshal([]byte(row[1]), &fields); err != nil {
			t.Fatal(err)
		}
		out[row[0]] = append(out[row[0]], fields)
	}
	return out
}

var lengths = regexp.MustCompile(`"~(\d+)"|\[~(\d+)\]`)

// expand writes out the lengths of faults.txt.
func expand(change string) string {
	return lengths.ReplaceAllStringFunc(change, func(m string) string {
		n, _ := strconv.Atoi(strings.Trim(m, `"[]~`))
		if m[0] == '"' {
			return `"` + strings.Repeat("长", n) + `"`
		}
		return "[" + strings.TrimSuffix(strings.Repeat(`"a",`, n), ",") + "]"
	})
}

// Every sentence of faults.txt, written by hand, is the pages' sentence.
func TestPagesSayEveryFault(t *testing.T) {
	good := examples(t)
	var questions []question
	var want [][]string
	for _, row := range tableOf(t, "faults.txt", 6) {
		kinds := []string{row[0]}
		if row[0] == "*" {
			kinds = slices.Sorted(maps.Keys(good))
		}
		for _, kind := range kinds {
			q := question{Kind: kind, Draft: expand(row[2]), How: how{"create", "anyone"}}
			switch row[1] {
			case "amend":
				q.How.Act = "amend"
			case "typed":
				q.How.By = "person"
			}
			if row[1] != "amend" {
				q.Draft = changed(t, good[kind][0], q.Draft)
			}
			questions, want = append(questions, q), append(want, row[3:6])
		}
	}
	if len(questions) < 1000 {
		t.Fatalf("only %d sentences", len(questions))
	}
	for i, a := range askNode(t, nil, questions) {
		q := &questions[i]
		faults := a.Faults
		if kindOf(t, q.Kind).ImportOnly && q.How.By == "person" && len(faults) > 1 && faults[0].Field == "kind" {
			faults = faults[1:] // the first fault is about the kind
		}
		if got := sentencesOf(faults); !slices.Equal(got, want[i]) {
			t.Errorf("%s %s %s\ngot  %q\nwant %q", q.Kind, q.How, q.Draft, got, want[i])
		}
	}
}

// changed writes an example with some fields changed; null takes a field away.
func changed(t *testing.T, example map[string]json.RawMessage, change string) string {
	t.Helper()
	fields := maps.Clone(example)
	if err := json.Unmarshal([]byte(change), &fields); err != nil {
		t.Fatalf("%s: %v", change, err)
	}
	maps.DeleteFunc(fields, func(_ string, v json.RawMessage) bool { return string(v) == "null" })
	out, err := json.Marshal(fields)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func sentencesOf(faults schema.Faults) (out []string) {
	for _, f := range faults {
		out = append(out, f.Code+" "+f.Field, f.Message.ZH, f.Message.EN)
	}
	return out
}
