//go:build node

package field_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"roadbook/schema"
)

const drafts = 10_000

// Pages and the Go program give one verdict in one set of words on drafts of all kinds, good and broken in every manner.
func TestPagesJudgeLikeGo(t *testing.T) {
	d := drawer{drawing(t), examples(t)}
	questions := make([]question, drafts)
	for i := range questions {
		questions[i] = d.question()
	}
	codes, good := map[string]int{}, map[string]int{}
	answers := askNode(t, nil, questions)
	wrong := 0
	for i := range questions {
		q, a := &questions[i], &answers[i]
		values, faults := judge(t, q)
		for _, f := range faults {
			codes[f.Code]++
		}
		if len(faults) == 0 {
			good[q.Kind]++
		}
		if got := sentencesOf(a.Faults); !slices.Equal(got, sentencesOf(faults)) || a.Values != values {
			if wrong++; wrong <= 10 {
				t.Errorf("%s %s %s\nNode %q %s\nGo   %q %s", q.Kind, q.How, q.Draft, got, a.Values, sentencesOf(faults), values)
			}
		}
	}
	t.Logf("%d of %d drafts judged otherwise; good by kind: %v; faults: %v", wrong, drafts, good, codes)
	drawnEnough(t, codes, good)
}

// judge is the Go program's verdict, by the path of ingest and of a client: values together only if each is good alone.
func judge(t *testing.T, q *question) (values string, faults schema.Faults) {
	t.Helper()
	k := kindOf(t, q.Kind)
	v, faults := k.Decode([]byte(q.Draft))
	imported := q.How.By == "import" || q.How.By == "anyone" && k.ImportOnly
	if len(faults) == 0 {
		if q.How.By == "person" {
			faults = k.CheckTyped(v)
		}
		if q.How.Act == "amend" {
			faults = faults.Join(k.CheckAmend(v, imported))
		} else {
			faults = faults.Join(k.CheckCreate(v, imported))
		}
	}
	return string(k.Encode(v)), faults
}

// drawnEnough: the drafts hold every possible fault, and good drafts of each kind.
func drawnEnough(t *testing.T, codes, good map[string]int) {
	t.Helper()
	want := []string{
		schema.FaultJSON, schema.FaultUnknown, schema.FaultDuplicate, schema.FaultType, schema.FaultText, schema.FaultTooLong,
		schema.FaultPattern, schema.FaultCode, schema.FaultRange, schema.FaultTime, schema.FaultNumber, schema.FaultPlate,
		schema.FaultRecord, schema.FaultRequired, schema.FaultRegister, schema.FaultTogether, schema.FaultImportOnly,
		schema.FaultMisplaced, schema.FaultOrder, schema.FaultDay, schema.FaultScale,
	}
	for _, k := range schema.Default().Kinds() {
		for _, r := range k.Rules {
			want = append(want, r.Code)
		}
		if good[k.Name] == 0 {
			t.Errorf("no good draft of %s", k.Name)
		}
	}
	for _, code := range want {
		if codes[code] == 0 {
			t.Errorf("no draft with the fault %s", code)
		}
	}
}

// drawer draws drafts.
type drawer struct {
	*rand.Rand
	examples map[string][]map[string]json.RawMessage
}

func (d drawer) question() question {
	kinds := schema.Default().Kinds()
	k := kinds[d.IntN(len(kinds))]
	q := question{Kind: k.Name, How: how{Act: pick(d, "create", "create", "amend"), By: pick(d, "person", "anyone", "import")}}
	fields := maps.Clone(pick(d, d.examples[k.Name]...))
	for _, f := range k.Fields {
		switch n := d.IntN(12); {
		case (n < 2 || n < 6 && f.Type == schema.TypePlate) && !f.Owner:
			fields[f.Name] = d.good(f, fields[f.Name])
		case n == 2 && q.How.Act == "amend":
			delete(fields, f.Name)
		}
	}
	for d.IntN(3) > 0 {
		d.spoil(k.Fields[d.IntN(len(k.Fields))], fields)
	}
	q.Draft = d.write(k, fields)
	return q
}

// write writes the members in any order; some members stand twice, under an alias, or in no kind. Few texts are no JSON.
func (d drawer) write(k *schema.Kind, fields map[string]json.RawMessage) string {
	names := slices.Sorted(maps.Keys(fields))
	d.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	var out []string
	for _, name := range names {
		member := quoted(name)
		if f, ok := k.Field(name); ok && len(f.Alias) > 0 && d.IntN(4) == 0 {
			member = quoted(pick(d, f.Alias...))
		}
		out = append(out, member+pick(d, ":", ":", " : ", "\t:\n")+string(fields[name]))
		if d.IntN(60) == 0 {
			out = append(out, quoted(name)+":"+string(fields[name]))
		}
	}
	if d.IntN(12) == 0 {
		name := pick(d, `"colour"`, `""`, `"`+strings.Repeat("字", 61)+`"`, `"\ud800"`, `"a{label}"`, `"\u0000"`, `"Unit"`, `"__proto__"`, `"constructor"`, `"\ud83d\ude97"`)
		out = append(out, name+":"+pick(d, "1", `"x"`, "null", `{"a":[{},[1,-2.5e+3,true]]}`, `"\udc00"`, deep(31), deep(32), deep(33)))
	}
	text := "{" + strings.Join(out, pick(d, ",", ",", " ,\r\n")) + "}"
	if d.IntN(25) == 0 {
		text = d.breakJSON(text)
	}
	return text
}

// deep is a value of so many lists within each other.
func deep(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }

func (d drawer) breakJSON(text string) string {
	runes := []rune(text)
	at := d.IntN(len(runes))
	switch d.IntN(4) {
	case 0:
		return string(runes[:at])
	case 1:
		return text + pick(d, "{}", ",", " ", "\u00a0", "\x00", "null")
	case 2:
		return string(slices.Delete(runes, at, at+1))
	}
	return string(slices.Insert(runes, at, pick(d, '"', '\\', '{', '}', '[', ']', ',', ':', '0', '.', 'e', '\n', '\x01', 'u', '-')))
}

// pick draws a value.
func pick[T any](d drawer, of ...T) T { return of[d.IntN(len(of))] }

func quoted(text string) string {
	out, err := json.Marshal(text)
	if err != nil {
		panic(err) // a text has a form
	}
	return string(out)
}

// good is a valid value of the field, or nearly.
func (d drawer) good(f *schema.Field, example json.RawMessage) json.RawMessage {
	var text string
	switch f.Type {
	case schema.TypeInt:
		return fmt.Appendf(nil, "%d", *f.Min+d.Int64N(min(*f.Max-*f.Min, 3)+1))
	case schema.TypeBool:
		return json.RawMessage(pick(d, "true", "false"))
	case schema.TypeTime:
		text = fmt.Sprintf("20%02d-%02d-%02dT%02d:%02d:%02d%s", d.IntN(100), 1+d.IntN(12), 1+d.IntN(28), d.IntN(24), d.IntN(60), d.IntN(60),
			pick(d, "Z", "+08:00", "-11:30", ".5+08:00", ".123456789Z"))
	case schema.TypeDay:
		text = fmt.Sprintf("2020-%02d-%02d", 1+d.IntN(12), 1+d.IntN(28))
	case schema.TypeDecimal:
		return json.RawMessage(pick(d, "1", "0", "12.50", `"3.1"`, `"007"`, `"-0"`, "2.345", `"０．５"`))
	case schema.TypeCode:
		text = d.code(f)
	case schema.TypePlate:
		text = d.plate()
	case schema.TypeRecord:
		text = "0123456789.abcdefgh." + pick(d, "1", "42", "18446744073709551615") + ".0123456789abcdef"
	case schema.TypeList:
		if f.Pattern != "" {
			return json.RawMessage(pick(d, `[]`, `["`+strings.Repeat("0f", 32)+`"]`))
		}
		return json.RawMessage(pick(d, `[]`, `["消防"]`, `["a", "\u200b", "冀Ｆ·8"]`))
	default:
		if f.Pattern != "" && example != nil {
			return example
		}
		text = pick(d, "a", "G336-12", "check-1", "路口", "Ｇ３３６－１２", "x——y", "①½", "e\u0301")
	}
	return json.RawMessage(quoted(text))
}
