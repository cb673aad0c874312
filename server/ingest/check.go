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

// checkedLine is one line with its parsed content, or with its faults.
type checkedLine struct {
	id     wire.ObsID
	line   wire.Line
	kind   *schema.Kind // of the line; nil for acts without fields
	values schema.Values
	faults schema.Faults
	sound  bool // a create without faults, and none can come by the correction of its times
	// released is the quarantined line released by this line (act release).
	released     *checkedLine
	releasedBoot clock.Boot // fixes the times of released
}

// checkLines parses and checks every line of a frame. hs are the chain hashes of the lines.
func (in *Ingest) checkLines(ctx context.Context, streamOf streamReader, who Device, f *wire.Frame, hs []wire.Hash) ([]checkedLine, error) {
	out := make([]checkedLine, len(f.Lines))
	for i, raw := range f.Lines {
		c := &out[i]
		c.id = wire.NewObsID(f.Stream, f.First+uint64(i), hs[i])
		in.parseLine(raw, c)
		if len(c.faults) == 0 {
			c.faults = checkLengths(&c.line) // here, not in parseLine: an accepted line stays accepted
			in.checkLine(who, c)
		}
		if len(c.faults) == 0 && c.line.Act == wire.Release {
			if err := in.findReleaseTarget(ctx, streamOf, c); err != nil {
				return nil, err
			}
		}
		if who.Deposit {
			c.faults = append(c.faults, newFault(CodeRevoked, ""))
		}
	}
	return out, nil
}

// parseLine parses a line without regard to the sender. A frame checked before needs nothing more when projected again.
func (in *Ingest) parseLine(raw []byte, c *checkedLine) {
	if _, ok := wire.IsTombstone(raw); ok {
		c.faults = schema.Faults{newFault(CodeTombstone, "")}
		return
	}
	if f := wire.ParseLine(raw, &c.line); f != nil {
		c.faults = schema.Faults{*f}
		return
	}
	if c.line.V != wire.LineVersion {
		c.faults = schema.Faults{newFault(CodeUnknownVersion, "v", c.line.V)}
		return
	}
	kind, ok := in.cfg.Schema.Kind(c.line.Kind)
	if !ok {
		c.faults = schema.Faults{newFault(CodeUnknownKind, "kind", c.line.Kind)}
		return
	}
	c.kind = kind
	if len(c.line.Fields) > 0 {
		c.values, c.faults = kind.Decode(c.line.Fields)
	}
	c.faults = append(c.faults, checkIDs(&c.line, kind)...)
	c.faults = c.faults[:min(len(c.faults), maxFaults)]
}

// checkIDs checks the ids named by a line.
func checkIDs(l *wire.Line, k *schema.Kind) (faults schema.Faults) {
	begins := l.Act == wire.Create && k.ItemOf == ""
	if begins != (l.Record == "") || !begins && !isID(l.Record) {
		faults = append(faults, newFault(CodeBadRecord, "record", l.Record))
	}
	speaksOfItem := k.ItemOf != "" && l.Act != wire.Create
	if speaksOfItem != (l.Item != "") || speaksOfItem && !isID(l.Item) {
		faults = append(faults, newFault(CodeBadItem, "item", l.Item))
	}
	for _, s := range l.Seen {
		if !isID(s) {
			return append(faults, newFault(CodeBadSeen, "seen", s))
		}
	}
	return faults
}

func isID(text string) bool {
	_, err := wire.ParseObsID(text)
	return err == nil
}

// checkLine checks the sender's right to the line, and the line against the rules of its kind.
func (in *Ingest) checkLine(who Device, c *checkedLine) {
	l := &c.line
	if !slices.Contains(in.inForce.Load().names, l.Catalogue) {
		c.faults = append(c.faults, newFault(CodeUnknownCatalogue, "catalogue", l.Catalogue))
	}
	if who.Role != RoleHQ && !roleAllowed(c.kind, who.Role) {
		c.faults = append(c.faults, newFault(CodeKindNotAllowed, "kind", l.Kind))
	}
	for _, unit := range l.Share {
		if _, wrong := schema.UnitName(unit); wrong != nil {
			c.faults = append(c.faults, newFault(CodeBadShare, "share", unit))
		}
	}
	switch l.Act {
	case wire.Create:
		faults := c.kind.CheckCreate(c.values, who.Import)
		c.faults = append(c.faults, faults...)
		c.sound = len(faults) == 0 && !c.kind.RulesRead(l.Auto)
		if unit, ok := c.values.Get("unit"); ok && !who.had(unit.S) {
			c.faults = append(c.faults, newFault(CodeForeignUnit, "unit", unit.S))
		}
	case wire.Amend:
		c.faults = append(c.faults, c.kind.CheckAmend(c.values, who.Import)...)
		if c.values.Has("unit") && who.Role != RoleHQ && c.kind.ItemOf == "" {
			c.faults = append(c.faults, newFault(CodeUnitByHQ, "unit"))
		}
	case wire.Void, wire.Restore:
	case wire.Link, wire.Separate, wire.Review, wire.Release:
		if who.Role != RoleHQ {
			c.faults = append(c.faults, newFault(CodeActNotAllowed, "act", l.Act))
		}
		if l.Act == wire.Link && l.Group == "" {
			c.faults = append(c.faults, newFault(CodeBadGroup, "group"))
		}
	default:
		c.faults = append(c.faults, newFault(CodeUnknownAct, "act", l.Act))
	}
}

func roleAllowed(k *schema.Kind, role string) bool {
	return slices.Contains(k.Roles, role)
}

// observation is the line's observation, with its times fixed by the boots and its standing by its sender.
func (c *checkedLine) observation(boots []clock.Boot, by merge.Sender) merge.Obs {
	o := merge.FromLine(c.id, &c.line, c.kind, c.values, bootByID(boots, c.line.Clock.Boot))
	o.Sender = by
	return o
}

// releasedObservation is the observation released by the line, with the right to speak about every record.
func (c *checkedLine) releasedObservation() merge.Obs {
	r := c.released
	return merge.FromLine(r.id, &r.line, r.kind, r.values, c.releasedBoot)
}

// quarantined is the note to HQ about a line with faults.
func (c *checkedLine) quarantined(unit string, received int64) store.Quarantined {
	return store.Quarantined{ID: c.id, Unit: unit, Faults: c.faults, Received: received}
}
