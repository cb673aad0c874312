package imports

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"

	"roadbook/schema"
	"roadbook/server/store"
	"roadbook/sync/wire"
)

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
	slices.Sort(p.keys)
	p.records.sort()
	p.rows.sort()
	if p.mapping == nil {
		return nil
	}
	return p.records.shared(func(of []namedLine) error {
		for _, l := range of {
			*p.valuesOf(l.line) = keyDigest{}
		}
		return nil
	})
}

// valuesOf is the digest of the values in a line, zero for none.
func (p *history) valuesOf(line uint32) *keyDigest {
	place := p.log.placeOf(int(line))
	return &p.values[place][int(line)-p.log.frames[place].first]
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
	first := p.log.count
	lines, err := p.log.add(f)
	if err != nil {
		return err
	}
	if p.mapping != nil {
		p.values = append(p.values, make([]keyDigest, len(lines)))
	}
	for i, own := range lines {
		p.addLine(own, uint32(first+i))
	}
	return nil
}

// addLine keeps a line under the names of its record and, if it creates the record of a row, of the row.
func (p *history) addLine(own ownLine, at uint32) {
	l, kind, values, ok := p.parse(own.raw)
	if !ok {
		return
	}
	key, ok := values.Get("source_key")
	first := ok && l.Act == wire.Create
	switch {
	case p.keyOnly && first:
		name := rowKey{kind.Name, key.S}.name()
		p.keys = append(p.keys, binary.LittleEndian.Uint64(name[:]))
	case first:
		p.rows.add(namedLine{rowKey{kind.Name, key.S}.name(), at})
		if p.mapping != nil {
			*p.valuesOf(at) = p.mapping.digest(l.Record, values)
		}
	}
	if !p.keyOnly {
		p.records.add(namedLine{lineNameOf(subjectOf(own.id, l, kind)), at})
	}
}

func (p *history) parse(raw []byte) (l *wire.Line, kind *schema.Kind, values schema.Values, ok bool) {
	l = &wire.Line{}
	if raw == nil || wire.ParseLine(raw, l) != nil {
		return nil, nil, nil, false
	}
	if kind, ok = p.schema.Kind(l.Kind); ok && len(l.Fields) > 0 {
		values, _ = kind.Decode(l.Fields)
	}
	return l, kind, values, ok
}

// subject is the name of a line's record or item as in records; ok is false for a line without a share in the past.
func (p *history) subject(own ownLine) (name lineName, ok bool) {
	l, kind, _, ok := p.parse(own.raw)
	if !ok {
		return name, false
	}
	return lineNameOf(subjectOf(own.id, l, kind)), true
}

// digest is the same for the values of two rows only if the second row changes nothing: values about the file do not matter as
// long as both rows have some. record is the record of an item, "" for other kinds.
func (m *Mapping) digest(record string, values schema.Values) keyDigest {
	var kept schema.Values
	for _, v := range values {
		if m.isAboutFile(v.Name) {
			v.Value = schema.Value{}
		}
		kept = append(kept, v)
	}
	return digestOfKey(record + "\x00" + string(m.Kind.Encode(kept)))
}

// isAboutFile reports whether a field is filled from the file's name, digest or row numbers alone.
func (m *Mapping) isAboutFile(field string) bool {
	return slices.ContainsFunc(m.fields, func(f fieldMap) bool { return f.field.Name == field && f.template.isFileOnly() })
}
