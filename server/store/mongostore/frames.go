package mongostore

import (
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"slices"

	"go.mongodb.org/mongo-driver/bson"

	"roadbook/server/store"
	"roadbook/sync/wire"
)

func frameToDoc(f *store.Frame) frameDoc {
	d := frameDoc{
		ID: frameID(f.Key), Stream: f.Key.Stream.String(), First: int64(f.Key.First), Last: int64(f.Key.Last),
		Lines: int64(f.Key.Last-f.Key.First) + 1, Prev: f.Prev[:], Sig: f.Sig, Packed: f.Packed,
		LineFaults: encodeList(f.LineFaults), Received: f.Received, Unit: f.Unit, Role: f.Role, Rules: f.Rules, Earlier: f.Earlier, Waiting: waitingOrder(f),
		Units: f.Units,
	}
	d.Own, d.Touched = packOwnIDs(f.Key, f.Touched)
	for _, seq := range f.Forked {
		d.Forked = append(d.Forked, int64(seq))
	}
	return d
}

// waitingOrder orders the unprojected frames by moment of receipt, and frames of one moment by head, so that a page
// can begin after any frame. It is never 0.
func waitingOrder(f *store.Frame) int64 {
	const bits = 20
	tie := int64(binary.BigEndian.Uint32(f.Key.Head[:])>>(32-bits)) | 1
	return max(f.Received, 0)<<bits | tie
}

func (d *frameDoc) frame() (f store.Frame, err error) {
	f = store.Frame{
		Sig: d.Sig, Packed: d.Packed, Received: d.Received, Unit: d.Unit, Role: d.Role, Rules: d.Rules, Earlier: d.Earlier,
		N: d.N, Projected: d.Waiting == 0, Units: d.Units,
	}
	if f.Key, f.Touched, err = d.touchedRecords(); err != nil {
		return f, err
	}
	copy(f.Prev[:], d.Prev)
	for _, seq := range d.Forked {
		f.Forked = append(f.Forked, uint64(seq))
	}
	f.LineFaults, err = decodeList[store.LineFaults](d.LineFaults)
	return f, err
}

// touchedRecords returns the frame's key and the records touched by the frame, each once.
func (d *frameDoc) touchedRecords() (key store.FrameKey, ids []string, err error) {
	if key, err = parseFrameID(d.ID); err != nil {
		return key, nil, err
	}
	own, err := unpackOwnIDs(key, d.Own)
	if err != nil || len(own)+len(d.Touched) == 0 {
		return key, nil, err
	}
	return key, unique(append(own, d.Touched...)), nil
}

func decodeFrames(raws []bson.Raw) ([]store.Frame, error) {
	out := make([]store.Frame, len(raws))
	for i, raw := range raws {
		d, err := decode[frameDoc](raw)
		if err != nil {
			return nil, err
		}
		if out[i], err = d.frame(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (s *steps) FramesWithin(ctx context.Context, id wire.StreamID, first, last uint64) ([]store.Frame, error) {
	raws, err := s.docs.Scan(ctx, Frames, Query{Where: overlapConds(id, first, last), By: framesByLast})
	if err != nil {
		return nil, err
	}
	fs, err := decodeFrames(raws)
	slices.SortFunc(fs, func(a, b store.Frame) int {
		return cmp.Or(cmp.Compare(a.Key.First, b.Key.First), cmp.Compare(a.Key.Last, b.Key.Last),
			slices.Compare(a.Key.Head[:], b.Key.Head[:]))
	})
	return fs, err
}

// overlapConds matches the frames of a stream that share a sequence with first..last. The index to use is
// framesByLast, since most callers ask for the end of a stream. The conditions on _id, which begins with the stream
// and the first sequence, name the shard if the collection is sharded by _id.
func overlapConds(id wire.StreamID, first, last uint64) []Cond {
	return []Cond{
		{"stream", Is, id.String()}, {"last", AtLeast, int64(first)}, {"first", AtMost, int64(last)},
		{"_id", AtLeast, id.String() + "/"}, {"_id", Below, fmt.Sprintf("%s/%020d", id, last+1)},
	}
}

// streamConds matches the documents whose ids begin with a stream's name and a slash.
func streamConds(stream string) []Cond {
	return []Cond{{"_id", AtLeast, stream + "/"}, {"_id", Below, stream + "0"}} // the character after the slash
}

// CommitFrame is the commit: one insert of one document.
func (s *steps) CommitFrame(ctx context.Context, f store.Frame) (store.Frame, bool, error) {
	f.N, f.Projected = 0, false
	taken, err := s.docs.Insert(ctx, Frames, []any{frameToDoc(&f)})
	if err != nil {
		return store.Frame{}, false, err
	}
	if !taken[0] {
		s.cache.addFrame(&f)
		return f, false, nil
	}
	stored, err := s.frame(ctx, f.Key)
	return stored, true, err
}

func (s *steps) frame(ctx context.Context, key store.FrameKey) (store.Frame, error) {
	raws, err := s.docs.Read(ctx, Frames, []string{frameID(key)})
	if err != nil {
		return store.Frame{}, err
	}
	if len(raws) == 0 {
		return store.Frame{}, fmt.Errorf("frame %s: %w", frameID(key), store.ErrNotFound)
	}
	d, err := decode[frameDoc](raws[0])
	if err != nil {
		return store.Frame{}, err
	}
	return d.frame()
}

// Touch writes only records and units not yet written by the insert of the frame.
func (s *steps) Touch(ctx context.Context, key store.FrameKey, records, units []string) error {
	records, units = s.cache.notTouched(key, records, units)
	if len(records)+len(units) == 0 {
		return nil
	}
	done, err := s.docs.Change(ctx, Frames, []Change{{
		ID: frameID(key), Union: bson.D{{Key: "touched", Value: records}, {Key: "units", Value: units}},
	}})
	if err == nil && !done[0] { // the change may have landed in a shared command and have been overwritten at once
		_, err = s.frame(ctx, key)
	}
	if err == nil && s.cache.inserted.frame.Key == key {
		s.cache.inserted.frame.Units = append(slices.Clip(s.cache.inserted.frame.Units), units...)
	}
	return err
}

// unique returns the names sorted, each once, without empty names.
func unique(names []string) []string {
	out := slices.DeleteFunc(slices.Clone(names), func(n string) bool { return n == "" })
	if out == nil {
		out = []string{} // an array, never null
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (s *steps) Quarantine(ctx context.Context, qs []store.Quarantined) error {
	if len(qs) == 0 {
		return nil
	}
	docs := make([]any, len(qs))
	for i, q := range qs {
		docs[i] = quarantinedDoc{
			ID: quarantinedID(q.ID), Stream: q.ID.Stream().String(), Obs: q.ID.String(), Unit: q.Unit,
			Faults: encodeList(q.Faults), Received: q.Received, Released: q.Released,
		}
	}
	_, err := s.docs.Insert(ctx, QuarantinedLines, docs)
	return err
}

func (s *steps) Release(ctx context.Context, id wire.ObsID, by string) error {
	_, err := s.docs.Change(ctx, QuarantinedLines, []Change{{
		ID: quarantinedID(id), If: []Cond{{"released", Is, ""}}, Set: bson.D{{Key: "released", Value: by}},
	}})
	return err
}
