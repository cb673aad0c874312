package mongostore

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"roadbook/server/store"
	"roadbook/sync/wire"
)

// A frame's own ids are distinguished from all other ids, and are unpacked unchanged.
func TestOwnIDs(t *testing.T) {
	stream := wire.StreamID{Device: "dev0000001", Epoch: "ep0ch001"}
	key := store.FrameKey{Stream: stream, First: 7, Last: 300}
	own := []string{"dev0000001.ep0ch001.7.0000000000000001", "dev0000001.ep0ch001.300.zzzzzzzzzzzzzzzz", "dev0000001.ep0ch001.7.0000000000000002"}
	others := []string{
		"dev0000001.ep0ch001.6.0000000000000001", "dev0000001.ep0ch001.301.0000000000000001", "dev0000002.ep0ch001.7.0000000000000001",
		"dev0000001.ep0ch002.7.0000000000000001", "r1", "",
	}
	packed, rest := packOwnIDs(key, slices.Concat(own[:1], others[:3], own[1:], others[3:]))
	if !slices.Equal(rest, others) {
		t.Errorf("others: %q", rest)
	}
	// The distance from 7, in groups of seven bits, and ten bytes of five-bit characters.
	want := slices.Concat([]byte{0}, make([]byte, 9), []byte{1}, []byte{0xa5, 0x02}, bytes.Repeat([]byte{0xff}, 10), []byte{0}, make([]byte, 9), []byte{2})
	if !bytes.Equal(packed, want) {
		t.Errorf("packed %x, want %x", packed, want)
	}
	if ids, err := unpackOwnIDs(key, packed); err != nil || !slices.Equal(ids, own) {
		t.Errorf("unpacked %q, %v", ids, err)
	}
	for name, damaged := range map[string][]byte{
		"cut off":                packed[:len(packed)-1],
		"a distance without end": bytes.Repeat([]byte{0xff}, 30),
		"beyond the frame":       append([]byte{0xa6, 0x02}, make([]byte, 10)...),
	} {
		if ids, err := unpackOwnIDs(key, damaged); err == nil || !strings.Contains(err.Error(), "damaged") {
			t.Errorf("%s: %q, %v", name, ids, err)
		}
	}
}

func TestExpandRefuses(t *testing.T) {
	good := compress([]byte("plate plate plate plate plate plate"))
	if b, err := decompress(good); err != nil || string(b) != "plate plate plate plate plate plate" {
		t.Errorf("%q, %v", b, err)
	}
	for name, bad := range map[string][]byte{
		"nothing": nil, "cut off": good[:len(good)-1], "too long": {0xff, 0xff, 0xff, 0xff, 0x0f, 0}, "no length": {0xff, 0xff},
	} {
		if b, err := decompress(bad); err == nil {
			t.Errorf("%s expanded to %d bytes", name, len(b))
		}
	}
}

// A change to cached rows changes only the caller's copy.
func TestCachedRowsAreCopies(t *testing.T) {
	var k batchCache
	d := chunkDoc{ID: "c", Rev: 1, Packed: []byte{1}}
	k.addChunk(&d, append(make([]recordRow, 0, 8), recordRow{ID: "a"}, recordRow{ID: "b"}))
	rows, ok := k.rowsIfSame("c", d.Packed)
	if !ok || len(rows) != 2 {
		t.Fatal(rows, ok)
	}
	_ = slices.Insert(rows, 0, recordRow{ID: "new"})
	if rows, _ = k.rowsIfSame("c", d.Packed); rows[0].ID != "a" || rows[1].ID != "b" {
		t.Errorf("known are %v", rows)
	}
}
