package imports

import (
	"context"
	"slices"

	"roadbook/schema"
	"roadbook/sync/clock"
	"roadbook/sync/merge"
)

// history is the importer's past, read from its own streams: the record of each row, and the importer's last values
// for it. The log is the importer's only memory, so no second memory can disagree; here are digests and places of its lines. Most
// rows of a table imported again did not change, and the digests say so. For the others the record's lines are read and folded.
type history struct {
	schema  *schema.Schema
	mapping *Mapping // rows are to be compared with the table of; nil: they are not
	log     ownLog
	records nameIndex     // every line by its record
	rows    nameIndex     // the first lines of rows: several after two imports at the same time
	values  [][]keyDigest // with a mapping, of the lines of each frame: the row's values if no further line may have changed them
	keyOnly bool          // keys stand for all else: only hasTwins can be asked
	keys    []uint64      // of rows: the begins of their digests; sorted
}

// rowKey names a row of the source for one importer; several records have it only after two imports at the same time.
type rowKey struct{ kind, key string }

func (k rowKey) name() lineName { return lineNameOf(k.kind + "\x00" + k.key) }

// ownRecord is a record of the importer, with the importer's own observations only; a re-import never touches the
// observations of other streams.
type ownRecord struct {
	record string
	item   string // the item of the record, if the row is one: state and view are the item's alone
	kind   *schema.Kind
	state  merge.State
	view   merge.View // of state: the importer's last values
}

// fold makes the record of lines.
func (p *history) fold(ctx context.Context, lines []namedLine) (o *ownRecord, err error) {
	for _, d := range lines {
		own, err := p.log.at(ctx, int(d.line))
		if err != nil {
			return nil, err
		}
		l, kind, values, ok := p.parse(own.raw)
		if !ok {
			return nil, errLog // parsed before
		}
		id := own.id
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
func (p *history) find(ctx context.Context, key lineName) (current *ownRecord, others []*ownRecord, err error) {
	var found []*ownRecord
	for _, row := range p.rows.find(key) {
		own, err := p.log.at(ctx, int(row.line))
		if err != nil {
			return nil, nil, err
		}
		subject, ok := p.subject(own)
		if !ok {
			return nil, nil, errLog
		}
		o, err := p.fold(ctx, p.records.find(subject))
		if err != nil {
			return nil, nil, err
		}
		found = append(found, o)
	}
	current = currentRecord(found)
	return current, slices.DeleteFunc(found, func(o *ownRecord) bool { return o == current || o.view.Void }), nil
}

// isUnchanged reports whether a row surely is as the importer left it. Without certainty find shows more.
func (p *history) isUnchanged(key lineName, values keyDigest) bool {
	found := p.rows.find(key)
	return len(found) == 1 && *p.valuesOf(found[0].line) == values
}

// each calls do with every record, in the order of the log.
func (p *history) each(ctx context.Context, do func(*ownRecord) error) error {
	for place := range p.log.frames {
		lines, err := p.log.frame(ctx, place)
		if err != nil {
			return err
		}
		for i, own := range lines {
			subject, ok := p.subject(own)
			if !ok {
				continue
			}
			all := p.records.find(subject)
			if len(all) == 0 || int(all[0].line) != p.log.frames[place].first+i {
				continue
			}
			o, err := p.fold(ctx, all)
			if err == nil {
				err = do(o)
			}
			if err != nil {
				return err
			}
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

// hasTwins reports whether a row has several records, be they void. Once in a long time rows with digests of one begin are taken for
// twins: who asks looks again.
func (p *history) hasTwins() bool {
	for i := 1; i < len(p.keys); i++ {
		if p.keys[i] == p.keys[i-1] {
			return true
		}
	}
	return false
}

// duplicates are further records of a row with a current record, left behind by two imports at the same time.
func (p *history) duplicates(ctx context.Context) (out []*ownRecord, err error) {
	err = p.rows.shared(func(of []namedLine) error {
		_, others, err := p.find(ctx, of[0].name)
		out = append(out, others...)
		return err
	})
	return out, err
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
