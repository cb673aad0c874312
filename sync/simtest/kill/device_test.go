package kill

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"roadbook/sync/simtest/programs"
)

// device is a client in its own directory, and the person using it.
type device struct {
	bin, dir   string
	id         string
	unit, role string
	revoked    bool
	truth      *truth
	rng        *rand.Rand
	serial     *int // of plates, for all devices
	created    []string
	day        int // of 2020, from 1: observations fall on this day and the next; 0: on any day
}

// enroll sets the device up.
func (d *device) enroll(url, code string) error {
	o, err := d.client("", "enroll", "--server", url, "--code", code)
	if err != nil {
		return err
	}
	var e struct{ Device string }
	if err := json.Unmarshal([]byte(o.Out), &e); err != nil || o.Exit != 0 {
		return fmt.Errorf("enroll: %v (%w)", o, err)
	}
	d.id = e.Device
	return nil
}

// client runs a command to its end, to die at a point if kill says so.
func (d *device) client(kill string, args ...string) (programs.Output, error) {
	return programs.Run(programs.Command{Args: programs.ClientArgs(d.bin, d.dir, args...), Kill: kill})
}

// saved is the output of a confirmed save.
type saved struct{ ID, Record string }

// save runs a statement's command, to die at the point named by kill, and notes a saved observation in the truth. died:
// the program was killed; stands: the observation is on the device.
func (d *device) save(s statement, kill string) (died, stands bool, err error) {
	o, err := d.client(kill, d.arguments(s)...)
	if err != nil {
		return false, false, err
	}
	if o.Exit < 0 {
		stands, err = d.resolve(s)
		return true, stands, err
	}
	var got saved
	if err := json.Unmarshal([]byte(o.Out), &got); err != nil || o.Exit != 0 || got.ID == "" {
		return false, false, fmt.Errorf("%v: %v (%w)", s, o, err)
	}
	d.note(got, s)
	return false, true, nil
}

func (d *device) note(got saved, s statement) {
	d.truth.note(got.ID, got.Record, s)
	if s.act == "log" {
		d.created = append(d.created, got.Record)
	}
}

func (d *device) arguments(s statement) []string {
	args := []string{s.act}
	if s.act == "log" {
		args = append(args, s.kind)
	} else {
		args = append(args, s.record)
	}
	if s.act == "void" {
		return append(args, "--reason", "登记错误")
	}
	for _, name := range slices.Sorted(maps.Keys(s.fields)) {
		args = append(args, "--set", name+"="+s.fields[name])
	}
	return args
}

// resolve asks the device whether an unconfirmed statement was saved.
func (d *device) resolve(s statement) (stands bool, err error) {
	var unknown []saved
	if s.act == "log" {
		unknown, err = d.unknownRecords()
	} else {
		unknown, err = d.unknownObservations(s.record)
	}
	if err != nil || len(unknown) == 0 {
		return false, err
	}
	if len(unknown) > 1 {
		return false, fmt.Errorf("one save left %v", unknown)
	}
	d.note(unknown[0], s)
	return true, nil
}

func (d *device) unknownRecords() (list []saved, err error) {
	var records []struct{ Record string }
	if err := d.read(&records, "list", "--limit", "0"); err != nil {
		return nil, err
	}
	for _, r := range records {
		if strings.HasPrefix(r.Record, d.id+".") && d.truth.records[r.Record] == nil {
			list = append(list, saved{r.Record, r.Record})
		}
	}
	return list, nil
}

func (d *device) unknownObservations(record string) (list []saved, err error) {
	var r struct{ Observations []saved }
	if err := d.read(&r, "show", record); err != nil {
		return nil, err
	}
	for _, o := range r.Observations {
		if _, known := d.truth.statements[o.ID]; !known {
			list = append(list, saved{o.ID, record})
		}
	}
	return list, nil
}

// read runs a command that must succeed and decodes its output.
func (d *device) read(v any, args ...string) error {
	o, err := d.client("", args...)
	if err != nil {
		return err
	}
	if o.Exit != 0 {
		return fmt.Errorf("%v: %v", args, o)
	}
	return json.Unmarshal([]byte(o.Out), v)
}

type status struct{ Saved, Waiting, Quarantined int64 }

// status checks that the device has exactly the observations of the truth.
func (d *device) status() (s status, err error) {
	if err := d.read(&s, "status"); err != nil {
		return s, err
	}
	if want := d.truth.countBy(d.id); s.Saved != want {
		return s, fmt.Errorf("device %s has %d observations, people made %d", d.id, s.Saved, want)
	}
	return s, nil
}

// sync tries once.
func (d *device) sync(url, kill string) (programs.Output, error) {
	return d.client(kill, "sync", "--tries", "1", "--server", url)
}

// drain syncs until nothing waits.
func (d *device) drain(url string) error {
	var o programs.Output
	for until := time.Now().Add(programs.Patience); time.Now().Before(until); time.Sleep(programs.Pause) {
		var err error
		if o, err = d.sync(url, ""); err != nil {
			return err
		}
		s, err := d.status()
		if err != nil || s.Waiting == 0 {
			return err
		}
	}
	return fmt.Errorf("device %s never drained: %v", d.id, o)
}

// moment is a random minute of 2020, often the last or the first.
func (d *device) moment() time.Time {
	first := time.Date(2020, time.January, 1, 0, 0, 0, 0, time.FixedZone("", 8*3600))
	minutes := 366 * 24 * 60
	if d.day > 0 {
		first, minutes = first.AddDate(0, 0, d.day-1), 2*24*60
	}
	n := d.rng.IntN(minutes)
	switch d.rng.IntN(10) {
	case 0:
		n = 0
	case 1:
		n = minutes - 1
	}
	return first.Add(time.Duration(n) * time.Minute)
}

// nextStatement makes up the person's next statement.
func (d *device) nextStatement() statement {
	if n := d.rng.IntN(10); n < 3 && !d.revoked {
		if t := d.randomRecord(); t != nil {
			return d.changeOf(t, n)
		}
	}
	return d.newStatement()
}

// newStatement is something new.
func (d *device) newStatement() statement {
	if d.role == "clerk" {
		return d.plate()
	}
	return d.incident()
}

// latestNotVoid is the latest own record that is not void, or nil.
func (d *device) latestNotVoid() *record {
	for _, id := range slices.Backward(d.created) {
		if t := d.truth.records[id]; !t.void {
			return t
		}
	}
	return nil
}

// randomRecord is a random own record, or nil if void.
func (d *device) randomRecord() *record {
	if len(d.created) == 0 {
		return nil
	}
	t := d.truth.records[d.created[d.rng.IntN(len(d.created))]]
	if t.void {
		return nil
	}
	return t
}

func (d *device) changeOf(t *record, n int) statement {
	switch {
	case n == 0:
		return statement{act: "void", kind: t.kind, record: t.id}
	case t.kind == "incident":
		reported := instant(t.fields["reported_at"])
		return statement{act: "amend", kind: t.kind, record: t.id, fields: map[string]string{"dispatched_at": text(d.after(reported))}}
	case n == 1 && d.truth.numberIsUnique(t):
		return statement{act: "amend", kind: t.kind, record: t.id, fields: map[string]string{"sets": fmt.Sprint(1 + d.rng.IntN(3))}}
	}
	return d.moveOf(t)
}

// moveOf takes a record to another day, or a plate to another number: to another place and group.
func (d *device) moveOf(t *record) statement {
	s := statement{act: "amend", kind: t.kind, record: t.id, fields: map[string]string{}}
	if t.kind == "plate" && d.rng.IntN(2) == 0 {
		s.fields["plate_number"] = d.number()
		return s
	}
	at := instant(t.fields["occurred_at"])
	for next := at; next.YearDay() == at.YearDay(); {
		next = d.moment()
		s.fields["occurred_at"] = text(next)
	}
	return s
}

func text(at time.Time) string { return at.Format(time.RFC3339) }

func (d *device) after(at time.Time) time.Time {
	return at.Add(time.Duration(1+d.rng.IntN(90)) * time.Minute)
}

// number is a new plate's.
func (d *device) number() string {
	*d.serial++
	return fmt.Sprintf("冀F%05d", *d.serial)
}

// plate issues a plate, or enters again a plate already entered by a colleague.
func (d *device) plate() statement {
	fields := map[string]string{
		"plate_type": "02", "plate_number": d.number(), "business": "注册", "sets": fmt.Sprint(1 + d.rng.IntN(2)), "occurred_at": text(d.moment()),
	}
	if d.rng.IntN(6) == 0 && !d.revoked {
		if t := d.truth.anyPlate(d.rng); t != nil {
			fields = maps.Clone(t.fields)
		}
	}
	return statement{act: "log", kind: "plate", fields: fields}
}

// anyPlate is a random plate record, or nil if void or of another kind.
func (l *truth) anyPlate(rng *rand.Rand) *record {
	ids := slices.Sorted(maps.Keys(l.records))
	if len(ids) == 0 {
		return nil
	}
	if t := l.records[ids[rng.IntN(len(ids))]]; t.kind == "plate" && !t.void {
		return t
	}
	return nil
}

func (d *device) incident() statement {
	at := d.moment()
	return statement{act: "log", kind: "incident", fields: map[string]string{
		"category": "other", "occurred_at": text(at), "reported_at": text(at), "dispatched_at": text(d.after(at)),
	}}
}
