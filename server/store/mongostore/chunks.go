package mongostore

import (
	"fmt"
	"slices"

	"go.mongodb.org/mongo-driver/bson"

	"roadbook/server/store"
	"roadbook/sync/merge"
	"roadbook/sync/wire"
)

// Records are stored in chunks: records with neighbouring sequences share a document, because they mostly come in one
// frame. The revision of the document guards all its records; each record also has a revision of its own.

// chunkLines is the number of sequences sharing a chunk.
const chunkLines = 16

// chunkDoc is a stored chunk. Buckets, Groups and DepartedBy are indexed; leaves and leftby are older words.
type chunkDoc struct {
	ID         string   `bson:"_id"`
	Rev        int64    `bson:"rev"`
	Size       int64    `bson:"size"`             // records
	Packed     []byte   `bson:"packed"`           // compressed CBOR of []recordRow, by id
	Buckets    []string `bson:"leaves,omitempty"` // bucket ids of the records, each once
	Groups     []string `bson:"groups,omitempty"`
	DepartedBy []string `bson:"leftby,omitempty"` // frames named in Departed of a record
}

type recordRow struct {
	_        struct{} `cbor:",toarray"`
	ID       string
	Rev      int64
	State    []byte // merge.Encode
	Bucket   string
	Group    string
	Departed []departedRow
}

type departedRow struct {
	_      struct{} `cbor:",toarray"`
	Bucket string
	Group  string
	Frame  string
}

// chunkID names the chunk of a record. Chunks sort as ids do; a record name that is not an observation id has a chunk
// of its own.
func chunkID(record string) string {
	id, err := wire.ParseObsID(record)
	if err != nil {
		return record
	}
	return fmt.Sprintf("%s.%s/%019d", id.Device, id.Epoch, id.Seq/chunkLines)
}

// compareIDs orders the records of a chunk by sequence, as a number.
func compareIDs(a, b string) int {
	x, _ := wire.ParseObsID(a)
	y, _ := wire.ParseObsID(b)
	return x.Compare(y)
}

// chunk is a chunk as read from the database. Rev 0: not stored.
type chunk struct {
	id           string
	rev          int64
	rows         []recordRow
	uncompressed bool // stored in a format up to 3
}

// plainRowsField is the field of uncompressed rows.
const plainRowsField = "recs"

// parseChunk decodes only the needed fields: the indexed fields are the larger part of a chunk. k may be nil.
func parseChunk(raw bson.Raw, k *batchCache) (c chunk, err error) {
	c.id, _ = raw.Lookup("_id").StringValueOK()
	if c.rev, err = revOf(raw); err != nil {
		return c, err
	}
	if _, plain, ok := raw.Lookup(plainRowsField).BinaryOK(); ok {
		c.rows, err = decodeList[recordRow](plain)
		c.uncompressed = true
		return c, err
	}
	_, packed, ok := raw.Lookup("packed").BinaryOK()
	if !ok {
		return c, fmt.Errorf("mongostore: chunk %s has no records", c.id)
	}
	if rows, same := k.rowsIfSame(c.id, packed); same {
		c.rows = rows
		return c, nil
	}
	b, err := decompress(packed)
	if err != nil {
		return c, fmt.Errorf("mongostore: chunk %s: %w", c.id, err)
	}
	c.rows, err = decodeList[recordRow](b)
	return c, err
}

func revOf(raw bson.Raw) (int64, error) {
	rev, ok := raw.Lookup("rev").AsInt64OK()
	if !ok || rev < 1 {
		return 0, fmt.Errorf("mongostore: document %v has no revision", raw.Lookup("_id"))
	}
	return rev, nil
}

// parseChunks decodes the documents of a scan. If the scan saw a chunk twice, the later revision is used.
func parseChunks(raws []bson.Raw, k *batchCache) ([]chunk, error) {
	at := make(map[string]int, len(raws))
	out := make([]chunk, 0, len(raws))
	for _, raw := range raws {
		c, err := parseChunk(raw, k)
		if err != nil {
			return nil, err
		}
		if i, twice := at[c.id]; !twice {
			at[c.id] = len(out)
			out = append(out, c)
		} else if out[i].rev < c.rev {
			out[i] = c
		}
	}
	return out, nil
}

// put replaces a record by its next revision, if the stored revision is the revision read by the caller.
func (c *chunk) put(r *store.Record, k *batchCache) bool {
	i, found := slices.BinarySearchFunc(c.rows, r.ID, func(row recordRow, id string) int { return compareIDs(row.ID, id) })
	row := recordToRow(r)
	switch {
	case !found && r.Rev == 0:
		c.rows = slices.Insert(c.rows, i, row)
	case found && c.rows[i].Rev == r.Rev:
		c.rows[i] = row
	default:
		return false
	}
	k.addState(r, row.State)
	return true
}

// doc is the chunk as its next revision.
func (c *chunk) doc() chunkDoc {
	d := chunkDoc{ID: c.id, Rev: c.rev + 1, Size: int64(len(c.rows)), Packed: compress(encodeList(c.rows))}
	for i := range c.rows {
		d.Buckets = append(d.Buckets, c.rows[i].Bucket)
		d.Groups = append(d.Groups, c.rows[i].Group)
		for _, l := range c.rows[i].Departed {
			d.DepartedBy = append(d.DepartedBy, l.Frame)
		}
	}
	d.Buckets, d.Groups, d.DepartedBy = unique(d.Buckets), unique(d.Groups), unique(d.DepartedBy)
	return d
}

// change replaces the chunk's document, provided that its revision is still the revision read.
func (c *chunk) change(d *chunkDoc) Change {
	change := Change{ID: d.ID, If: []Cond{{"rev", Is, c.rev}}, Set: bson.D{
		{Key: "rev", Value: d.Rev}, {Key: "size", Value: d.Size}, {Key: "packed", Value: d.Packed},
		{Key: "leaves", Value: d.Buckets}, {Key: "groups", Value: d.Groups}, {Key: "leftby", Value: d.DepartedBy},
	}}
	if c.uncompressed {
		change.Set = append(change.Set, bson.E{Key: plainRowsField, Value: nil})
	}
	return change
}

func recordToRow(r *store.Record) recordRow {
	row := recordRow{
		ID: r.ID, Rev: r.Rev + 1, State: merge.Encode(&r.State, r.ID), Bucket: bucketID(r.Place), Group: r.Group,
	}
	for _, l := range r.Departed {
		row.Departed = append(row.Departed, departedRow{Bucket: bucketID(l.Place), Group: l.Group, Frame: frameID(l.Frame)})
	}
	return row
}

func (row *recordRow) record(k *batchCache) (r store.Record, err error) {
	r = store.Record{ID: row.ID, Rev: row.Rev, Group: row.Group}
	if r.Place, err = parseBucketID(row.Bucket); err != nil {
		return r, err
	}
	var same bool
	if r.State, r.View, same = k.stateOf(row); !same {
		if r.State, err = merge.Decode(row.State, row.ID); err != nil {
			return r, fmt.Errorf("mongostore: record %s: %w", row.ID, err)
		}
	}
	for _, l := range row.Departed {
		left := store.Departed{Group: l.Group}
		if left.Place, err = parseBucketID(l.Bucket); err != nil {
			return r, err
		}
		if left.Frame, err = parseFrameID(l.Frame); err != nil {
			return r, err
		}
		r.Departed = append(r.Departed, left)
	}
	return r, nil
}

// decodeRecords decodes the records of chunks for which wanted is true. k may be nil.
func decodeRecords(raws []bson.Raw, k *batchCache, wanted func(*recordRow) bool) ([]store.Record, error) {
	chunks, err := parseChunks(raws, k)
	if err != nil {
		return nil, err
	}
	var out []store.Record
	for i := range chunks {
		if out, err = appendRecords(out, chunks[i].rows, k, wanted); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// appendRecords decodes the rows for which wanted is true.
func appendRecords(out []store.Record, rows []recordRow, k *batchCache, wanted func(*recordRow) bool) ([]store.Record, error) {
	for i := range rows {
		if !wanted(&rows[i]) {
			continue
		}
		r, err := rows[i].record(k)
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, nil
}

// setOf makes a set to look names up in.
func setOf(names []string) map[string]bool {
	set := make(map[string]bool, len(names))
	for _, n := range names {
		set[n] = true
	}
	return set
}
