//go:build node

// Package field_test holds the pages' rules in JavaScript against the Go program. The tests need Node 20 (.ci/run field):
// go test -tags node ./client/field. ROADBOOK_RULES_SEED draws other drafts.
package field_test

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"testing"

	"roadbook/schema"
)

// how is a draft's act and its speaker, in the form of rules/check.js.
type how struct {
	Act string `json:"act"`
	By  string `json:"by"`
}

// said is a schema.Said.
type said struct {
	Saved    int64 `json:"saved"`
	Record   int64 `json:"record"`
	Imported bool  `json:"imported"`
	Lists    bool  `json:"lists"`
}

// question is a line for tests/answers.js.
type question struct {
	Kind  string `json:"kind"`
	Draft string `json:"draft"` // JSON, or nearly
	How   how    `json:"how"`
	Said  *said  `json:"said,omitempty"`
	Tree  []any  `json:"tree,omitempty"`
}

// answer is its answer.
type answer struct {
	Values string
	Faults schema.Faults
	Doubts []raised
	Answer string
}

type raised struct {
	Code     string
	Severity schema.Severity
	Field    string
	Value    string
	Near     []struct{ Value, Label string }
	Text     schema.Text
}

// askNode puts all questions to a single process.
func askNode(t *testing.T, lists *schema.Reference, questions []question) []answer {
	t.Helper()
	rules, err := schema.Default().Rules()
	if err != nil {
		t.Fatal(err)
	}
	var in bytes.Buffer
	enc := json.NewEncoder(&in)
	if err := enc.Encode(map[string]any{"rules": json.RawMessage(rules.JSON), "lists": lists}); err != nil {
		t.Fatal(err)
	}
	for i := range questions {
		if err := enc.Encode(&questions[i]); err != nil {
			t.Fatal(err)
		}
	}
	node := exec.CommandContext(t.Context(), "node", "tests/answers.js")
	node.Stdin, node.Stderr = &in, os.Stderr
	out, err := node.Output()
	if err != nil {
		t.Fatalf("node: %v", err)
	}
	answers := make([]answer, 0, len(questions))
	for line := range bytes.Lines(out) {
		var a answer
		if err := json.Unmarshal(line, &a); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		answers = append(answers, a)
	}
	if len(answers) != len(questions) {
		t.Fatalf("%d answers to %d questions", len(answers), len(questions))
	}
	return answers
}

// drawing is the source of all drawn things of a test.
func drawing(t *testing.T) *rand.Rand {
	t.Helper()
	seed := uint64(1)
	if text := os.Getenv("ROADBOOK_RULES_SEED"); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("ROADBOOK_RULES_SEED=%d", seed)
	return rand.New(rand.NewPCG(seed, 0))
}

func kindOf(t *testing.T, name string) *schema.Kind {
	t.Helper()
	k, ok := schema.Default().Kind(name)
	if !ok {
		t.Fatalf("no kind %s", name)
	}
	return k
}
