package wire

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"roadbook/sync/clock"
)

var update = flag.Bool("update", false, "write the blocks of PROTOCOL.md anew")

const protocolFile = "../PROTOCOL.md"

// PROTOCOL.md is a promise to other implementers: its tables of limits and errors and its vectors match the code. The
// foreign client checks the vectors independently.
func TestProtocolDocument(t *testing.T) {
	raw, err := os.ReadFile(protocolFile)
	if err != nil {
		t.Fatal(err)
	}
	doc := string(raw)
	for name, want := range map[string]string{"limits": limitsTable(), "errors": errorTable(), "vectors": vectorBlock(t)} {
		open, end := "<!-- "+name+" -->\n", "<!-- /"+name+" -->\n"
		before, rest, ok := strings.Cut(doc, open)
		got, after, closed := strings.Cut(rest, end)
		if !ok || !closed {
			t.Fatalf("no block %s", name)
		}
		if got != want && !*update {
			t.Errorf("block %s is not what the code does; it should be\n%s", name, want)
		}
		doc = before + open + want + end + after
	}
	if *update {
		if err := os.WriteFile(protocolFile, []byte(doc), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// The document names every code and status of the code.
func TestProtocolNamesEveryStatus(t *testing.T) {
	raw, err := os.ReadFile(protocolFile)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{string(Created), string(Exists), string(Quarantined), string(Forked), string(Retry),
		string(Create), string(Amend), string(Void), string(Restore), string(Link), string(Separate), string(Review),
		string(Release), FaultUnparsable, FaultTooLarge, GrantType, AssertionAudience} {
		if !bytes.Contains(raw, []byte("`"+name+"`")) {
			t.Errorf("%s is not in the document", name)
		}
	}
}

// The plate line shown in the document is a valid line.
func TestProtocolExampleLine(t *testing.T) {
	raw, err := os.ReadFile(protocolFile)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := bytes.Cut(raw, []byte("```json\n"))
	line, _, _ := bytes.Cut(rest, []byte("\n```"))
	var l Line
	if fault := ParseLine(line, &l); fault != nil {
		t.Fatalf("%s: %v", line, fault)
	}
	if l.Clock.HLC.Ms() != l.Clock.Wall || !bytes.Equal(l.Marshal(), line) {
		t.Errorf("%s\nis written %s", line, l.Marshal())
	}
}

func limitsTable() string {
	l := DefaultLimits
	return fmt.Sprintf("| limit | now |\n|---|---|\n| `observations` | %d |\n| `soft_bytes` | %d |\n| `hard_bytes` | %d |\n| `line_bytes` | %d |\n",
		l.Observations, l.Soft, l.Hard, l.Line)
}

func errorTable() string {
	var b strings.Builder
	b.WriteString("| code | status | retryable | |\n|---|---|---|---|\n")
	for _, r := range Refusals() {
		fmt.Fprintf(&b, "| `%s` | %d | %s | %s / %s |\n", r.Code, r.HTTP, map[bool]string{true: "yes", false: "no"}[r.Retryable],
			r.Message.ZH, r.Message.EN)
	}
	return b.String()
}

// vectors are the document's values, in its order.
type vectors struct {
	Seed        string       `json:"seed"`
	PublicKey   []byte       `json:"public_key"`
	Device      string       `json:"device"`
	Stream      string       `json:"stream"`
	Genesis     Hash         `json:"genesis"`
	Lines       []lineVector `json:"lines"`
	SignedHex   string       `json:"signed_bytes_hex"`
	Signature   []byte       `json:"signature"`
	Body        string       `json:"body"`
	TrimmedBody string       `json:"trimmed_body"`
	ServerKey   []byte       `json:"server_key"`
	BootHex     string       `json:"boot_bytes_hex"`
	Boot2Hex    string       `json:"boot2_bytes_hex"`
	Boots       []SignedBoot `json:"boots"`
	Times       []timeVector `json:"times"`
	Nonce       Nonce        `json:"nonce"`
	Assertion   string       `json:"assertion"`

	Answers []answerVector `json:"answers"`
}

// answerVector is an answer to a request's header line.
type answerVector struct {
	Header    string `json:"header"`
	Head      string `json:"head"` // of the sent frame, or -
	Body      string `json:"body"`
	Signed    string `json:"signed_bytes_hex"`
	Signature string `json:"signature"`
}

type lineVector struct {
	Line   string `json:"line"`
	SHA256 Hash   `json:"sha256"`
	H      Hash   `json:"h"`
	ID     string `json:"id"`
}

func vectorBlock(t *testing.T) string {
	t.Helper()
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(makeVectors(t)); err != nil {
		t.Fatal(err)
	}
	return "```json\n" + b.String() + "```\n"
}

func makeVectors(t *testing.T) *vectors {
	t.Helper()
	device, server := testKey(1), testKey(9)
	lines := [][]byte{
		[]byte(`{"v":1,"kind":"plate","act":"create","catalogue":"shunping-2020@1","clock":{"hlc":"105381888000000000","boot":"q5w7e9r1","mono":12345,"wall":1608000000000},"fields":{"unit":"window-1","occurred_at":"2020-12-15T10:00:00+08:00","plate_type":"02","plate_number":"冀F8K2M6","business":"register"}}`),
		[]byte(`not JSON, and quarantined`),
		Tombstone(bytes.Repeat([]byte("x"), 70_000)),
	}
	f := NewFrame(testStream, 1, Genesis(testStream), lines)
	SignFrame(device, f)
	v := &vectors{
		Seed: strings.Repeat("01", 32), PublicKey: publicKey(device), Device: testStream.Device, Stream: testStream.String(),
		Genesis: f.Prev, SignedHex: hex.EncodeToString(FrameSigningBytes(testStream, f.Last(), f.Head)), Signature: f.Sig,
		ServerKey: publicKey(server),
		Boots: []SignedBoot{SignBoot(server, testStream, clock.Boot{ID: "q5w7e9r1", Base: 1607999987655}),
			SignBoot(server, testStream, clock.Boot{ID: "aaaaaaaa", Ceiling: 1608000000000}),
			SignBoot(server, testStream, clock.Boot{ID: "bbbbbbbb", Base: 1608019200000, V: 2, Offset: 1608019205000, Mono: 10800000})},
		Times: timeVectors(t),
		Nonce: Nonce{Nonce: "n0nce", ServerTime: 1608000000123},
	}
	v.BootHex = hex.EncodeToString(bootSigningBytes(testStream, v.Boots[0].Boot))
	v.Boot2Hex = hex.EncodeToString(bootSigningBytes(testStream, v.Boots[2].Boot))
	for i, id := range f.IDs(f.Hashes()) {
		v.Lines = append(v.Lines, lineVector{string(lines[i]), LineHash(lines[i]), f.Hashes()[i], id.String()})
	}
	r := &Request{Stream: testStream, Now: &BootSample{Boot: "q5w7e9r1", Mono: 20000}, Frame: f}
	v.Body = encoded(t, r)
	f.Trim(1)
	v.TrimmedBody = encoded(t, r)
	v.Assertion = assertion(device, v.Device, v.Nonce)
	r.Nonce = bytes.Repeat([]byte{7}, NonceLen)
	v.Answers = append(v.Answers, answered(t, r, &Answer{V: Version, Results: []Result{{First: 2, Last: 2, Status: Created}},
		ServerEpoch: "e1", ServerTime: 1608000000456, Limits: DefaultLimits}))
	r.Frame, r.Streams = nil, true
	v.Answers = append(v.Answers, answered(t, r, &Answer{V: Version, ServerEpoch: "e1", ServerTime: 1608000000789, Limits: DefaultLimits,
		Streams: []StreamRanges{{Epoch: testStream.Epoch}}}))
	return v
}

// timeVector is the correction of a line's time.
type timeVector struct {
	Case  string      `json:"case"`
	Mono  int64       `json:"mono"`
	Wall  int64       `json:"wall"`
	Known int64       `json:"known"`
	Boot  clock.Boot  `json:"boot"`
	Ms    int64       `json:"ms"`
	Grade clock.Grade `json:"grade"`
}

// timeVectors are worked by hand. The boot begins at 08:00 on 15 December 2020 in Shanghai (1607990400000) and is fixed
// at 19:00, after a sleep from 10:00 to 18:00 (3 h of its steady clock), or at 09:00, before that sleep (1 h).
func timeVectors(t *testing.T) []timeVector {
	t.Helper()
	const known = 1607990100000                                                                          // 07:55
	late := clock.Boot{ID: "bbbbbbbb", Base: 1608019200000, V: 2, Offset: 1608019205000, Mono: 10800000} // wall 5 s fast
	early := clock.Boot{ID: "cccccccc", Base: 1607990400000, V: 2, Offset: 1607990395000, Mono: 3600000} // wall 5 s slow
	all := []timeVector{
		{"version 1", 3600000, 1607994005000, known, late.In(1), 1608022800000, clock.Exact},
		{"no base", 3600000, 1607994005000, known, clock.Boot{ID: "aaaaaaaa", Ceiling: 1608000000000}, 1607994005000, clock.Estimated},
		{"no sleep between", 9000000, 1608028205000, known, late, 1608028200000, clock.Exact},
		{"slept before the fixing", 3600000, 1607994005000, known, late, 1607994000000, clock.Estimated},
		{"before known: set forward", 3600000, 1607986805000, known, late, 1608022800000, clock.Estimated},
		{"1970 before the fixing", 3600000, 18000000, 0, late, 1608022800000, clock.Estimated},
		{"set back before the fixing", 9000000, 1608031805000, known, late, 1608028200000, clock.Estimated},
		{"slept after the fixing", 10800000, 1608029995000, 1607994000000, early, 1608030000000, clock.Estimated},
		{"set back after the fixing", 7200000, 1607993995000, 1607994000000, early, 1607997600000, clock.Estimated},
		{"2099 after the fixing", 7200000, 4070908800000, 1607994000000, early, 1607997600000, clock.Estimated},
	}
	for _, v := range all {
		if ms, grade := clock.Correct(clock.Evidence{Mono: v.Mono, Wall: v.Wall, Known: v.Known}, v.Boot); ms != v.Ms || grade != v.Grade {
			t.Errorf("%s: %d %s, by hand %d %s", v.Case, ms, grade, v.Ms, v.Grade)
		}
	}
	return all
}

func answered(t *testing.T, r *Request, a *Answer) answerVector {
	t.Helper()
	line, err := r.headerLine()
	if err != nil {
		t.Fatal(err)
	}
	s, err := SignAnswer(a, r, Identity, testKey(9))
	if err != nil {
		t.Fatal(err)
	}
	h, err := r.headerHash()
	if err != nil {
		t.Fatal(err)
	}
	v := answerVector{Header: strings.TrimSuffix(string(line), "\n"), Head: "-", Body: string(s.Body), Signature: s.Signature,
		Signed: hex.EncodeToString(answerSigningBytes(h, r.Frame, s.Body))}
	if r.Frame != nil {
		v.Head = hex.EncodeToString(r.Frame.Head[:])
	}
	return v
}

func publicKey(key ed25519.PrivateKey) ed25519.PublicKey { return key.Public().(ed25519.PublicKey) }

func encoded(t *testing.T, r *Request) string {
	t.Helper()
	body, err := r.Encode(Identity)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func assertion(key ed25519.PrivateKey, device string, n Nonce) string {
	b64 := base64.RawURLEncoding.EncodeToString
	text := b64([]byte(`{"alg":"EdDSA","typ":"JWT"}`)) + "." + b64(fmt.Appendf(nil,
		`{"iss":"%s","sub":"%s","aud":"%s","jti":"%s","iat":%d,"exp":%d}`, device, device, AssertionAudience, n.Nonce,
		n.ServerTime/1000, n.ServerTime/1000+300))
	return text + "." + b64(ed25519.Sign(key, []byte(text)))
}
