package simtest

import (
	"encoding/json"
	"fmt"
	"slices"

	"roadbook/schema"
	"roadbook/server/store"
	"roadbook/sync/wire"
)

// lines: every line on a disk, and every acknowledged line, stands in the log with the same bytes; the log has no other
// lines.
func (c *checker) lines() error {
	for id, k := range c.log {
		e := c.w.truth.observations[id]
		switch {
		case c.ofHQ(id):
		case e == nil && c.w.truth.foreignLines[id] != "":
			if k.accepted || !slices.Contains(k.verdicts, c.w.truth.foreignLines[id]) {
				return fmt.Errorf("%s was not quarantined as %s: %v", short(id), c.w.truth.foreignLines[id], k.verdicts)
			}
		case e == nil:
			return fmt.Errorf("%s stands in the log and nobody said it", short(id))
		case string(k.line) != string(e.line) && !c.tombstone(k, e):
			return fmt.Errorf("%s: the log has other bytes than were signed", short(id))
		}
	}
	for _, d := range c.w.devices {
		for id := range d.mustHold {
			if c.log[id] == nil {
				return fmt.Errorf("%s was saved on %s and never reached the log", short(id), d.name)
			}
		}
	}
	for id := range c.w.truth.acked {
		if c.log[id] == nil {
			return fmt.Errorf("%s was acknowledged and is not in the log", short(id))
		}
	}
	return nil
}

func (c *checker) tombstone(k *loggedLine, e *observation) bool {
	return len(e.line) > limits.Line && string(k.line) == string(wire.Tombstone(e.line))
}

// verdicts: every quarantined line has a fault, and every line with a lasting fault is quarantined.
func (c *checker) verdicts() error {
	for id, k := range c.log {
		e := c.w.truth.observations[id]
		if e == nil {
			continue
		}
		if lasting := c.lastingFault(e); lasting != "" {
			if k.accepted || !slices.Contains(k.verdicts, lasting) {
				return fmt.Errorf("%s was not quarantined as %s: %v", short(id), lasting, k.verdicts)
			}
			continue
		}
		for _, code := range k.verdicts {
			if code == "device_revoked" && e.by.revoked || code == "unknown_catalogue" {
				continue
			}
			return fmt.Errorf("%s was quarantined as %s", short(id), code)
		}
		if slices.Contains(k.verdicts, "unknown_catalogue") && !slices.Contains(k.verdicts, "device_revoked") && !k.accepted && !c.released[id] {
			return fmt.Errorf("%s is still quarantined though every server knows its catalogue", short(id))
		}
	}
	return c.quarantinedShown()
}

// lastingFault is the code of a fault that keeps the line from ever counting as it stands; "" = none.
func (c *checker) lastingFault(e *observation) string {
	switch {
	case len(e.line) > limits.Line:
		return "too_large"
	case e.act == "create" && e.said["unit"] != e.by.unit:
		return "foreign_unit"
	}
	return ""
}

// quarantinedShown: a person can see every line that does not count.
func (c *checker) quarantinedShown() error {
	seen := map[string]store.Quarantined{}
	c.quarantined = seen
	for _, released := range []bool{false, true} {
		all, err := c.s.QuarantinedLines(bg, wire.StreamID{}, wire.ObsID{}, released, 100_000)
		if err != nil {
			return err
		}
		for _, q := range all {
			seen[q.ID.String()] = q
		}
	}
	for id, k := range c.log {
		q, shown := seen[id]
		if !k.accepted && !shown {
			return fmt.Errorf("%s does not count and is not shown", short(id))
		}
		if k.accepted { // by one frame at least: another one may have quarantined it for another reason
			waits := shown && q.Released == "" && slices.ContainsFunc(q.Faults, func(f schema.Fault) bool { return f.Code == "foreign_unit" })
			if c.foreign[id] && (!shown || q.Released != "") || !c.foreign[id] && waits {
				return fmt.Errorf("%s has effect: %v, and is shown: %v, released by %q", short(id), !c.foreign[id], shown, q.Released)
			}
			continue
		}
		if shown && c.released[id] != (q.Released != "") {
			return fmt.Errorf("%s: released %v, noted as %q", short(id), c.released[id], q.Released)
		}
	}
	return nil
}

// fates: a device's disk knows for each of its own lines whether the line is quarantined or released, even on a revoked
// device.
func (c *checker) fates() error {
	for _, d := range c.w.devices {
		err := d.db.Lines(bg, func(id wire.ObsID, _ []byte, status wire.Status) error {
			q, noted := c.quarantined[id.String()]
			if quarantined := noted && q.Released == ""; quarantined != (status == wire.Quarantined) {
				return fmt.Errorf("%s is quarantined: %v, and stands on %s as %q", short(id.String()), quarantined, d.name, status)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// numbers: the frames of a stream are numbered without a gap, and the summary covers them.
func (c *checker) numbers() error {
	frames, err := c.s.ScanFrames(bg, wire.StreamID{}, store.FrameKey{}, 100_000)
	if err != nil {
		return err
	}
	count := map[string]map[int64]bool{}
	for _, f := range frames {
		id := f.Key.Stream.String()
		if count[id] == nil {
			count[id] = map[int64]bool{}
		}
		if count[id][f.N] {
			return fmt.Errorf("stream %s: two frames have number %d", id, f.N)
		}
		count[id][f.N] = true
		if !covered(c.streams[id].Ranges, f.Key) {
			return fmt.Errorf("stream %s: the ranges %v do not cover %d..%d", id, c.streams[id].Ranges, f.Key.First, f.Key.Last)
		}
	}
	for id, numbers := range count {
		for n := int64(1); n <= c.streams[id].N; n++ {
			if !numbers[n] {
				return fmt.Errorf("stream %s: no frame has number %d of %d", id, n, c.streams[id].N)
			}
		}
		if int64(len(numbers)) != c.streams[id].N {
			return fmt.Errorf("stream %s: %d frames, the summary says %d", id, len(numbers), c.streams[id].N)
		}
	}
	return nil
}

func covered(ranges []wire.Range, k store.FrameKey) bool {
	return slices.ContainsFunc(ranges, func(r wire.Range) bool { return r.First <= k.First && k.Last <= r.Last })
}

// forks: two lines at one sequence of a stream are known as a fork.
func (c *checker) forks() error {
	at := map[string]string{}
	for id := range c.log {
		place := placeOf(id)
		if at[place] == "" {
			at[place] = id
			continue
		}
		if s := c.streams[streamOf(id)]; s.Forks == 0 && !branches(s.Ranges) {
			return fmt.Errorf("%s is a fork and nobody was told", short(id))
		}
	}
	return nil
}

// branches reports whether two ranges overlap: two branches that arrived together show the fork this way.
func branches(ranges []wire.Range) bool {
	for i, a := range ranges {
		for _, b := range ranges[i+1:] {
			if a.First <= b.Last && b.First <= a.Last {
				return true
			}
		}
	}
	return false
}

// acts: every act that HQ saw confirmed stands in the log once.
func (c *checker) acts() error {
	tags := map[string]int{}
	for id, k := range c.log {
		var h parsedLine
		if c.ofHQ(id) && json.Unmarshal(k.line, &h) == nil && h.Reason != "" {
			tags[h.Reason]++
		}
	}
	for _, a := range c.w.truth.acts {
		if a.act == "link" {
			continue
		}
		n := tags[a.tag]
		if n > 1 || n == 0 && a.confirmed && a.epoch == c.w.databaseEpoch {
			return fmt.Errorf("HQ's %s (%s) stands %d times in the log", a.act, a.tag, n)
		}
	}
	return nil
}
