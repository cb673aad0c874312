package tally

import (
	"strconv"
	"strings"
	"testing"

	"roadbook/sync/clock"
	"roadbook/sync/wire"
)

// addScript adds the records of a script, a record a line: kind, unit, time of occurrence, fields, as in
//
//	3* plate office-1 2020-05-01_08:00 plate_type=02 …
//
// "_" is a blank; "#" in a value is the number of the repetition; moments are in Shanghai time.
func (b *recordStore) addScript(script string) {
	b.t.Helper()
	for line := range strings.Lines(script) {
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		times := 1
		if n, many := strings.CutSuffix(words[0], "*"); many {
			times, _ = strconv.Atoi(n)
			words = words[1:]
		}
		for n := range times {
			b.addScripted(words, n+1)
		}
	}
}

func (b *recordStore) addScripted(words []string, n int) wire.ObsID {
	b.t.Helper()
	text := func(s string) string { return strings.NewReplacer("_", " ", "#", strconv.Itoa(n)).Replace(s) }
	fields := map[string]string{"unit": words[1], "occurred_at": moment(text(words[2]), 0)}
	for _, field := range words[3:] {
		name, value, ok := strings.Cut(field, "=")
		if !ok {
			b.t.Fatalf("%q is no field", field)
		}
		if fields[name] = text(value); strings.HasPrefix(value, "~") {
			fields[name] = value[1:] // unchanged
		}
	}
	return b.add("", wire.Create, words[0], fields)
}

// example is a worked example of a row or companion; the row "P3-2@2" is version 2's.
type example struct {
	row, name string
	at        clock.Day
	script    string
	want      want
}

func (x *example) run(t *testing.T) {
	b := newRecordStore(t)
	b.addScript(x.script)
	c := shunping(t)
	id, isSecond := strings.CutSuffix(x.row, "@2")
	if isSecond {
		c = second(t)
	}
	if ind, ok := c.Indicator(id); ok {
		checkFigure(t, Evaluate(ind, x.at, b.totals()), x.want)
		return
	}
	co, ok := c.Companion(id)
	if !ok {
		t.Fatalf("no row %s", x.row)
	}
	checkFigure(t, Compute(co.Formula, x.at, b.totals()), x.want)
}

func runExamples(t *testing.T, examples []example) {
	t.Helper()
	for _, x := range examples {
		t.Run(x.row+" "+x.name, x.run)
	}
}

func replace(script string, oldnew ...string) string {
	return strings.NewReplacer(oldnew...).Replace(script)
}

func fields(s string) []string { return strings.Fields(s) }
