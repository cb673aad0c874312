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
	stream  store.Stream // as it was last read; what the answer tells of
	frame   *wire.Frame  // nil: nothing to push
	hashes  []wire.Hash
	lines   []checkedLine
	boots   []clock.Boot  // wanted: fixed if the stream has no entry yet
	arrival clock.Present // when it came: what its boots are fixed by
	dateErr error         // why nothing new may be dated by that moment; nil: it may
	packed  []byte

	folded    *foldedFrame // folded ahead of the writer; nil once the boots turned out otherwise
	storedNew bool         // something was stored that was not there
	results   []wire.Result
	refused   *wire.Error // by the stream's state; nothing of the frame was stored
	err       error
	done      chan struct{}
}

// prepare does outside the writer all that needs no database state.
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
		return j, nil // most likely sent before: it is read only if it turns out otherwise
	}
	if err := in.readLines(ctx, in.readStream, j); err != nil {
		return nil, err
	}
	j.folded = in.foldAhead(j, j.boots)
	return j, nil
}

// readLines judges the job's lines, finds the boots they name, and packs them for keeping.
func (in *Ingest) readLines(ctx context.Context, streamOf streamReader, j *job) (err error) {
	if j.lines, err = in.checkLines(ctx, streamOf, j.device, j.frame, j.hashes); err != nil {
		return err
	}
	for i := range j.lines {
		boot := j.lines[i].line.Clock.Boot
		if boot == "" { // not read, but a later program may, and HQ may let it go
			boot = findBootID(j.frame.Lines[i])
		}
		in.addBoot(j, boot)
	}
	j.packed = wire.PackLines(j.frame.Lines)
	return nil
}

// want collects a boot that the job names: as it was fixed, or else with what can be known of it.
func (in *Ingest) addBoot(j *job, id string) {
	if id == "" || j.hasBoot(id) {
		return
	}
	b, fixed := in.summaries.boot(j.stream.ID, id)
	if !fixed {
		b = clock.Fix(id, j.req.Now, j.arrival, in.offeredBoot(j.req, id))
	}
	j.boots = append(j.boots, b)
}

// unreadBoots are the boots that the lines of a repetition name, found without reading the lines: the answer
// that had told of them may be the one that was lost. What looks like a name and is none finds no boot.
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

// bootIn finds the boot that a line names without reading the line: "" for none.
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

// concerns reports whether the job names the boot.
func (j *job) hasBoot(id string) bool {
	return slices.ContainsFunc(j.boots, func(b clock.Boot) bool { return b.ID == id })
}

// offered finds what this server, or an earlier life of it, fixed and signed for the boot. An offer whose
// signature does not hold is evidence of nothing. Only the first for a boot is looked at: a request that
// offers one boot a thousand times must not cost a thousand signatures.
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

// maxBoots bounds the boots fixed for one stream. Times of further ones are estimated from the line alone:
// the stream's entry, which every request of it reads, must not grow for ever.
const maxBoots = 4096

// fixBoots makes sure that every boot of the job is fixed, up to maxBoots, and uses what stands.
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
			j.folded = nil // folded with another idea of the boot
		}
	}
	return nil
}
