package imports

import (
	"context"
	"fmt"
	"slices"

	"roadbook/schema"
	"roadbook/server/store"
	"roadbook/sync/clock"
	"roadbook/sync/merge"
	"roadbook/sync/wire"
)

// history is the importer's past, read from its own streams: the record of each row, and the importer's last values
// for it. The log is the importer's only memory, so no second memory can disagree.
type history struct {
	schema *schema.Schema
	keys   map[rowKey][]*ownRecord // several only after two imports at the same time
	list   []*ownRecord            // in the order of the log
}

// rowKey names a row of the source for one importer.
type rowKey struct{ kind, key string }

// ownRecord is a record of the importer, with the importer's own observations only; a re-import never touches the
// observations of other streams.
type ownRecord struct {
	key    rowKey
	record string
	kind   *schema.Kind
	state  merge.State
	view   merge.View // of state: the importer's last values
}

// maxUnpacked bounds the unpacked lines of a frame, in bytes.
const maxUnpacked = 64 << 20

// readHistory reads all lines of an importer's device. runs are epochs of runs: a run cut off may have committed a
// frame before the summary of its stream.
func readHistory(ctx context.Context, s store.Store, sch *schema.Schema, device string, runs []string) (*history, error) {
	streams, err := deviceStreams(ctx, s, device)
	if err != nil {
		return nil, err
	}
	for _, epoch := range runs {
		if id := (wire.StreamID{Device: device, Epoch: epoch}); !slices.Contains(streams, id) {
			streams = append(streams, id)
		}
	}
	p := &history{schema: sch, keys: map[rowKey][]*ownRecord{}}
	byRecord := map[string]*ownRecord{}
	for _, id := range streams {
		if err := p.readStream(ctx, s, id, byRecord); err != nil {
			return nil, err
		}
	}
	p.foldRecords()
	return p, nil
}

func deviceStreams(ctx context.Context, s store.Store, device string) (out []wire.StreamID, err error) {
	for st, err := range store.AllStreams(ctx, s, wire.StreamID{Device: device}) {
		if err != nil {
			return nil, err
		}
		if st.ID.Device != device {
			break
		}
		out = append(out, st.ID)
	}
	return out, nil
}

func (p *history) readStream(ctx context.Context, s store.Store, id wire.StreamID, byRecord map[string]*ownRecord) error {
	for f, err := range store.AllFrames(ctx, s, id, 64) {
		if err != nil {
			return err
		}
		if err := p.addFrame(f, byRecord); err != nil {
			return fmt.Errorf("frame %v: %w", f.Key, err)
		}
	}
	return nil
}

// addFrame adds the counting lines.
func (p *history) addFrame(f *store.Frame, byRecord map[string]*ownRecord) error {
	lines, err := wire.UnpackLines(f.Packed, maxUnpacked)
	if err != nil {
		return err
	}
	h := f.Prev
	for i, raw := range lines {
		h = wire.ChainHash(h, raw)
		seq := f.Key.First + uint64(i)
		if slices.ContainsFunc(f.LineFaults, func(v store.LineFaults) bool { return v.Seq == seq }) {
			continue
		}
		p.addLine(wire.NewObsID(f.Key.Stream, seq, h), raw, byRecord)
	}
	return nil
}

func (p *history) addLine(id wire.ObsID, raw []byte, byRecord map[string]*ownRecord) {
	var l wire.Line
	if wire.ParseLine(raw, &l) != nil {
		return
	}
	kind, ok := p.schema.Kind(l.Kind)
	if !ok {
		return
	}
	var values schema.Values
	if len(l.Fields) > 0 {
		values, _ = kind.Decode(l.Fields)
	}
	record := merge.RecordOf(id, &l)
	o := byRecord[record]
	if o == nil {
		o = &ownRecord{record: record, kind: kind}
		byRecord[record] = o
		p.list = append(p.list, o)
	}
	obs := merge.FromLine(id, &l, kind, values, clock.Boot{ID: l.Clock.Boot})
	obs.Sender = merge.FromHQ()
	o.state.Join(record, obs)
	if key, ok := values.Get("source_key"); ok && l.Act == wire.Create {
		o.key = rowKey{kind.Name, key.S}
	}
}

func (p *history) foldRecords() {
	for _, o := range p.list {
		o.view = merge.Fold(o.record, &o.state, p.schema)
		if o.key.key != "" {
			p.keys[o.key] = append(p.keys[o.key], o)
		}
	}
}

// currentRecord is the record of a row: of several, the first created that is not void, else the first created.
func currentRecord(os []*ownRecord) (best *ownRecord) {
	for _, o := range os {
		if best == nil || best.view.Void && !o.view.Void ||
			best.view.Void == o.view.Void && o.view.Least.Compare(best.view.Least) < 0 {
			best = o
		}
	}
	return best
}

// duplicates are further records of a row with a current record, left behind by two imports at the same time.
func (p *history) duplicates() (out []*ownRecord) {
	for _, o := range p.list {
		if os := p.keys[o.key]; len(os) > 1 && !o.view.Void && currentRecord(os) != o {
			out = append(out, o)
		}
	}
	return out
}

// seenIDs are the importer's own observations of the record: the importer knows no more of it.
func (o *ownRecord) seenIDs() (ids []string) {
	for i := range o.state.Obs {
		ids = append(ids, o.state.Obs[i].ID.String())
	}
	return ids
}

// viewWithout is the importer's view of the record without the dropped observations.
func (o *ownRecord) viewWithout(sch *schema.Schema, drop func(*merge.Obs) bool) merge.View {
	var s merge.State
	for i := range o.state.Obs {
		if !drop(&o.state.Obs[i]) {
			s.Join(o.record, o.state.Obs[i])
		}
	}
	return merge.Fold(o.record, &s, sch)
}
