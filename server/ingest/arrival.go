package ingest

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"roadbook/server/store"
	"roadbook/sync/wire"
)

// The answer to a frame names the arrival of the stored frame with the last line: the sequence of the line, a dot, and the
// store.Arrival. The device shows this text in the next request of the stream. A database without such a frame was put
// back from a copy, and the device may have heard of boots and faults unknown here.

// noteArrival notes a stored frame with the last line of the job's frame.
func (j *job) noteArrival(f *store.Frame) {
	a := store.ArrivalOf(f.Key.Head, f.Received)
	j.arrived = strconv.FormatUint(j.frame.Last(), 10) + "." + wire.IDEncoding.EncodeToString(a[:])
}

// maxArrival bounds the arrival in a request, in bytes.
const maxArrival = 64

// parseArrival reads the arrival in a request. ok is false for a text of another form.
func parseArrival(text string) (seq uint64, a store.Arrival, ok bool) {
	if len(text) > maxArrival {
		return 0, a, false
	}
	number, code, _ := strings.Cut(text, ".")
	seq, err := strconv.ParseUint(number, 10, 32)
	raw, bad := wire.IDEncoding.DecodeString(code)
	if err != nil || bad != nil || len(raw) != len(a) {
		return 0, a, false
	}
	return seq, store.Arrival(raw), true
}

// lacksArrival reports whether the database lacks the frame named in the request.
func (in *Ingest) lacksArrival(ctx context.Context, s store.Steps, j *job) (bool, error) {
	seq, shown, ok := parseArrival(j.req.Arrival)
	if !ok || j.stream.Last.Last == seq && store.ArrivalOf(j.stream.Last.Head, j.stream.Received) == shown {
		return false, nil
	}
	frames, err := s.FramesWithin(ctx, j.stream.ID, seq, seq)
	if err != nil || slices.ContainsFunc(frames, func(f store.Frame) bool { return store.ArrivalOf(f.Key.Head, f.Received) == shown }) {
		return false, err
	}
	if !in.warnedPutBack.Swap(true) {
		in.cfg.Log.Warn("a device names a frame that this database never stored: the data was put back from a copy, "+
			"and not by server restore; devices that name such frames offer their lines again", "device", j.stream.ID.Device)
	}
	return true, nil
}
