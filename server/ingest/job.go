package ingest

import (
	"bytes"
	"context"
	"slices"

	"roadbook/server/store"
	"roadbook/sync/clock"
	"roadbook/sync/wire"
)

// job is one request on its way through the queue.
type job struct {
	device  Device
	req     *wire.Request
	stream  store.Stream // as last read; source of the answer's ranges and boots
	frame   *wire.Frame  // nil: nothing to push
	hashes  []wire.Hash
	lines   []checkedLine
	boots   []clock.Boot        // named by the request; fixed if the stream has no entry yet
	arrival clock.ServerReading // time of arrival: fixes the boots
	dateErr error               // why arrival must not date anything new; nil: it may
	packed  []byte

	folded       *foldedFrame   // folded ahead of the writer; nil once a boot was fixed otherwise
	storedNew    bool           // a new frame was stored
	counted      []*recordDelta // of a new frame: its records as counted
	sharesEvents bool           // some of them have another record in their group
	arrived      string         // names the stored frame with the last line of frame; "" = none
	putBack      bool           // the database lacks the frame named in the request
	results      []wire.Result
	refused      *wire.Error // because of the stream's state; nothing of the frame was stored
	err          error
	done         chan struct{}
}

// prepare does outside the writer all work independent of the database's state.
func (in *Ingest) prepare(ctx context.Context, who Device, req *wire.Request) (*job, error) {
	j := &job{device: who, req: req, stream: store.Stream{ID: req.Stream}, frame: req.Frame, done: make(chan struct{})}
	in.noteDeviceClock(who, req)
	j.arrival = in.arrivalTime()
	j.dateErr = in.beforeSigning(ctx, j.arrival.Now)
	if req.Now != nil {
		in.addBoot(j, req.Now.Boot)
	}
	if j.frame == nil {
		return j, nil
	}
	hashes, err := j.frame.Verify()
	if err != nil {
		return nil, err
	}
	if err := j.frame.CheckSignature(who.Key); err != nil {
		return nil, err
	}
	j.hashes = hashes
	if in.summaries.overlap(j.frame) {
		return j, nil // most likely a repetition: read later, if need be
	}
	if err := in.readLines(ctx, in.readStream, j); err != nil {
		return nil, err
	}
	j.folded = in.foldAhead(j, j.boots)
	return j, nil
}

// readLines checks the job's lines, collects the boots they name, and packs the lines for storage.
func (in *Ingest) readLines(ctx context.Context, streamOf streamReader, j *job) (err error) {
	if j.lines, err = in.checkLines(ctx, streamOf, j.device, j.frame, j.hashes); err != nil {
		return err
	}
	for i := range j.lines {
		boot := j.lines[i].line.Clock.Boot
		if boot == "" { // unreadable now, but a later program may read the line, and HQ may release it
			boot = findBootID(j.frame.Lines[i])
		}
		in.addBoot(j, boot)
	}
	j.packed = wire.PackLines(j.frame.Lines)
	return nil
}

// addBoot adds a boot named by the job: as already fixed, or else by the evidence at hand.
func (in *Ingest) addBoot(j *job, id string) {
	if id == "" || j.hasBoot(id) {
		return
	}
	b, fixed := in.summaries.boot(j.stream.ID, id)
	if !fixed {
		b = clock.FixBoot(id, j.req.Now, j.arrival, in.offeredBoot(j.req, id))
	}
	j.boots = append(j.boots, b)
}

// unreadBoots returns the boots named by a repetition, without parsing its lines: the answer with these boots may have
// been lost. A false match finds no boot.
func (j *job) unreadBoots() (ids []string) {
	if j.frame == nil || j.lines != nil {
		return nil
	}
	for _, line := range j.frame.Lines {
		id := findBootID(line)
		if n := len(ids); id != "" && (n == 0 || ids[n-1] != id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// findBootID finds the boot named by a line, without parsing the line: "" for none.
func findBootID(line []byte) string {
	_, rest, found := bytes.Cut(line, []byte(`"boot":"`))
	if !found || len(rest) <= wire.BootLen || rest[wire.BootLen] != '"' {
		return ""
	}
	if id := string(rest[:wire.BootLen]); wire.ValidBoot(id) {
		return id
	}
	return ""
}

// hasBoot reports whether the job names the boot.
func (j *job) hasBoot(id string) bool {
	return slices.ContainsFunc(j.boots, func(b clock.Boot) bool { return b.ID == id })
}

// offeredBoot finds the boot as this server, or an earlier database of this server, fixed and signed it. An offer with a
// wrong signature is no evidence. Only the first offer of a boot is checked: a request offering the same boot a thousand
// times must not cost a thousand signature checks.
func (in *Ingest) offeredBoot(req *wire.Request, id string) *clock.Boot {
	at := slices.IndexFunc(req.Offers, func(o wire.SignedBoot) bool { return o.ID == id })
	if at < 0 || wire.CheckBoot(in.serverKey(), req.Stream, req.Offers[at]) != nil {
		return nil
	}
	return &req.Offers[at].Boot
}

func bootByID(boots []clock.Boot, id string) clock.Boot {
	for _, b := range boots {
		if b.ID == id {
			return b
		}
	}
	return clock.Boot{ID: id}
}

// maxBoots bounds the boots fixed for one stream. Times of further boots are estimated from the line alone: the stream's
// entry is read by every request of the stream and must not grow for ever.
const maxBoots = 4096

// fixBoots fixes every boot of the job, up to maxBoots, and uses existing entries.
func (in *Ingest) fixBoots(ctx context.Context, s store.Steps, j *job) error {
	var missing []clock.Boot
	for _, b := range j.boots {
		if !slices.ContainsFunc(j.stream.Boots, func(o clock.Boot) bool { return o.ID == b.ID }) {
			missing = append(missing, b)
		}
	}
	missing = missing[:min(len(missing), max(0, maxBoots-len(j.stream.Boots)))]
	if len(missing) > 0 {
		if j.dateErr != nil {
			return j.dateErr
		}
		stream, err := s.FixBoots(ctx, j.stream.ID, missing)
		if err != nil {
			return err
		}
		j.stream = stream
	}
	for _, b := range j.boots {
		if bootByID(j.stream.Boots, b.ID) != b {
			j.folded = nil // folded by another base or ceiling of the boot
		}
	}
	return nil
}
