package query

import (
	"encoding/binary"

	"roadbook/server/store"
)

// cutoff is the time of receipt of the last counted frame, nil for none.
func (s *snapshot) cutoff() *string {
	if s.lastReceived == 0 {
		return nil
	}
	return new(formatTime(s.lastReceived))
}

// streamToken changes with every counted frame of the stream.
func streamToken(s *store.Stream) []byte {
	b := append([]byte(s.ID.String()), 0)
	b = binary.BigEndian.AppendUint64(b, uint64(s.N))
	return binary.BigEndian.AppendUint64(b, uint64(s.Received))
}
