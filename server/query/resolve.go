package query

import (
	"context"
	"strconv"
	"strings"

	"roadbook/schema"
	"roadbook/server/store"
	"roadbook/sync/merge"
	"roadbook/sync/wire"
)

const (
	leastAbbreviation = 4  // characters of an abbreviated id
	mostCandidates    = 10 // records that a refusal names
)

// Resolve finds the id that a person means: a whole id of any observation, unchanged, known or not; the begin of a record's id,
// at least four characters; or "DEVICE #17", the record that a device began with its line 17, as the pages write it. The work is
// a few short pages of records. An id of several records is refused with those records in words; store.ErrNotFound.
func (q *Query) Resolve(ctx context.Context, typed string) (id string, err error) {
	typed = strings.ToLower(schema.CleanName(typed))
	if _, err := wire.ParseObsID(typed); err == nil {
		return typed, nil
	}
	p, ok := parseBegin(typed)
	if !ok {
		return "", badRequest("编号格式不正确；可写全，可只写开头几位（至少 4 位），或写成 设备 #序号",
			"not an id; write all of it, its begin (at least 4 characters), or DEVICE #SEQUENCE")
	}
	streams, err := q.streamsFrom(ctx, p.stream)
	if err != nil {
		return "", err
	}
	var found []store.Record
	for _, stream := range streams {
		if len(found) > mostCandidates {
			break
		}
		some, err := q.recordsAt(ctx, stream, p)
		if err != nil {
			return "", err
		}
		found = append(found, some...)
	}
	return q.onlyRecord(typed, found)
}

// idBegin is the begin of an id: of its stream, with the sequence and the begin of the hash if the typed text has them.
type idBegin struct {
	stream string
	seq    uint64 // 0: all
	hash   string
}

func parseBegin(typed string) (p idBegin, ok bool) {
	device, number, byNumber := strings.Cut(typed, "#")
	parts := strings.Split(strings.TrimRight(typed, "."), ".")
	switch {
	case byNumber:
		p.stream = strings.TrimSpace(device) + "."
		parts = []string{"", "", number}
		if !wire.ValidDevice(strings.TrimSpace(device)) {
			return p, false
		}
	case len(typed) < leastAbbreviation || len(parts) > 4 || strings.Trim(typed, "0123456789abcdefghjkmnpqrstvwxyz.") != "":
		return p, false
	default:
		p.stream = strings.Join(parts[:min(len(parts), 2)], ".")
	}
	if len(parts) > 2 {
		var err error
		if p.seq, err = strconv.ParseUint(parts[2], 10, 63); err != nil || p.seq == 0 {
			return p, false
		}
	}
	if len(parts) > 3 {
		p.hash = parts[3]
	}
	return p, true
}

// streamsFrom are the streams whose names begin so, one more than a refusal names at most.
func (q *Query) streamsFrom(ctx context.Context, begin string) (found []wire.StreamID, err error) {
	if whole, err := wire.ParseStream(begin); err == nil {
		return []wire.StreamID{whole}, nil
	}
	device, epoch, _ := strings.Cut(begin, ".")
	streams, err := withTimeout(ctx, q, func(ctx context.Context) ([]store.Stream, error) {
		return q.cfg.Store.Streams(ctx, wire.StreamID{Device: device, Epoch: epoch}, mostCandidates+1)
	})
	for i := range streams {
		if strings.HasPrefix(streams[i].ID.String(), begin) {
			found = append(found, streams[i].ID)
		}
	}
	return found, err
}

// recordsAt are the records of a stream with the begin, one more than a refusal names at most.
func (q *Query) recordsAt(ctx context.Context, stream wire.StreamID, p idBegin) (found []store.Record, err error) {
	begin := stream.String() + "."
	if p.seq != 0 {
		begin += strconv.FormatUint(p.seq, 10) + "." + p.hash
	}
	before := wire.ObsID{Device: stream.Device, Epoch: stream.Epoch, Seq: max(p.seq, 1)} // its hash is the least one
	recs, err := withTimeout(ctx, q, func(ctx context.Context) ([]store.Record, error) {
		return q.cfg.Store.ScanRecords(ctx, store.RecordQuery{After: before.String(), Limit: mostCandidates + 1})
	})
	for i := range recs {
		if strings.HasPrefix(recs[i].ID, begin) {
			found = append(found, recs[i])
		}
	}
	return found, err
}

// onlyRecord is the one record found. Several are refused.
func (q *Query) onlyRecord(typed string, found []store.Record) (string, error) {
	switch len(found) {
	case 0:
		return "", store.ErrNotFound
	case 1:
		return found[0].ID, nil
	}
	var zh, en []string
	for i := range found[:min(len(found), mostCandidates)] {
		v := merge.Fold(found[i].ID, &found[i].State, q.cfg.Schema)
		words := q.summary(&v)
		label := schema.Text{ZH: v.Kind, EN: v.Kind}
		if k, ok := q.cfg.Schema.Kind(v.Kind); ok {
			label = k.Label
		}
		zh = append(zh, found[i].ID+"（"+v.Day.String()+" "+v.Unit+" "+label.ZH+"："+words.ZH+"）")
		en = append(en, found[i].ID+" ("+v.Day.String()+" "+v.Unit+" "+label.EN+": "+words.EN+")")
	}
	if len(found) > mostCandidates {
		zh, en = append(zh, "……"), append(en, "…")
	}
	return "", badRequest("编号 "+typed+" 不止一条记录："+strings.Join(zh, "；"), "the id "+typed+" stands for several records: "+strings.Join(en, "; "))
}
