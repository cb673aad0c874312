package query

import (
	"encoding/binary"

	"roadbook/server/store"
	"roadbook/sync/clock"
)

// cutoff is when the last frame that is counted came, nil for none.
func (s *census) cutoff() *string {
	if s.last == 0 {
		return nil
	}
	return new(moment(s.last))
}

// missing counts the devices, of one unit or of all, that have not reported since the end of a day.
func (s *census) missing(at clock.Day, unit string) (n int) {
	_, end := at.Range()
	for _, d := range s.reporters {
		if (unit == "" || d.Unit == unit) && max(s.heard[d.ID], d.Seen) < end {
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
