package wire

import (
	"encoding/json"
	"errors"
	"fmt"

	"roadbook/schema"
	"roadbook/sync/clock"
)

// Result is the fate of a run of lines, First to Last.
// A quarantined run is one line and carries its faults.
type Result struct {
	First  uint64        `json:"first"`
	Last   uint64        `json:"last"`
	Status Status        `json:"status"`
	Faults schema.Faults `json:"faults,omitempty"`
}

// Limits are the server's; they stand in every answer and the client obeys them.
type Limits struct {
	Observations int `json:"observations"` // soft: lines a frame
	Soft         int `json:"soft_bytes"`   // soft: bytes a frame, decompressed
	Hard         int `json:"hard_bytes"`   // 413 above, decompressed
	Line         int `json:"line_bytes"`   // a longer line travels as its hash
}

// DefaultLimits are those of the protocol's first version.
var DefaultLimits = Limits{Observations: 500, Soft: 1 << 20, Hard: 4 << 20, Line: 64 << 10}

// The least that any word of a server makes a device obey: less could only keep lines back, or turn them into
// tombstones.
const (
	minObservations, maxObservations = 1, 1 << 20
	minBytes, maxBytes               = 4 << 10, 64 << 20
)

// Clamp are the limits as far as a device obeys them: never under the floors, never over what a device can hold. A
// line becomes a tombstone by signed limits alone; unsigned ones never lower Line under the protocol's own.
func (l Limits) Clamp(signed bool) Limits {
	l.Observations = min(max(l.Observations, minObservations), maxObservations)
	for _, n := range []*int{&l.Soft, &l.Hard, &l.Line} {
		*n = min(max(*n, minBytes), maxBytes)
	}
	if !signed {
		l.Line = max(l.Line, DefaultLimits.Line)
	}
	return l
}

// Answer is what a server says to a Request.
type Answer struct {
	V           int          `json:"v"`
	Results     []Result     `json:"results,omitempty"`
	Ranges      []Range      `json:"ranges,omitempty"` // what the server has counted of this stream
	ServerEpoch string       `json:"server_epoch"`     // changes when a server is restored
	ServerTime  int64        `json:"server_time"`      // Unix ms
	Boots       []SignedBoot `json:"boots,omitempty"`
	Limits      Limits       `json:"limits"`
	Pull        *Pulled      `json:"pull,omitempty"`

	// Streams are all streams of the device, that of the request among them, where the request asked for them.
	// nil: nothing is said of other streams.
	Streams []StreamRanges `json:"streams,omitempty"`

	Signed bool `json:"-"` // the device's server signed this answer, for this very request
}

// Pulled is what is new for the device.
type Pulled struct {
	Cursor       string       `json:"cursor"`
	More         bool         `json:"more,omitempty"`
	Reset        bool         `json:"reset,omitempty"`        // the cursor was of another epoch or filter: it began afresh
	Catalogues   []string     `json:"catalogues,omitempty"`   // versions the server knows, the one that counts first
	Observations []PulledLine `json:"observations,omitempty"` // of the unit's records that changed
	Fates        []Fate       `json:"fates,omitempty"`        // what became of own observations
	Totals       *Totals      `json:"totals,omitempty"`
}

// PulledLine is an observation as its device signed it, with the boot that the server fixed for it:
// enough to fold the record as the server does.
type PulledLine struct {
	ID   string     `json:"id"`
	Line string     `json:"line"`
	Boot clock.Boot `json:"boot,omitzero"`
}

// Totals are the unit's sums of the year to a day, by measure.
type Totals struct {
	Unit     string           `json:"unit"`
	To       string           `json:"to"` // 2020-12-31
	Measures map[string]int64 `json:"measures"`
}

// Fate is what became of an observation after it was delivered.
type Fate struct {
	ID     string        `json:"id"`
	Status string        `json:"status"` // quarantined, released, reviewed, linked, separated, returned
	Faults schema.Faults `json:"faults,omitempty"`
	Group  string        `json:"group,omitempty"`
}

// Error is the one shape of a refusal. An unknown code is retryable.
type Error struct {
	Code      string      `json:"code"`
	Retryable bool        `json:"retryable"`
	Message   schema.Text `json:"message"`
}

func (e *Error) Error() string { return e.Code + ": " + e.Message.EN }

// EncodeAnswer writes an answer's body, unsigned.
func EncodeAnswer(a *Answer, enc Encoding) ([]byte, error) {
	b, err := marshalAnswer(a)
	return compressBody(b, enc, err)
}

func marshalAnswer(a *Answer) ([]byte, error) { return json.Marshal(a) }

// ErrBadAnswer says that a body is no answer: what was asked is to be asked again.
var ErrBadAnswer = errors.New("wire: not an answer")

// DecodeAnswer reads an answer's body of at most limit bytes, inflated, and believes it. Every error is ErrBadAnswer.
func DecodeAnswer(body []byte, contentEncoding string, limit int) (*Answer, error) {
	text, err := inflateAnswer(body, contentEncoding, limit)
	if err != nil {
		return nil, err
	}
	return parseAnswer(text)
}

func inflateAnswer(body []byte, contentEncoding string, limit int) ([]byte, error) {
	enc, ok := ParseEncoding(contentEncoding)
	if !ok {
		return nil, fmt.Errorf("%w: encoding %q", ErrBadAnswer, clip(contentEncoding))
	}
	text, err := inflate(body, enc, limit)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBadAnswer, err)
	}
	return text, nil
}

func parseAnswer(text []byte) (*Answer, error) {
	var a Answer
	if err := decodeJSON(text, &a); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBadAnswer, err)
	}
	if a.V != Version {
		return nil, fmt.Errorf("%w: version %d", ErrBadAnswer, a.V)
	}
	return &a, nil
}
