package query

import (
	"encoding/binary"

	"roadbook/server/store"
	"roadbook/sync/clock"
)

// cutoff is the time of receipt of the last counted frame, nil for none.
func (s *snapshot) cutoff() *string {
	if s.lastReceived == 0 {
		return nil
	}
	return new(formatTime(s.lastReceived))
}

// notDelivered counts the devices, of one unit or of all, that have not delivered since the end of a day.
func (s *snapshot) notDelivered(at clock.Day, unit string) (n int) {
	_, end := at.Range()
	scope, _ := s.ledger.scopeOf(unit)
	for _, d := range s.devices {
		if scope.Holds(d.Unit, at) && max(s.receivedFrom[d.ID], d.Seen) < end {
			n++
		}
	}
	return n
}

// streamToken changes with every counted frame of the stream.
func streamToken(s *store.Stream) []byte {
	b := append([]byte(s.ID.String()), 0)
	b = binary.BigEndian.AppendUint64(b, uint64(s.N))
	return binary.BigEndian.AppendUint64(b, uint64(s.Received))
}
