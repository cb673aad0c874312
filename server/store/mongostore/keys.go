package mongostore

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"roadbook/server/store"
	"roadbook/sync/clock"
	"roadbook/sync/wire"
)

// Numbers in keys have a fixed width, so that keys sort as the numbers do.

func frameID(k store.FrameKey) string {
	return fmt.Sprintf("%s/%020d/%020d/%s", k.Stream, k.First, k.Last, hex.EncodeToString(k.Head[:]))
}

func parseFrameID(id string) (k store.FrameKey, err error) {
	parts := strings.Split(id, "/")
	if len(parts) != 4 {
		return k, fmt.Errorf("mongostore: frame id %q", id)
	}
	device, epoch, _ := strings.Cut(parts[0], ".")
	k.Stream = wire.StreamID{Device: device, Epoch: epoch}
	if k.First, err = strconv.ParseUint(parts[1], 10, 64); err != nil {
		return k, fmt.Errorf("mongostore: frame id %q: %w", id, err)
	}
	if k.Last, err = strconv.ParseUint(parts[2], 10, 64); err != nil {
		return k, fmt.Errorf("mongostore: frame id %q: %w", id, err)
	}
	if err = k.Head.UnmarshalText([]byte(parts[3])); err != nil {
		return k, fmt.Errorf("mongostore: frame id %q: %w", id, err)
	}
	return k, nil
}

func parseStream(id string) wire.StreamID {
	device, epoch, _ := strings.Cut(id, ".")
	return wire.StreamID{Device: device, Epoch: epoch}
}

// quarantinedID sorts as ids do: by stream, then by sequence as a number.
func quarantinedID(id wire.ObsID) string {
	return fmt.Sprintf("%s/%020d/%s", id.Stream(), id.Seq, hex.EncodeToString(id.Hash[:]))
}

// bucketKey is the common part of the ids of all buckets of one unit, kind and day (stored name: plot). A unit may
// contain any character, so parsing starts at the end.
func bucketKey(p store.Place) string {
	return p.Unit + "/" + p.Kind + "/" + strconv.Itoa(int(p.Day))
}

// bucketID names a bucket; the id is empty for a record that counts nowhere.
func bucketID(p store.Place) string {
	if p.IsZero() {
		return ""
	}
	return bucketKey(p) + "/" + strconv.Itoa(int(p.Bucket))
}

func parseBucketID(id string) (p store.Place, err error) {
	if id == "" {
		return p, nil
	}
	rest, bucket, ok1 := cutLast(id)
	rest, day, ok2 := cutLast(rest)
	unit, kind, ok3 := cutLast(rest)
	n, err1 := strconv.ParseInt(bucket, 10, 32)
	d, err2 := strconv.ParseInt(day, 10, 32)
	if !ok1 || !ok2 || !ok3 || err1 != nil || err2 != nil {
		return p, fmt.Errorf("mongostore: bucket id %q", id)
	}
	return store.Place{Unit: unit, Day: clock.Day(d), Kind: kind, Bucket: int32(n)}, nil
}

func cutLast(s string) (before, after string, ok bool) {
	i := strings.LastIndexByte(s, '/')
	if i < 0 {
		return "", "", false
	}
	return s[:i], s[i+1:], true
}

// entryID relies on section names without a slash.
func entryID(bucket, name string) string { return bucket + "/" + name }
