package mongostore

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/klauspost/compress/s2"

	"roadbook/server/store"
	"roadbook/sync/wire"
)

// maxExpanded bounds what a stored blob may say that it expands to, in bytes: a document has at most 16 MiB.
const maxExpanded = 64 << 20

// compress compresses a blob, in the block format of S2: neighbouring records repeat each other. An engine that
// compresses what it stores sends it whole all the same, and a frame's chunks are read several times.
func compress(b []byte) []byte { return s2.Encode(nil, b) }

func decompress(b []byte) ([]byte, error) {
	if n, err := s2.DecodedLen(b); err != nil || n > maxExpanded {
		return nil, fmt.Errorf("compressed %d bytes of %d: %w", len(b), n, errors.Join(err, s2.ErrCorrupt))
	}
	return s2.Decode(nil, b)
}

// packOwnIDs packs those ids that stand for lines of the frame itself, as the distance from its first sequence and the ten
// bytes of the hash each, and returns the others: written out, what a frame creates would be the greater part of it.
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

// unpackOwnIDs is what packOwnIDs packed.
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
