package ingest

import (
	"context"

	"roadbook/sync/wire"
)

// Bounds of the streams of a device, and of all their runs, in one answer. An honest device has one stream for each time
// its disk was copied or restored.
const (
	maxDeviceStreams = 256
	maxDeviceRanges  = 4096
)

// deviceStreams returns the ranges of all streams of the job's device, read after the job was done. nil if the streams
// can't be read or are too many: the device then concludes nothing. The job's own summary is no source: another server
// may have stored lines since, and a device that compares delivered lines with older ranges misses a database put back
// to just those ranges. Streams may grow after the reading; at worst the device offers a line in vain.
func (in *Ingest) deviceStreams(ctx context.Context, j *job) []wire.StreamRanges {
	own := j.stream.ID
	streams := []wire.StreamRanges{{Epoch: own.Epoch}} // present even if the database has nothing of the stream
	ranges := 0
	after := wire.StreamID{Device: own.Device}
	for limit := 4; ; limit = 64 { // most devices have one stream; the rest of the page is other devices' streams
		page, err := in.cfg.Store.Streams(ctx, after, limit)
		if err != nil {
			in.cfg.Log.Warn("the streams of a device could not be read", "device", own.Device, "err", err)
			return nil
		}
		for i := range page {
			after = page[i].ID
			if after.Device != own.Device {
				return streams
			}
			if after == own {
				streams[0].Ranges = page[i].Ranges
				ranges += len(page[i].Ranges)
				continue
			}
			if ranges += len(page[i].Ranges); len(streams) == maxDeviceStreams || ranges > maxDeviceRanges {
				in.cfg.Log.Warn("a device has too many streams to tell", "device", own.Device)
				return nil
			}
			streams = append(streams, wire.StreamRanges{Epoch: after.Epoch, Ranges: page[i].Ranges})
		}
		if len(page) < limit {
			return streams
		}
	}
}
