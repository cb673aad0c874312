package ingest

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"

	"roadbook/schema"
	"roadbook/server/store"
	"roadbook/sync/clock"
	"roadbook/sync/doubt"
	"roadbook/sync/merge"
	"roadbook/sync/wire"
)

// Officer is an HQ user acting on records. The server holds the key and signs in the user's name, so that decisions of
// HQ stand in the same log, under the same rules, as observations of the field.
type Officer struct {
	Name string
	Unit string
	Key  ed25519.PrivateKey
}

// Act is one decision of HQ about a record.
type Act struct {
	Act    wire.Act
	Record string
	Kind   string          // needed for an unknown record, and for items
	Item   string          // amend or void of an item
	With   string          // link: another record of the event
	Target string          // release: the quarantined observation; review: the doubt, "" for the record as a whole
	Reason string          // void; review: words for the record's unit
	Fields json.RawMessage // amend
}

// hqStream is an officer's stream in this process. Its epoch is created on first use in the process: two servers never
// write into one stream.
type hqStream struct {
	mu     sync.Mutex
	stream wire.StreamID
	seq    uint64
	head   wire.Hash
	hlc    clock.HLCSource
	start  int64 // Unix ms, the boot's mono 0
}

type hqStreams struct {
	mu sync.Mutex
	m  map[string]*hqStream
}

// maxSends is how often a frame of HQ is sent before its stream is given up for a new epoch.
const maxSends = 3

// ErrNoGroup: the records could not be brought into one group because other users kept moving them.
var ErrNoGroup = errors.New("ingest: the records were being linked by someone else; try again")

// Do sends acts in the officer's name, all in one frame, and returns the answer. A link becomes one observation for each
// member to be moved.
func (in *Ingest) Do(ctx context.Context, who Officer, acts ...Act) (*wire.Answer, error) {
	var lines []*wire.Line
	for _, a := range acts {
		if a.Act == wire.Link {
			return in.Link(ctx, who, a.Record, a.With)
		}
		l, err := in.lineForAct(ctx, who, a)
		if err != nil {
			return nil, err
		}
		lines = append(lines, l)
	}
	return in.sendLines(ctx, who, lines)
}

// lineForAct builds the line of an act, naming all known observations of its record as seen.
func (in *Ingest) lineForAct(ctx context.Context, who Officer, a Act) (*wire.Line, error) {
	l := &wire.Line{
		Act: a.Act, Record: a.Record, Kind: a.Kind, Item: a.Item, Target: a.Target,
		Reason: a.Reason, Fields: a.Fields, Officer: who.Name,
	}
	if l.Act == wire.Review && l.Target != "" && !doubt.IsTarget(l.Target, in.cfg.Schema) {
		refusal := wire.Refuse(wire.CodeBadRequest, "")
		refusal.Message.ZH += "：target 应为存疑的 code:cause，如 near:0123456789abcdef"
		refusal.Message.EN += ": target is code:cause of a doubt, such as near:0123456789abcdef"
		return nil, refusal
	}
	if l.Act == wire.Release {
		if err := in.setReleaseRecord(ctx, l); err != nil {
			return nil, err
		}
	}
	rec, err := in.cfg.Store.Record(ctx, l.Record)
	if errors.Is(err, store.ErrNotFound) && l.Kind != "" {
		return l, nil
	}
	if err != nil {
		return nil, err
	}
	if l.Kind == "" {
		l.Kind = in.view(&rec).Kind
	}
	for _, o := range rec.State.Obs {
		l.Seen = append(l.Seen, o.ID.String())
	}
	return l, nil
}

// checkReleasable: the line waits for its release, or was released: HQ repeats a release whose answer was lost, and the
// second one changes nothing. For a line beyond its record's budgets a release would change nothing either. Only the lines of the same sequence are read: a Recheck releases thousands.
func (in *Ingest) checkReleasable(ctx context.Context, id wire.ObsID) error {
	before := wire.ObsID{Device: id.Device, Epoch: id.Epoch, Seq: id.Seq - 1}
	for i := range before.Hash {
		before.Hash[i] = 0xff
	}
	for _, released := range []bool{false, true} {
		lines := store.Walk(before, func(q *store.Quarantined) wire.ObsID { return q.ID }, func(after wire.ObsID) ([]store.Quarantined, error) {
			return in.cfg.Store.QuarantinedLines(ctx, id.Stream(), after, released, 4)
		})
		for q, err := range lines {
			switch {
			case err != nil:
				return err
			case q.ID == id && slices.ContainsFunc(q.Faults, func(f schema.Fault) bool { return f.Code == CodeRecordFull }):
				return wire.Refuse(wire.CodeRecordFull, "")
			case q.ID == id:
				return nil
			}
			if q.ID.Seq != id.Seq {
				break
			}
		}
	}
	return wire.Refuse(wire.CodeNotQuarantined, "")
}

// setReleaseRecord sets the record and kind of a release to those of the line to be released.
func (in *Ingest) setReleaseRecord(ctx context.Context, l *wire.Line) error {
	c := &checkedLine{line: *l}
	if err := in.findReleaseTarget(ctx, in.readStream, c); err != nil {
		return err
	}
	if c.released == nil {
		return fmt.Errorf("%w: %w", store.ErrNotFound, c.faults)
	}
	if err := in.checkReleasable(ctx, c.released.id); err != nil {
		return err
	}
	l.Record, l.Kind = c.released.line.Record, c.released.line.Kind
	if owner := c.released.kind.ItemOf; owner != "" {
		l.Kind = owner
	}
	if l.Record == "" {
		l.Record = c.released.id.String()
	}
	return nil
}

// Link brings the records a and b, and all records linked with them, into one group: the smallest of their groups' names.
// It repeats until no member was moved in between.
func (in *Ingest) Link(ctx context.Context, who Officer, a, b string) (*wire.Answer, error) {
	const rounds = 5
	answer := &wire.Answer{V: wire.LineVersion, ServerEpoch: in.cfg.Epoch}
	for range rounds {
		lines, err := in.linkLines(ctx, who, a, b)
		if err != nil || len(lines) == 0 {
			return answer, err
		}
		if answer, err = in.sendLines(ctx, who, lines); err != nil {
			return nil, err
		}
	}
	return nil, ErrNoGroup
}

// linkLines are the observations needed to bring the groups of a and b together: none if a and b share a group.
func (in *Ingest) linkLines(ctx context.Context, who Officer, a, b string) ([]*wire.Line, error) {
	var names []string
	for _, id := range []string{a, b} {
		rec, err := in.cfg.Store.Record(ctx, id)
		if err != nil {
			return nil, err
		}
		names = append(names, rec.Group)
	}
	slices.Sort(names)
	if names[0] == names[1] {
		return nil, nil
	}
	members, err := in.cfg.Store.RecordsOfGroups(ctx, names...)
	if err != nil {
		return nil, err
	}
	if err := in.checkOneKind(members); err != nil {
		return nil, err
	}
	var lines []*wire.Line
	for i := range members {
		if members[i].Group == names[1] {
			lines = append(lines, in.linkLine(&members[i], names[0], who))
		}
	}
	return lines, nil
}

// checkOneKind refuses to join records of several kinds: such records are never one event. A record whose create has
// not arrived may be of any kind.
func (in *Ingest) checkOneKind(members []store.Record) error {
	var first *merge.View
	for i := range members {
		v := in.view(&members[i])
		switch {
		case v.Kind == "":
		case first == nil:
			first = v
		case v.Kind != first.Kind:
			return wire.Refuse(wire.CodeKindsDiffer, fmt.Sprintf("%s %s, %s %s", first.Kind, first.Record, v.Kind, v.Record))
		}
	}
	return nil
}

// linkLine moves a record into a group.
func (in *Ingest) linkLine(r *store.Record, group string, who Officer) *wire.Line {
	l := &wire.Line{Act: wire.Link, Record: r.ID, Kind: in.view(r).Kind, Group: group, Officer: who.Name}
	for _, o := range r.State.Obs {
		l.Seen = append(l.Seen, o.ID.String())
	}
	return l
}

// sendLines appends lines to the officer's stream and takes them through the write path.
func (in *Ingest) sendLines(ctx context.Context, who Officer, lines []*wire.Line) (*wire.Answer, error) {
	hq := in.hqStreamOf(who)
	hq.mu.Lock()
	defer hq.mu.Unlock()
	if hq.seq == 0 && hq.stream.Epoch == "" {
		if err := in.newEpoch(hq, who); err != nil {
			return nil, err
		}
	}
	frame := in.signedFrame(hq, who, lines)
	now := in.cfg.Now().UnixMilli()
	req := &wire.Request{Stream: hq.stream, Frame: frame, Now: &wire.BootSample{Boot: hq.stream.Epoch, Mono: now - hq.start}}
	device := Device{ID: hq.stream.Device, Key: who.Key.Public().(ed25519.PublicKey), Unit: who.Unit, Role: RoleHQ}
	var err error
	for range maxSends {
		var a *wire.Answer
		if a, err = in.Sync(ctx, device, req); err == nil {
			hq.seq, hq.head = frame.Last(), frame.Head
			return a, nil
		}
		var refusal *wire.Error
		if errors.As(err, &refusal) && !refusal.Retryable {
			break
		}
	}
	hq.stream.Epoch, hq.seq = "", 0 // the outcome of the frame is unknown: never reuse its sequences
	return nil, err
}

func (in *Ingest) hqStreamOf(who Officer) *hqStream {
	in.hqStreams.mu.Lock()
	defer in.hqStreams.mu.Unlock()
	if in.hqStreams.m == nil {
		in.hqStreams.m = map[string]*hqStream{}
	}
	hq := in.hqStreams.m[who.Name]
	if hq == nil {
		hq = &hqStream{}
		in.hqStreams.m[who.Name] = hq
	}
	return hq
}

// newEpoch begins a new stream of the officer.
func (in *Ingest) newEpoch(hq *hqStream, who Officer) error {
	var raw [5]byte
	if _, err := io.ReadFull(in.cfg.Rand, raw[:]); err != nil {
		return fmt.Errorf("ingest: random epoch: %w", err)
	}
	hq.stream = wire.StreamID{
		Device: wire.DeviceID(who.Key.Public().(ed25519.PublicKey)), Epoch: wire.IDEncoding.EncodeToString(raw[:]),
	}
	hq.seq, hq.head = 0, wire.Genesis(hq.stream)
	hq.start = in.cfg.Now().UnixMilli()
	return nil
}

// signedFrame builds the frame of the lines behind the stream's last line, and signs the frame.
func (in *Ingest) signedFrame(hq *hqStream, who Officer, lines []*wire.Line) *wire.Frame {
	raw := make([][]byte, len(lines))
	for i, l := range lines {
		now := in.cfg.Now().UnixMilli()
		l.V, l.Catalogue = wire.LineVersion, in.inForce.Load().names[0]
		l.Clock = clock.Evidence{
			HLC: hq.hlc.Next(now), Boot: hq.stream.Epoch, Mono: now - hq.start, Wall: now, Known: now, Base: hq.start,
		}
		raw[i] = l.Marshal()
	}
	f := wire.NewFrame(hq.stream, hq.seq+1, hq.head, raw)
	wire.SignFrame(who.Key, f)
	return f
}
