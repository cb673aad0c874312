package ingest

import (
	"context"

	"roadbook/sync/wire"
)

// An answer tells of at most so many streams of a device, with so many runs in all: an honest device has a stream for
// each time that its disk was copied or put back.
const (
	maxDeviceStreams = 256
	maxDeviceRanges  = 4096
)

// streamsOf are the ranges of all streams of the job's device, that of the job as its answer has it. nil where they
// can't be read, or are too many: the device then concludes nothing. Those of other streams may have grown since they
// were read, which has the device offer a line in vain at worst.
func (in *Ingest) deviceStreams(ctx context.Context, j *job) []wire.StreamRanges {
	own := j.stream.ID
	told := []wire.StreamRanges{{Epoch: own.Epoch, Ranges: j.stream.Ranges}}
	ranges := len(j.stream.Ranges)
	after := wire.StreamID{Device: own.Device}
	for limit := 4; ; limit = 64 { // most devices have one stream, and the page goes on into those of others
		page, err := in.cfg.Store.Streams(ctx, after, limit)
		if err != nil {
			in.cfg.Log.Warn("the streams of a device could not be read", "device", own.Device, "err", err)
			return nil
		}
		for i := range page {
			after = page[i].ID
			if after.Device != own.Device {
				return told
			}
			if after == own {
				continue
			}
			if ranges += len(page[i].Ranges); len(told) == maxDeviceStreams || ranges > maxDeviceRanges {
				in.cfg.Log.Warn("a device has too many streams to tell", "device", own.Device)
				return nil
			}
			told = append(told, wire.StreamRanges{Epoch: after.Epoch, Ranges: page[i].Ranges})
		}
		if len(page) < limit {
			return told
		}
	}
}
