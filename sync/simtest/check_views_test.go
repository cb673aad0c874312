package simtest

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"roadbook/client/localdb"
	"roadbook/server/store"
)

// leftovers: no work is unfinished, and every record exists once.
func (c *checker) leftovers() error {
	for _, d := range c.w.devices {
		if n, err := d.db.Waiting(bg); err != nil || n > 0 {
			return fmt.Errorf("%s: %d waiting, %w", d.name, n, err)
		}
		d.reconcile()
	}
	waiting, err := c.s.Unprojected(bg, store.Frame{}, 10)
	if err != nil || len(waiting) > 0 {
		return fmt.Errorf("%d frames are unfinished, %w", len(waiting), err)
	}
	recs, err := c.all()
	if err != nil {
		return err
	}
	for _, r := range recs {
		if len(r.Departed) > 0 {
			return fmt.Errorf("%s still has left something behind", short(r.ID))
		}
		want := c.records[r.ID]
		if want == nil {
			return fmt.Errorf("record %s: nobody spoke of it", short(r.ID))
		}
		if r.Group != groupOf(want) {
			return fmt.Errorf("record %s stands in group %s, not %s", short(r.ID), r.Group, groupOf(want))
		}
	}
	if len(recs) != len(c.records) {
		return fmt.Errorf("%d records, the recount has %d", len(recs), len(c.records))
	}
	return nil
}

func (c *checker) all() ([]store.Record, error) {
	return c.s.ScanRecords(bg, store.RecordQuery{Limit: 100_000})
}

// feeds: every reader has the current content of every record.
func (c *checker) feeds() error {
	recs, err := c.all()
	if err != nil {
		return err
	}
	for _, r := range c.w.readers {
		for i := range recs {
			if r.unit != "" && recs[i].Place.Unit != r.unit {
				continue
			}
			if r.copies[recs[i].ID] != contents(&recs[i]) {
				return fmt.Errorf("%s missed a change of %s: has %q, stands %q", r.name, short(recs[i].ID), r.copies[recs[i].ID], contents(&recs[i]))
			}
		}
	}
	return nil
}

// views: a device shows the records of its unit as the recount has them, and knows which of them left the unit.
func (c *checker) views() error {
	for _, d := range c.w.devices {
		if d.diskCopied || d.disks > 1 || d.revoked {
			continue // such a device may pull its own lines from another disk, or nothing
		}
		unit := c.unitOf(d)
		for id, r := range c.records {
			if r.created == nil || !r.owners[unit] {
				continue
			}
			if r.fields["unit"] != unit && !r.shared[unit] {
				if err := c.knowsItLeft(d, id, r.fields["unit"]); err != nil {
					return err
				}
				continue
			}
			if c.hasQuarantined(d, id) {
				continue
			}
			if err := c.compare(d, id, r); err != nil {
				return err
			}
		}
	}
	return nil
}

// knowsItLeft: a record that HQ gave to another unit is marked, if the device has ever heard of it.
func (c *checker) knowsItLeft(d *device, id, unit string) error {
	e, err := d.db.Show(bg, id)
	if errors.Is(err, localdb.ErrUnknownRecord) {
		return nil
	}
	if err != nil || e.GoneTo != unit {
		return fmt.Errorf("%s believes that %s went to %q, it went to %s; %w%s", d.name, short(id), e.GoneTo, unit, err, c.history(id))
	}
	return nil
}

// unitOf is the unit of a device by the database: it may have been moved, and the database been restored since.
func (c *checker) unitOf(d *device) string {
	var r registration
	e, err := c.s.Get(bg, deviceBucket, d.id)
	if err != nil || json.Unmarshal(e.Data, &r) != nil {
		return d.unit
	}
	return r.Unit
}

// hasQuarantined reports whether the device shows lines of the record that do not count.
func (c *checker) hasQuarantined(d *device, record string) bool {
	for id := range d.mustHold {
		if e := c.w.truth.observations[id]; e.record == record && (c.foreign[id] || !c.log[id].accepted && !c.released[id]) {
			return true
		}
	}
	return false
}

func (c *checker) compare(d *device, id string, r *recounted) error {
	e, err := d.db.Show(bg, id)
	if err == nil && e.GoneTo != "" {
		return fmt.Errorf("%s believes that %s went to %s%s", d.name, short(id), e.GoneTo, c.history(id))
	}
	if err != nil {
		return fmt.Errorf("%s does not know record %s of its unit: %w%s", d.name, short(id), err, c.history(id))
	}
	for i := range e.Observations {
		id := e.Observations[i].ID.String()
		if k := c.log[id]; k != nil && !c.foreign[id] && (k.accepted || c.released[id]) {
			continue
		}
		if c.w.databaseEpoch == 0 {
			return fmt.Errorf("%s shows %s, which does not count", d.name, short(id))
		}
		return nil // the device heard so before the database was restored
	}
	got := map[string]string{}
	for _, n := range e.View.Fields {
		got[n.Name] = n.Value.S
		if n.Value.S == "" {
			got[n.Name] = strconv.FormatInt(n.Value.I, 10)
		}
	}
	for name, want := range r.fields {
		if name == "spoiled" {
			want = map[string]string{"true": "1", "false": "0", "": ""}[want]
		}
		if got[name] != want {
			return fmt.Errorf("%s shows %s of %s as %q, the recount has %q", d.name, name, short(id), got[name], want)
		}
	}
	if e.View.Void != r.void || e.View.Group != groupOf(r) || len(e.View.Items) != len(r.items) {
		return fmt.Errorf("%s shows %s void %v in group %s with %d items; the recount has %v, %s, %d", d.name, short(id),
			e.View.Void, e.View.Group, len(e.View.Items), r.void, groupOf(r), len(r.items))
	}
	return nil
}

// times: a moment called exact is the true moment of saving.
func (c *checker) times() error {
	f := &recounter{boots: c.boots}
	const slack = 5 * 60_000
	for _, e := range c.counting() {
		k := bootKey{streamOf(e.id), e.clock.Boot}
		if !e.auto || e.by == nil || c.boots[k].base == 0 || c.w.truth.baseUnreliable(k) {
			continue
		}
		if _, exact := f.byBase(e, c.boots[k]); !exact {
			continue
		}
		if off := f.corrected(e) - e.at; off > slack || off < -slack {
			return fmt.Errorf("%s: its time is %d ms off and called exact", short(e.id), off)
		}
	}
	return nil
}
