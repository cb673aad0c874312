package simtest

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"roadbook/client/localdb"
	"roadbook/schema"
	"roadbook/sync/clock"
	"roadbook/sync/wire"
)

// saveRandom saves something on a device.
func (d *device) saveRandom() {
	if d.db == nil {
		return
	}
	s := d.randomStatement()
	if s != nil {
		d.save(s)
	}
}

// save saves a statement and, once confirmed, adds the observation to the truth.
func (d *device) save(s *statement) (id string) {
	saved, err := d.db.Save(bg, s.draft)
	if err != nil {
		d.w.tracef("%s could not save: %v", d.name, err)
		s.note.at = d.w.now
		d.unconfirmed = append(d.unconfirmed, s)
		if d.disk.armed {
			d.powerLoss()
		}
		return ""
	}
	d.unconfirmed = nil
	d.w.tracef("%s saves %s: %s %s %v", d.name, short(saved.ID), s.note.act, s.note.kind, s.note.said)
	d.mustHold[saved.ID] = true
	if _, epoch, _ := strings.Cut(streamOf(saved.ID), "."); d.knownForks[epoch] {
		d.w.failf("%s goes on in a stream that it knows another disk writes to: %s", d.name, short(saved.ID))
	}
	d.w.truth.add(d, saved.ID, d.line(saved.ID), s)
	return saved.ID
}

// line reads a line from the disk.
func (d *device) line(id string) (line []byte) {
	err := d.db.Lines(bg, func(at wire.ObsID, raw []byte, _ wire.Status) error {
		if at.String() == id {
			line = slices.Clone(raw)
		}
		return nil
	})
	if err != nil {
		d.w.failf("%s can't read its lines: %v", d.name, err)
	}
	return line
}

func (d *device) kinds() []string {
	if d.role == "clerk" {
		return []string{"plate"}
	}
	return []string{"incident", "accident"}
}

// randomStatement chooses the next statement.
func (d *device) randomStatement() *statement {
	records := d.w.truth.records(d.kinds()...)
	news, recent := 50, 12
	if d.w.crowd {
		news, recent = 15, 3
	}
	if len(records) == 0 || d.w.rng.IntN(100) < news {
		return d.create()
	}
	id := records[len(records)-1-d.w.rng.IntN(min(len(records), recent))]
	e, err := d.db.Show(bg, id)
	if err != nil {
		if d.w.crowd {
			return nil
		}
		return d.create() // a record of another device, unknown here
	}
	known := d.seenBy(&e)
	switch n := d.w.rng.IntN(100); {
	case n < 15:
		return d.voidOrRestore(id, "void", known)
	case n < 22:
		return d.voidOrRestore(id, "restore", known)
	case n < 45 && e.View.Kind == "accident":
		return d.casualty(&e)
	}
	return d.amend(id, e.View.Kind, known)
}

// seenBy are the observations that the device shows for a record. The device must show everything saved on its own
// disk.
func (d *device) seenBy(e *localdb.Record) (ids []string) {
	for i := range e.Observations {
		ids = append(ids, e.Observations[i].ID.String())
	}
	for id := range d.mustHold {
		if d.w.truth.observations[id].record == e.View.Record && !slices.Contains(ids, id) {
			d.w.failf("%s does not show %s, which it said", d.name, short(id))
		}
	}
	return ids
}

func (w *world) pickOf(all ...string) string { return all[w.rng.IntN(len(all))] }

// moment is a time around New Year, in whole seconds, as Unix ms.
func (w *world) moment() int64 { return start + int64(w.rng.IntN(4*24*3600))*1000 }

func msText(ms int64) string { return strconv.FormatInt(ms, 10) }

// create begins a record.
func (d *device) create() *statement {
	w := d.w
	kind := w.pickOf(d.kinds()...)
	said := map[string]string{}
	if w.rng.IntN(2) == 0 {
		said["occurred_at"] = msText(w.moment())
	}
	defaults := map[string]string{"unit": d.unit}
	switch kind {
	case "plate":
		maps.Copy(said, map[string]string{"plate_type": "02", "plate_number": w.plate(), "business": w.pickOf("register", "register", "replace")})
		defaults["sets"] = "1"
		if w.rng.IntN(4) == 0 {
			said["sets"] = strconv.Itoa(w.rng.IntN(5))
		}
	case "incident":
		said["reported_at"] = msText(w.moment())
		defaults["category"] = "other"
	case "accident":
		maps.Copy(said, w.outcome())
		defaults["dead"] = "0"
	}
	if w.rng.IntN(60) == 0 {
		said["unit"] = w.pickOf(forgottenUnit, foreignUnit)
	}
	if w.rng.IntN(40) == 0 {
		said["remark"] = w.longRemark()
	}
	return d.draft(&observation{act: "create", kind: kind, said: said}, defaults)
}

// plate is drawn from few numbers, so that several people speak about the same event.
func (w *world) plate() string {
	n := 4 + len(w.devices)*3
	if w.crowd {
		n = 2
	}
	return "冀F" + strconv.Itoa(10000+w.rng.IntN(n))
}

// longRemark makes a line longer than the servers accept.
func (w *world) longRemark() string {
	b := make([]rune, 1000)
	for i := range b {
		b[i] = '𠮷' // four bytes each: a remark of shorter characters would not make the line so long
	}
	return string(b)
}

func (w *world) outcome() map[string]string {
	if w.rng.IntN(3) == 0 {
		return map[string]string{"severity": "fatal", "procedure": "general", "dead": strconv.Itoa(1 + w.rng.IntN(3))}
	}
	return map[string]string{"severity": w.pickOf("property", "injury"), "procedure": w.pickOf("self", "simple", "general"), "dead": "0"}
}

// casualty adds an item to an accident. Where HQ has returned the accident, the item answers HQ's review.
func (d *device) casualty(e *localdb.Record) *statement {
	accident := e.View.Record
	said := map[string]string{"died_at": msText(d.w.moment() + int64(d.w.rng.IntN(8*24*3600))*1000)}
	if d.w.rng.IntN(2) == 0 {
		said["occurred_at"] = msText(d.w.moment())
	}
	note := &observation{act: "create", kind: "casualty", record: accident, said: said}
	if e.Returned != nil {
		note.seen = []string{e.Returned.By.String()}
	}
	s := d.draft(note, map[string]string{"unit": d.unit})
	s.draft.Fields = s.draft.Fields.With("accident", schema.Value{Type: schema.TypeRecord, S: accident})
	return s
}

// voidOrRestore voids or restores a record, or an item of the record.
func (d *device) voidOrRestore(id, act string, seen []string) *statement {
	subject, note := id, &observation{act: act, kind: d.w.truth.observations[id].kind, record: id, seen: seen}
	if item := d.item(id, seen); item != "" && d.w.rng.IntN(2) == 0 {
		subject, note.item, note.kind = item, item, "casualty"
	}
	s := d.draft(note, nil)
	s.draft.ID, s.draft.Reason = subject, "误录"
	return s
}

// item is an item of a record, among the items known to the device.
func (d *device) item(record string, seen []string) string {
	for _, id := range seen {
		if e := d.w.truth.observations[id]; e != nil && e.record == record && e.kind == "casualty" && e.act == "create" {
			return id
		}
	}
	return ""
}

// amend changes a field. The other fields of the same register are repeated as the device shows them.
func (d *device) amend(id, kind string, seen []string) *statement {
	w := d.w
	note := &observation{act: "amend", kind: kind, record: id, seen: seen}
	if item := d.item(id, seen); item != "" && w.rng.IntN(2) == 0 {
		note.kind, note.item = "casualty", item
		note.said = map[string]string{"died_at": msText(w.moment() + int64(w.rng.IntN(8*24*3600))*1000)}
		s := d.draft(note, nil)
		s.draft.ID = item
		return s
	}
	switch n := w.rng.IntN(100); {
	case n < 20:
		note.said, note.share = map[string]string{}, []string{w.pickOf(units...)}
	case n < 40:
		note.said = map[string]string{"occurred_at": msText(w.moment())}
	default:
		note.said = w.correction(kind)
	}
	if note.said == nil {
		return nil // the device does not know the beginning of the record
	}
	s := d.draft(note, nil)
	s.draft.ID = id
	d.complete(note)
	return s
}

func (w *world) correction(kind string) map[string]string {
	switch kind {
	case "plate":
		switch w.rng.IntN(4) {
		case 0:
			return map[string]string{"plate_number": w.plate()}
		case 1:
			return map[string]string{"spoiled": w.pickOf("true", "false")}
		case 2:
			return map[string]string{"business": w.pickOf("register", "replace", "renew")}
		}
		return map[string]string{"sets": strconv.Itoa(w.rng.IntN(9))}
	case "incident":
		return map[string]string{w.pickOf("dispatched_at", "reported_at", "arrived_at"): msText(w.moment())}
	case "accident":
		return w.outcome()
	}
	return nil
}

// complete adds the other fields of the same registers to a note, folded from the seen observations.
func (d *device) complete(note *observation) {
	var known []*observation
	for _, id := range note.seen {
		if e := d.w.truth.observations[id]; e != nil {
			known = append(known, e)
		}
	}
	now := (&recounter{boots: d.boots(note.record)}).fold(note.record, known).fields
	for field := range maps.Clone(note.said) {
		for other, register := range registers {
			if _, said := note.said[other]; register == registerOf(field) && registers[field] != "" && !said {
				note.said[other] = now[other]
			}
		}
	}
}

// boots are the boots of a record's observations, as far as the device was told.
func (d *device) boots(record string) map[bootKey]bootFix {
	out := map[bootKey]bootFix{}
	r, err := d.db.Show(bg, record)
	if err != nil {
		return out
	}
	for _, o := range r.Observations {
		out[bootKey{streamOf(o.ID.String()), o.Boot.ID}] = bootFix{o.Boot.Base, o.Boot.Ceiling, o.Boot.V == 2, o.Boot.Offset, o.Boot.Mono}
	}
	return out
}

// draft is the input for a note, as typed by the person. The client fills in the defaults by itself, so the note alone
// has them.
func (d *device) draft(note *observation, defaults map[string]string) *statement {
	s := &statement{note: note, draft: localdb.Draft{Act: wire.Act(note.act), Kind: note.kind, Officer: "01234", Share: note.share}}
	k, _ := d.w.schema.Kind(note.kind)
	for _, name := range slices.Sorted(maps.Keys(note.said)) {
		v, fault := k.Parse(name, spell(asTyped(name, note.said[name]), int(d.w.now/1000)))
		if fault != nil {
			panic(fmt.Sprintf("%s %s: %v", note.kind, name, fault))
		}
		s.draft.Fields = s.draft.Fields.With(name, v)
	}
	if note.said == nil {
		note.said = map[string]string{}
	}
	for name, value := range defaults {
		if _, ok := note.said[name]; !ok {
			note.said[name] = value
		}
	}
	return s
}

// spell is a text in one of its spellings (schema/DOMAIN.md#characters); the truth has the plain one.
func spell(text string, n int) string {
	switch n % 4 {
	case 0:
		return strings.NewReplacer("0", "０", "1", "１", "F", "Ｆ").Replace(text)
	case 1:
		return "\ufeff" + text + "\u200b"
	}
	return text
}

// asTyped writes a value as a person would.
func asTyped(name, value string) string {
	if len(name) > 3 && name[len(name)-3:] == "_at" {
		ms, _ := strconv.ParseInt(value, 10, 64)
		return time.UnixMilli(ms).In(clock.Shanghai).Format(time.RFC3339Nano)
	}
	return value
}
