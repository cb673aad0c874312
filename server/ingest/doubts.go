package ingest

import (
	"context"
	"slices"
	"strings"

	"roadbook/schema"
	"roadbook/sync/doubt"
	"roadbook/sync/merge"
	"roadbook/sync/wire"
)

// groupsAtOnce bounds the groups of one question to the store.
const groupsAtOnce = 1000

// doubts finds the doubts about the records that the job's new lines changed, after the frame is counted. Nothing depends on them: whatever
// cannot be read now is told later, by the follower that knows the neighbours as well.
func (in *Ingest) doubts(ctx context.Context, j *job) (out []wire.Doubt) {
	if in.cfg.Reference == nil || len(j.counted) == 0 {
		return nil
	}
	ref, err := in.cfg.Reference(ctx)
	if err != nil {
		in.cfg.Log.Warn("no reference data for doubts", "err", err)
		return nil
	}
	var groups map[string][]merge.Member
	if j.sharesEvents {
		if groups, err = in.groupsOf(ctx, j.counted); err != nil {
			in.cfg.Log.Warn("no groups for doubts", "err", err)
			return nil
		}
	}
	for _, d := range j.counted {
		if d.counted == nil {
			continue
		}
		all, err := in.doubtsAbout(ctx, doubt.Record{View: d.counted, Group: groups[d.counted.Group]}, ref)
		if err != nil {
			in.cfg.Log.Warn("no records of events for doubts", "err", err)
			return nil
		}
		for i := range all {
			if all[i].Open() {
				out = append(out, d.told(&all[i]))
			}
		}
	}
	slices.SortStableFunc(out, func(a, b wire.Doubt) int { return int(int64(a.Seq) - int64(b.Seq)) })
	return out
}

// doubtsAbout finds the doubts about a record. Only a pair asks for the records of its event: HQ may have linked these.
func (in *Ingest) doubtsAbout(ctx context.Context, r doubt.Record, ref *schema.Reference) ([]doubt.Doubt, error) {
	found := doubt.Of(r, in.cfg.Schema, ref)
	if !slices.ContainsFunc(found, doubt.Doubt.OfPair) {
		return found, nil
	}
	ids := make([]string, len(r.Group))
	for i := range r.Group {
		ids[i] = r.Group[i].Record
	}
	for some := range slices.Chunk(ids, groupsAtOnce) {
		recs, err := in.cfg.Store.RecordsByID(ctx, some...)
		if err != nil {
			return nil, err
		}
		for i := range recs {
			if v := merge.Fold(recs[i].ID, &recs[i].State, in.cfg.Schema); doubt.IsLinked(&v, in.cfg.Schema) {
				r.Linked = append(r.Linked, v.Record)
			}
		}
	}
	return doubt.Of(r, in.cfg.Schema, ref), nil
}

// groupsOf reads the members of the groups of the changed records.
func (in *Ingest) groupsOf(ctx context.Context, deltas []*recordDelta) (map[string][]merge.Member, error) {
	var names []string
	for _, d := range deltas {
		if d.counted != nil {
			names = append(names, d.counted.Group)
		}
	}
	slices.Sort(names)
	out := map[string][]merge.Member{}
	for some := range slices.Chunk(slices.Compact(names), groupsAtOnce) {
		groups, err := in.cfg.Store.GroupsNamed(ctx, some...)
		if err != nil {
			return nil, err
		}
		for i := range groups {
			out[groups[i].Name] = groups[i].Members
		}
	}
	return out, nil
}

// told is a doubt as the device hears it: by the line that it is about. The other record of a pair is named if the same device
// created it; of another unit's record no device learns more than that there is one.
func (d *recordDelta) told(found *doubt.Doubt) wire.Doubt {
	out := wire.Doubt{Seq: d.obs[len(d.obs)-1].ID.Seq, Code: found.Rule.Code, Field: found.Rule.Field, Item: found.Item, Value: found.Value}
	for i := range d.obs {
		id := d.obs[i].ID.String()
		if id == d.id && found.Item == "" || id == found.Item {
			out.Seq = d.obs[i].ID.Seq
		}
	}
	device, _, _ := strings.Cut(d.id, ".")
	if strings.HasPrefix(found.Other.Record, device+".") {
		out.Other, out.Day = found.Other.Record, found.Other.Day
	}
	return out
}
