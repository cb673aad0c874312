package store

import (
	"crypto/sha256"
	"encoding/binary"

	"roadbook/sync/wire"
)

// Arrival names a frame as it was taken in: the first 8 bytes of SHA-256(head ‖ received). The head alone names its
// content, which a device offers again to a database that was put back from a copy; there it may get the place that it had
// in the lost one, behind others that no reader of the lost one has seen. Of the same arrival at the same place a copy is
// a prefix of the same history.
type Arrival [8]byte

// ArrivalOf is the arrival of a frame by its head and the moment at which it was received, Unix ms.
func ArrivalOf(head wire.Hash, received int64) (a Arrival) {
	sum := sha256.Sum256(binary.BigEndian.AppendUint64(head[:], uint64(received)))
	copy(a[:], sum[:])
	return a
}
