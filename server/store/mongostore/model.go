package mongostore

import (
	"fmt"

	"github.com/fxamacker/cbor/v2"
	"go.mongodb.org/mongo-driver/bson"

	"roadbook/server/store"
	"roadbook/sync/clock"
	"roadbook/sync/tally"
	"roadbook/sync/wire"
)

// The stored documents. Field names are short, since every document contains them; some are older words (plot for
// bucketKey).

type groupDoc struct {
	ID        string `bson:"_id"`
	Epoch     int64  `bson:"epoch"`
	Evaluated int64  `bson:"evaluated"`
	Members   []byte `bson:"members"` // CBOR of []merge.Member
}

type bucketDoc struct {
	ID        string   `bson:"_id"`
	Epoch     int64    `bson:"epoch"`
	Counted   int64    `bson:"counted"`
	BucketKey string   `bson:"plot"`
	Unit      string   `bson:"unit"`
	Kind      string   `bson:"kind"`
	Day       int64    `bson:"day"`
	Number    int64    `bson:"number"`
	Size      int64    `bson:"size"` // records at the last count
	Version   string   `bson:"version"`
	From      int64    `bson:"from"` // first and last day of Sums
	To        int64    `bson:"to"`
	Sums      []sumDoc `bson:"sums"`
}

type sumDoc struct {
	Day     int64  `bson:"d"`
	Measure string `bson:"m"`
	Amount  int64  `bson:"a"`
}

type frameDoc struct {
	ID         string   `bson:"_id"`
	Stream     string   `bson:"stream"`
	First      int64    `bson:"first"`
	Last       int64    `bson:"last"`
	Lines      int64    `bson:"lines"`
	Prev       []byte   `bson:"prev"`
	Sig        []byte   `bson:"sig"`
	Packed     []byte   `bson:"packed"`
	LineFaults []byte   `bson:"verdicts,omitempty"` // CBOR of []store.LineFaults
	Forked     []int64  `bson:"forked,omitempty"`
	Received   int64    `bson:"received"`
	Unit       string   `bson:"unit"`
	Role       string   `bson:"role"`
	Rules      int      `bson:"rules,omitempty"`
	Earlier    []string `bson:"earlier,omitempty"` // units that the device was given before Unit
	N          int64    `bson:"n"`
	Waiting    int64    `bson:"waiting"`           // waitingOrder until the frame is projected, then 0
	Own        []byte   `bson:"own,omitempty"`     // ids of touched records of its own: packOwnIDs
	Touched    []string `bson:"touched,omitempty"` // further records
	Units      []string `bson:"units,omitempty"`
}

type streamDoc struct {
	ID       string `bson:"_id"`
	Rev      int64  `bson:"rev"`
	N        int64  `bson:"n"`
	Ranges   []byte `bson:"ranges"` // CBOR of []wire.Range
	Last     string `bson:"last"`
	Boots    []byte `bson:"boots"` // CBOR of []clock.Boot
	Received int64  `bson:"received"`
	Forks    int64  `bson:"forks"`

	Units []string `bson:"units,omitempty"` // touched by its numbered frames: a superset
}

type quarantinedDoc struct {
	ID       string `bson:"_id"`
	Stream   string `bson:"stream"`
	Obs      string `bson:"obs"`
	Unit     string `bson:"unit"`
	Faults   []byte `bson:"faults,omitempty"` // CBOR of schema.Faults
	Received int64  `bson:"received"`
	Released string `bson:"released"`
}

type entryDoc struct {
	ID      string `bson:"_id"`
	Section string `bson:"bucket"`
	Name    string `bson:"name"`
	Rev     int64  `bson:"rev"`
	Data    []byte `bson:"data,omitempty"`
	Expires int64  `bson:"expires"`
}

type metaDoc struct {
	ID      string `bson:"_id"`
	Format  int64  `bson:"format,omitempty"`
	Version string `bson:"version,omitempty"`
}

var cborOut = func() cbor.EncMode {
	mode, err := cbor.CoreDetEncOptions().EncMode()
	if err != nil {
		panic(err) // options are constants
	}
	return mode
}()

// encodeList encodes a list always read as a whole. An empty list has no bytes.
func encodeList[T any](items []T) []byte {
	if len(items) == 0 {
		return nil
	}
	b, err := cborOut.Marshal(items)
	if err != nil {
		panic(err) // plain structs
	}
	return b
}

func decodeList[T any](b []byte) (items []T, err error) {
	if len(b) == 0 {
		return nil, nil
	}
	if err := cbor.Unmarshal(b, &items); err != nil {
		return nil, fmt.Errorf("mongostore: stored value: %w", err)
	}
	return items, nil
}

func decode[T any](raw bson.Raw) (d T, err error) {
	if err := bson.Unmarshal(raw, &d); err != nil {
		return d, fmt.Errorf("mongostore: document: %w", err)
	}
	return d, nil
}

func decodeAll[T any](raws []bson.Raw) ([]T, error) {
	out := make([]T, len(raws))
	for i, raw := range raws {
		if err := bson.Unmarshal(raw, &out[i]); err != nil {
			return nil, fmt.Errorf("mongostore: document: %w", err)
		}
	}
	return out, nil
}

func streamToDoc(s *store.Stream) streamDoc {
	d := streamDoc{
		ID: s.ID.String(), Rev: s.Rev, N: s.N, Ranges: encodeList(s.Ranges), Boots: encodeList(s.Boots),
		Received: s.Received, Forks: s.Forks,
	}
	if s.N > 0 {
		d.Last = frameID(s.Last)
	}
	return d
}

func (d *streamDoc) stream() (s store.Stream, err error) {
	s = store.Stream{ID: parseStream(d.ID), Rev: d.Rev, N: d.N, Received: d.Received, Forks: d.Forks}
	if s.Ranges, err = decodeList[wire.Range](d.Ranges); err != nil {
		return s, err
	}
	if s.Boots, err = decodeList[clock.Boot](d.Boots); err != nil {
		return s, err
	}
	if d.Last != "" {
		s.Last, err = parseFrameID(d.Last)
	}
	return s, err
}

// sums yields a bucket's amounts as rows of its unit.
func (d *bucketDoc) sums(yield func(tally.Sum)) {
	for _, s := range d.Sums {
		yield(tally.Sum{Unit: d.Unit, Day: clock.Day(s.Day), Measure: s.Measure, Amount: s.Amount})
	}
}
