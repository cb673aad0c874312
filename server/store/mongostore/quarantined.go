package mongostore

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"

	"go.mongodb.org/mongo-driver/bson"

	"roadbook/schema"
	"roadbook/server/store"
	"roadbook/sync/wire"
)

// QuarantinedLines pages through quarantined lines, or through released lines.
func (s *Store) QuarantinedLines(ctx context.Context, id wire.StreamID, after wire.ObsID, released bool, limit int) ([]store.Quarantined, error) {
	where := []Cond{{"released", Is, ""}}
	if released {
		where[0].Op = Above
	}
	if !after.IsZero() {
		where = append(where, Cond{"_id", Above, quarantinedID(after)})
	}
	where = append(where, quarantinedWithin(id)...)
	raws, err := s.docs.Scan(ctx, QuarantinedLines, Query{Where: where, Sort: "_id", Limit: limitOf(limit)})
	if err != nil {
		return nil, err
	}
	out := make([]store.Quarantined, len(raws))
	for i, raw := range raws {
		if out[i], err = decodeQuarantined(raw); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// quarantinedWithin matches the lines of a stream, of all streams of a device, or all lines.
func quarantinedWithin(id wire.StreamID) []Cond {
	switch {
	case id == (wire.StreamID{}):
		return nil
	case id.Epoch == "":
		return []Cond{{"_id", AtLeast, id.Device + "."}, {"_id", Below, id.Device + "/"}} // the character after the dot
	}
	return streamConds(id.String())
}

// versionPage is the number of lines QuarantineVersion reads at once.
const versionPage = 1000

// QuarantineVersion hashes the names of a device's lines and of the observations that released lines.
func (s *Store) QuarantineVersion(ctx context.Context, device string) (string, error) {
	h, last := sha256.New(), ""
	for {
		where := quarantinedWithin(wire.StreamID{Device: device})
		if last != "" {
			where[0] = Cond{"_id", Above, last}
		}
		raws, err := s.docs.Scan(ctx, QuarantinedLines, Query{Where: where, Sort: "_id", Limit: versionPage, Only: []string{"released"}})
		if err != nil {
			return "", err
		}
		for _, raw := range raws {
			last, _ = raw.Lookup("_id").StringValueOK()
			by, _ := raw.Lookup("released").StringValueOK()
			if _, err := fmt.Fprintf(h, "%s %s\n", last, by); err != nil {
				return "", err
			}
		}
		if len(raws) < versionPage {
			break
		}
	}
	if last == "" {
		return "", nil
	}
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:12]), nil
}

func decodeQuarantined(raw bson.Raw) (q store.Quarantined, err error) {
	d, err := decode[quarantinedDoc](raw)
	if err != nil {
		return q, err
	}
	q = store.Quarantined{Unit: d.Unit, Received: d.Received, Released: d.Released}
	if q.ID, err = wire.ParseObsID(d.Obs); err != nil {
		return q, err
	}
	q.Faults, err = decodeList[schema.Fault](d.Faults)
	return q, err
}
