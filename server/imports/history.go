package imports

import (
	"bytes"
	"cmp"
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
// for it. The log is the importer's only memory, so no second memory can disagree. Lines stay packed, and a record is
// folded when asked for: a million records take 150 MB, folded two gigabytes.
type history struct {
	schema  *schema.Schema
	lines   lineLog
	records []digestLine // every line by its record; sorted, lines of a record in the order of the log
	keys    []digestLine // the first lines of rows by their rowKey; sorted
	keyOnly bool         // no line is kept: only hasTwins can be asked
}

// digestLine is a line under the digest of a name.
type digestLine struct {
	name keyDigest
	line uint32
}

func (d digestLine) compare(o digestLine) int {
	if c := bytes.Compare(d.name[:], o.name[:]); c != 0 {
		return c
	}
	return cmp.Compare(d.line, o.line)
}

// linesOf are the lines under a name in a sorted list.
func linesOf(sorted []digestLine, name keyDigest) []digestLine {
	from, _ := slices.BinarySearchFunc(sorted, digestLine{name: name}, digestLine.compare)
	to := from
	for to < len(sorted) && sorted[to].name == name {
		to++
	}
	return sorted[from:to]
}

// rowKey names a row of the source for one importer; several records have it only after two imports at the same time.
type rowKey struct{ kind, key string }

func (k rowKey) digest() keyDigest { return digestOfKey(k.kind + "\x00" + k.key) }

// ownRecord is a record of the importer, with the importer's own observations only; a re-import never touches the
// observations of other streams.
type ownRecord struct {
	record string
	item   string // the item of the record, if the row is one: state and view are the item's alone
	kind   *schema.Kind
	state  merge.State
	view   merge.View // of state: the importer's last values
}

// maxUnpacked bounds the unpacked lines of a frame, in bytes.
const maxUnpacked = 64 << 20

// read reads all lines of an importer's device. runs are epochs of runs: a run cut off may have committed a
// frame before the summary of its stream.
func (p *history) read(ctx context.Context, s store.Store, device string, runs []string) error {
	streams, err := deviceStreams(ctx, s, device)
	if err != nil {
		return err
	}
	for _, epoch := range runs {
		if id := (wire.StreamID{Device: device, Epoch: epoch}); !slices.Contains(streams, id) {
			streams = append(streams, id)
		}
	}
	for _, id := range streams {
		if err := p.readStream(ctx, s, id); err != nil {
			return err
		}
	}
	slices.SortFunc(p.records, digestLine.compare)
	slices.SortFunc(p.keys, digestLine.compare)
	return nil
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

func (p *history) readStream(ctx context.Context, s store.Store, id wire.StreamID) error {
	for f, err := range store.AllFrames(ctx, s, id, 64) {
		if err != nil {
			return err
		}
		if err := p.addFrame(f); err != nil {
			return fmt.Errorf("frame %v: %w", f.Key, err)
		}
	}
	return nil
}

// addFrame adds the counting lines.
func (p *history) addFrame(f *store.Frame) error {
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
		p.addLine(wire.NewObsID(f.Key.Stream, seq, h), raw)
	}
	return nil
}

// addLine keeps a line under the names of its record and, if it creates the record of a row, of the row.
func (p *history) addLine(id wire.ObsID, raw []byte) {
	l, kind, values, ok := p.parse(raw)
	if !ok {
		return
	}
	line := uint32(p.lines.count)
	if !p.keyOnly {
		p.lines.add(id, raw)
		p.records = append(p.records, digestLine{digestOfKey(subjectOf(id, l, kind)), line})
	}
	if key, ok := values.Get("source_key"); ok && l.Act == wire.Create {
		p.keys = append(p.keys, digestLine{rowKey{kind.Name, key.S}.digest(), line})
	}
}

func (p *history) parse(raw []byte) (l *wire.Line, kind *schema.Kind, values schema.Values, ok bool) {
	l = &wire.Line{}
	if wire.ParseLine(raw, l) != nil {
		return nil, nil, nil, false
	}
	if kind, ok = p.schema.Kind(l.Kind); ok && len(l.Fields) > 0 {
		values, _ = kind.Decode(l.Fields)
	}
	return l, kind, values, ok
}

// fold makes the record of lines.
func (p *history) fold(lines []digestLine) (o *ownRecord, err error) {
	for _, d := range lines {
		id, raw, err := p.lines.at(int(d.line))
		if err != nil {
			return nil, err
		}
		l, kind, values, ok := p.parse(raw)
		if !ok {
			return nil, errLog // parsed before
		}
		if o == nil {
			o = &ownRecord{record: merge.RecordOf(id, l), kind: kind}
			if kind.ItemOf != "" {
				o.item = subjectOf(id, l, kind)
			}
		}
		obs := merge.FromLine(id, l, kind, values, clock.Boot{ID: l.Clock.Boot})
		obs.Sender = merge.FromHQ()
		o.state.Join(o.record, obs)
	}
	o.view = o.viewOf(&o.state, p.schema)
	return o, nil
}

// find is the row's record, nil for none, and the further records left behind by two imports at the same time.
func (p *history) find(key keyDigest) (current *ownRecord, others []*ownRecord, err error) {
	var found []*ownRecord
	for _, d := range linesOf(p.keys, key) {
		id, raw, err := p.lines.at(int(d.line))
		if err != nil {
			return nil, nil, err
		}
		l, kind, _, ok := p.parse(raw)
		if !ok {
			return nil, nil, errLog
		}
		o, err := p.fold(linesOf(p.records, digestOfKey(subjectOf(id, l, kind))))
		if err != nil {
			return nil, nil, err
		}
		found = append(found, o)
	}
	current = currentRecord(found)
	return current, slices.DeleteFunc(found, func(o *ownRecord) bool { return o == current || o.view.Void }), nil
}

// each calls do with every record, in the order of the log.
func (p *history) each(do func(*ownRecord) error) error {
	for i := range p.lines.count {
		id, raw, err := p.lines.at(i)
		if err != nil {
			return err
		}
		l, kind, _, ok := p.parse(raw)
		if !ok {
			return errLog
		}
		lines := linesOf(p.records, digestOfKey(subjectOf(id, l, kind)))
		if int(lines[0].line) != i {
			continue
		}
		o, err := p.fold(lines)
		if err == nil {
			err = do(o)
		}
		if err != nil {
			return err
		}
	}
	return nil
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

// hasTwins reports whether a row has several records, be they void.
func (p *history) hasTwins() bool {
	for i := 1; i < len(p.keys); i++ {
		if p.keys[i].name == p.keys[i-1].name {
			return true
		}
	}
	return false
}

// duplicates are further records of a row with a current record, left behind by two imports at the same time.
func (p *history) duplicates() (out []*ownRecord, err error) {
	for i := 1; i < len(p.keys); i++ {
		if p.keys[i].name != p.keys[i-1].name || i > 1 && p.keys[i].name == p.keys[i-2].name {
			continue // a row of one record, or seen already
		}
		_, others, err := p.find(p.keys[i].name)
		if err != nil {
			return nil, err
		}
		out = append(out, others...)
	}
	return out, nil
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
	return o.viewOf(&s, sch)
}
