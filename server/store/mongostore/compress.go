package mongostore

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/klauspost/compress/s2"

	"roadbook/server/store"
	"roadbook/sync/wire"
)

// maxExpanded bounds the decompressed size of a stored blob, in bytes. A document has at most 16 MiB.
const maxExpanded = 64 << 20

// compress compresses a blob in the block format of S2: neighbouring records resemble each other. Compression inside
// the engine would not shorten the transfer, and the chunks of a frame are read several times.
func compress(b []byte) []byte { return s2.Encode(nil, b) }

func decompress(b []byte) ([]byte, error) {
	if n, err := s2.DecodedLen(b); err != nil || n > maxExpanded {
		return nil, fmt.Errorf("compressed %d bytes of %d: %w", len(b), n, errors.Join(err, s2.ErrCorrupt))
	}
	return s2.Decode(nil, b)
}

// packOwnIDs packs the ids of the frame's own lines, each as the distance from the first sequence and the ten bytes of
// the hash, and returns the other ids separately. Written out in full, the ids created by a frame would be the greater
// part of its document.
func packOwnIDs(key store.FrameKey, ids []string) (own []byte, others []string) {
	for _, text := range ids {
		id, err := wire.ParseObsID(text)
		if err != nil || id.Stream() != key.Stream || id.Seq < key.First || id.Seq > key.Last {
			others = append(others, text)
			continue
		}
		own = binary.AppendUvarint(own, id.Seq-key.First)
		own = append(own, id.Hash[:]...)
	}
	return own, others
}

// unpackOwnIDs reverses packOwnIDs.
func unpackOwnIDs(key store.FrameKey, own []byte) (ids []string, err error) {
	for len(own) > 0 {
		id := wire.ObsID{Device: key.Stream.Device, Epoch: key.Stream.Epoch}
		after, n := binary.Uvarint(own)
		if n <= 0 || len(own) < n+len(id.Hash) || after > key.Last-key.First {
			return nil, fmt.Errorf("mongostore: frame %s: what it touched is damaged", frameID(key))
		}
		id.Seq = key.First + after
		own = own[n+copy(id.Hash[:], own[n:]):]
		ids = append(ids, id.String())
	}
	return ids, nil
}
