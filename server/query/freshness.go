package query

import (
	"encoding/binary"

	"roadbook/server/store"
	"roadbook/sync/clock"
)

// cutoff is when the last frame that is counted came, nil for none.
func (s *snapshot) cutoff() *string {
	if s.lastReceived == 0 {
		return nil
	}
	return new(formatTime(s.lastReceived))
}

// notDelivered counts the devices, of one unit or of all, that have not reported since the end of a day.
func (s *snapshot) notDelivered(at clock.Day, unit string) (n int) {
	_, end := at.Range()
	for _, d := range s.devices {
		if (unit == "" || d.Unit == unit) && max(s.receivedFrom[d.ID], d.Seen) < end {
			n++
		}
	}
	return n
}

// streamToken is what differs once another frame of the stream is counted.
func streamToken(s *store.Stream) []byte {
	b := append([]byte(s.ID.String()), 0)
	b = binary.BigEndian.AppendUint64(b, uint64(s.N))
	return binary.BigEndian.AppendUint64(b, uint64(s.Received))
}
