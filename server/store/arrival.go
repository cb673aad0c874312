package store

import (
	"crypto/sha256"
	"encoding/binary"

	"roadbook/sync/wire"
)

// Arrival names a frame together with its moment of receipt: the first 8 bytes of SHA-256(head ‖ received). The head
// alone names only the content: after a database was put back from a copy, a device may send the same content again,
// and the frame may get its old number behind frames unknown to every reader of the lost database. If the same arrival
// has the same position in a copy and in the lost database, both have the same history up to there.
type Arrival [8]byte

// ArrivalOf computes the arrival of a frame from its head and its moment of receipt, Unix ms.
func ArrivalOf(head wire.Hash, received int64) (a Arrival) {
	sum := sha256.Sum256(binary.BigEndian.AppendUint64(head[:], uint64(received)))
	copy(a[:], sum[:])
	return a
}
