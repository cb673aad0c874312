package ingest

import (
	"context"
	"slices"

	"roadbook/schema"
	"roadbook/server/store"
	"roadbook/sync/clock"
	"roadbook/sync/merge"
	"roadbook/sync/wire"
)

// judged is one line with its meaning, or with what is wrong with it.
type judged struct {
	id     wire.ObsID
	line   wire.Line
	kind   *schema.Kind // of the line; nil for acts that name no fields
	values schema.Values
	faults schema.Faults
	// released is the quarantined line that this one lets go (act release).
	released *judged
	boot     clock.Boot // that released's times were fixed with
}

// judgeAll reads every line of a frame. hs are the chain hashes of its lines.
func (in *Ingest) judgeAll(ctx context.Context, streamOf streamOf, who Device, f *wire.Frame, hs []wire.Hash) ([]judged, error) {
	out := make([]judged, len(f.Lines))
	for i, raw := range f.Lines {
		j := &out[i]
		j.id = wire.NewObsID(f.Stream, f.First+uint64(i), hs[i])
		in.read(raw, j)
		if len(j.faults) == 0 {
			j.faults = lengths(&j.line) // here, not in read: what was taken in once stays taken in
			in.judge(who, j)
		}
		if len(j.faults) == 0 && j.line.Act == wire.Release {
			if err := in.findTarget(ctx, streamOf, j); err != nil {
				return nil, err
			}
		}
		if who.Deposit {
			j.faults = append(j.faults, fault(CodeRevoked, ""))
		}
	}
	return out, nil
}

// read gives a line its meaning, without asking who said it. It is all that a frame which was judged
// before needs when it is projected again.
func (in *Ingest) read(raw []byte, j *judged) {
	if _, ok := wire.IsTombstone(raw); ok {
		j.faults = schema.Faults{fault(CodeTombstone, "")}
		return
	}
	if f := wire.ParseLine(raw, &j.line); f != nil {
		j.faults = schema.Faults{*f}
		return
	}
	if j.line.V != wire.LineVersion {
		j.faults = schema.Faults{fault(CodeUnknownVersion, "v", j.line.V)}
		return
	}
	kind, ok := in.cfg.Schema.Kind(j.line.Kind)
	if !ok {
		j.faults = schema.Faults{fault(CodeUnknownKind, "kind", j.line.Kind)}
		return
	}
	j.kind = kind
	if len(j.line.Fields) > 0 {
		j.values, j.faults = kind.Decode(j.line.Fields)
	}
	j.faults = append(j.faults, names(&j.line, kind)...)
	j.faults = j.faults[:min(len(j.faults), maxFaults)]
}

// names checks the ids that a line names.
func names(l *wire.Line, k *schema.Kind) (faults schema.Faults) {
	begins := l.Act == wire.Create && k.ItemOf == ""
	if begins != (l.Record == "") || !begins && !isID(l.Record) {
		faults = append(faults, fault(CodeBadRecord, "record", l.Record))
	}
	speaksOfItem := k.ItemOf != "" && l.Act != wire.Create
	if speaksOfItem != (l.Item != "") || speaksOfItem && !isID(l.Item) {
		faults = append(faults, fault(CodeBadItem, "item", l.Item))
	}
	for _, s := range l.Seen {
		if !isID(s) {
			return append(faults, fault(CodeBadSeen, "seen", s))
		}
	}
	return faults
}

func isID(text string) bool {
	_, err := wire.ParseObsID(text)
	return err == nil
}

// judge asks whether who may say this, and whether it holds together.
func (in *Ingest) judge(who Device, j *judged) {
	l := &j.line
	if !in.catalogues[l.Catalogue] {
		j.faults = append(j.faults, fault(CodeUnknownCatalogue, "catalogue", l.Catalogue))
	}
	if who.Role != RoleHQ && !allows(j.kind, who.Role) {
		j.faults = append(j.faults, fault(CodeKindNotAllowed, "kind", l.Kind))
	}
	switch l.Act {
	case wire.Create:
		j.faults = append(j.faults, j.kind.CheckCreate(j.values, who.Import)...)
		if unit, ok := j.values.Get("unit"); ok && who.Role != RoleHQ && unit.S != who.Unit {
			j.faults = append(j.faults, fault(CodeForeignUnit, "unit", unit.S))
		}
	case wire.Amend:
		j.faults = append(j.faults, j.kind.CheckAmend(j.values, who.Import)...)
	case wire.Void, wire.Restore:
	case wire.Link, wire.Separate, wire.Review, wire.Release:
		if who.Role != RoleHQ {
			j.faults = append(j.faults, fault(CodeActNotAllowed, "act", l.Act))
		}
		if l.Act == wire.Link && l.Group == "" {
			j.faults = append(j.faults, fault(CodeBadGroup, "group"))
		}
	default:
		j.faults = append(j.faults, fault(CodeUnknownAct, "act", l.Act))
	}
}

func allows(k *schema.Kind, role string) bool {
	return slices.Contains(k.Roles, role)
}

// obs is what the line contributes to its record, with its times fixed by the boots.
func (j *judged) obs(boots []clock.Boot) merge.Obs {
	return merge.FromLine(j.id, &j.line, j.kind, j.values, bootOf(boots, j.line.Clock.Boot))
}

// releasedObs is the observation that the line lets go.
func (j *judged) releasedObs() merge.Obs {
	r := j.released
	return merge.FromLine(r.id, &r.line, r.kind, r.values, j.boot)
}

// quarantined is the note to HQ about a line that can't count.
func (j *judged) quarantined(unit string, received int64) store.Quarantined {
	return store.Quarantined{ID: j.id, Unit: unit, Faults: j.faults, Received: received}
}
