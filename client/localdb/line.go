package localdb

import (
	"errors"
	"slices"
	"strings"

	"roadbook/schema"
	"roadbook/sync/clock"
	"roadbook/sync/merge"
	"roadbook/sync/wire"
)

// buildLine makes a draft's line: fills in defaults, completes registers, names the observations seen, and checks all.
func (db *DB) buildLine(d *Draft, id *Identity, ev clock.Evidence) (wire.Line, error) {
	line := wire.Line{V: wire.LineVersion, Act: d.Act, Officer: d.Officer, Reason: d.Reason, Clock: ev}
	if line.Act == "" {
		line.Act = wire.Create
	}
	var err error
	if line.Catalogue, err = db.getMeta(metaCatalogue); err != nil {
		return line, err
	}
	if line.Catalogue == "" {
		line.Catalogue = db.cfg.Catalogue
	}
	switch line.Act {
	case wire.Create, wire.Amend:
		var faults schema.Faults
		if line.Share, faults = shareUnits(d.Share); len(faults) > 0 {
			return line, faults
		}
	}
	switch line.Act {
	case wire.Create:
		err = db.buildCreate(&line, d, id)
	case wire.Amend, wire.Void, wire.Restore:
		err = db.buildChange(&line, d)
	default:
		err = errors.New("localdb: " + string(line.Act) + " is not an act of a device")
	}
	return line, err
}

func (db *DB) buildCreate(line *wire.Line, d *Draft, id *Identity) error {
	k, ok := db.cfg.Schema.Kind(d.Kind)
	if !ok {
		return ErrUnknownKind
	}
	line.Kind = k.Name
	fields, auto := fillDefaults(k, d.Fields, id.Unit, bestNow(line.Clock))
	line.Auto = auto
	fields, record, faults, err := db.extractOwner(k, fields)
	if err != nil {
		return err
	}
	line.Record = record
	if err := db.seeReturn(line); err != nil {
		return err
	}
	faults = append(faults, k.CheckTyped(fields)...).Join(k.CheckCreate(fields, false))
	if faults = append(faults, checkOwnUnit(k, fields, id)...); len(faults) > 0 {
		return faults
	}
	if !slices.Contains(k.Roles, id.Role) && id.Role != "" {
		return schema.Faults{wrongRoleFault(k, id.Role)}
	}
	if fields, faults, err = db.fitServer(line, k, fields, d.Fields); len(faults) > 0 {
		return faults
	}
	line.Fields = k.Encode(fields)
	return err
}

// fillDefaults adds omitted fields: the device's unit, the event's own time or else the present time, and the kind's own
// defaults.
func fillDefaults(k *schema.Kind, given schema.Values, unit string, now int64) (v schema.Values, auto []string) {
	v = slices.Clone(given)
	own, hasOwn := ownTime(k, given)
	for _, f := range k.Fields {
		switch {
		case v.Has(f.Name):
		case f.Name == "unit":
			v = append(v, schema.Named{Name: f.Name, Value: schema.Value{Type: f.Type, S: schema.CleanName(unit)}})
		case f.Auto && f.Required && hasOwn:
			v = append(v, schema.Named{Name: f.Name, Value: schema.Value{Type: f.Type, I: own}})
		case f.Auto && f.Required:
			v = append(v, schema.Named{Name: f.Name, Value: schema.Value{Type: f.Type, I: now}})
			auto = append(auto, f.Name)
		case f.Default != nil:
			v = append(v, schema.Named{Name: f.Name, Value: *f.Default})
		}
	}
	v = slices.DeleteFunc(v, func(n schema.Named) bool { return n.Value.IsZero() }) // nothing to clear yet
	v.Sort()
	return v, auto
}

// ownTime is the event's own time; of a day its first moment.
func ownTime(k *schema.Kind, given schema.Values) (ms int64, ok bool) {
	t, ok := given.Get(k.OwnTime)
	if t.Type == schema.TypeDay {
		return clock.Day(t.I).Start(), ok
	}
	return t.I, ok
}

// extractOwner removes an item's record id from the fields and returns the id. A record of another kind is a fault. An
// unknown record is none: another device may have created the record.
func (db *DB) extractOwner(k *schema.Kind, v schema.Values) (rest schema.Values, record string, _ schema.Faults, _ error) {
	i := slices.IndexFunc(k.Fields, func(f *schema.Field) bool { return f.Owner })
	if i < 0 {
		return v, "", nil, nil
	}
	f := k.Fields[i]
	owner, ok := v.Get(f.Name)
	rest = slices.DeleteFunc(slices.Clone(v), func(n schema.Named) bool { return n.Name == f.Name })
	if !ok {
		return rest, "", schema.Faults{ownerFault(f, schema.FaultRequired, "必须填写", "must have a value")}, nil
	}
	o, record, err := db.findObservation(owner.S)
	if errors.Is(err, ErrUnknownRecord) {
		if _, err := wire.ParseObsID(owner.S); err != nil {
			return rest, "", schema.Faults{ownerFault(f, schema.FaultRecord, "不是记录编号", "is not a record id")}, nil
		}
		return rest, owner.S, nil, nil
	}
	if err == nil && o.Line.Kind != k.ItemOf && o.Line.Kind != k.Name {
		return rest, "", schema.Faults{ownerFault(f, merge.FaultItemKind, "是另一种记录", "is a record of another kind")}, nil
	}
	return rest, record, nil, err
}

func ownerFault(f *schema.Field, code, zh, en string) schema.Fault {
	return schema.Fault{Code: code, Field: f.Name, Message: schema.Text{
		ZH: "“" + f.Label.ZH + "”" + zh, EN: "“" + f.Label.EN + "” " + en}}
}

func wrongRoleFault(k *schema.Kind, role string) schema.Fault {
	return schema.Fault{Code: "wrong_role", Message: schema.Text{
		ZH: "本设备的角色（" + role + "）不能登记“" + k.Label.ZH + "”",
		EN: "this device's role (" + role + ") may not log “" + k.Label.EN + "”"}}
}

// buildChange makes an amendment, a void, or the restoring of a void record.
func (db *DB) buildChange(line *wire.Line, d *Draft) error {
	target, record, err := db.findObservation(d.ID)
	if err != nil {
		return err
	}
	all, err := db.observationsOf(record)
	if err != nil {
		return err
	}
	if n, most := db.ownObservations(record, all); n >= most {
		return schema.Faults{recordFullFault()}
	}
	state := mergeState(record, all, db.cfg.Schema)
	view := merge.Fold(record, state, db.cfg.Schema)
	line.Kind, line.Record = view.Kind, record
	current := view.Fields
	if item, ok := findItem(&view, &target); ok {
		line.Kind, line.Item, current = item.Kind, item.ID.String(), item.Fields
	}
	for i := range state.Obs {
		line.Seen = append(line.Seen, state.Obs[i].ID.String())
	}
	k, ok := db.cfg.Schema.Kind(line.Kind)
	if !ok {
		return ErrUnknownRecord // only amendments of the record are on this device
	}
	if line.Act == wire.Void && schema.CleanName(line.Reason) == "" {
		return schema.Faults{noReasonFault()}
	}
	if line.Act != wire.Amend {
		return nil
	}
	fields := completeRegisters(k, d.Fields, current)
	fit, faults, err := db.fitServer(line, k, fields, d.Fields)
	if len(faults) > 0 {
		return faults
	}
	if err != nil || len(fields) == 0 && len(line.Share) > 0 {
		return err
	}
	if line.Item == "" && fields.Has("unit") {
		return schema.Faults{unitByHQFault()}
	}
	if faults := checkTypedAmend(k, d.Fields, fields).Join(checkAmend(k, fields, current)); len(faults) > 0 {
		return faults
	}
	line.Fields = k.Encode(fit)
	return nil
}

// ownObservations counts the device's own observations of a record, and the room that a record has for them.
func (db *DB) ownObservations(record string, all []Observation) (n, most int) {
	for i := range all {
		if all[i].ID.Device == db.device {
			n++
		}
	}
	if own, _, _ := strings.Cut(record, "."); own == db.device {
		return n, merge.MaxOwn
	}
	return n, merge.MaxPerOther
}

func noReasonFault() schema.Fault {
	return schema.Fault{Code: schema.FaultRequired, Field: "reason", Message: schema.Text{
		ZH: "作废须写明原因，未作更改", EN: "a void needs a reason; nothing was changed"}}
}

func recordFullFault() schema.Fault {
	return schema.Fault{Code: "record_full", Message: schema.Text{
		ZH: "这条记录的更正次数已到上限，请联系机关人员处理", EN: "this record has been changed as often as can be: ask HQ"}}
}

// findItem finds the item created or changed by the observation.
func findItem(v *merge.View, o *Observation) (*merge.Item, bool) {
	for i := range v.Items {
		if v.Items[i].ID == o.ID || v.Items[i].ID.String() == o.Line.Item {
			return &v.Items[i], true
		}
	}
	return nil, false
}

// completeRegisters adds the other fields of amended registers, with their current values.
func completeRegisters(k *schema.Kind, amended, current schema.Values) schema.Values {
	v := slices.Clone(amended)
	for _, register := range k.Registers {
		if !slices.ContainsFunc(register, amended.Has) {
			continue
		}
		for _, name := range register {
			if !v.Has(name) {
				value, _ := current.Get(name)
				v = append(v, schema.Named{Name: name, Value: value})
			}
		}
	}
	v.Sort()
	return v
}

// checkAmend finds faults of the amendment, and new faults of the record after the amendment. Old faults of the record
// do not count: people may mend them one at a time.
func checkAmend(k *schema.Kind, amended, current schema.Values) schema.Faults {
	if len(amended) == 0 {
		return schema.Faults{{Code: schema.FaultRequired, Message: schema.Text{
			ZH: "没有要更正的内容，请用 --set 字段=值", EN: "nothing to amend: use --set field=value"}}}
	}
	faults := k.CheckAmend(amended, false)
	after := current
	for _, n := range amended {
		after = after.With(n.Name, n.Value)
	}
	before := k.CheckState(current)
	for _, f := range k.CheckState(after) {
		if !hasFault(before, f) && !hasFault(faults, f) {
			faults = append(faults, f)
		}
	}
	return faults
}

// checkTypedAmend checks the typed fields of an amendment, beside the others of their registers. A stored value that nobody
// typed anew is left alone.
func checkTypedAmend(k *schema.Kind, typed, completed schema.Values) schema.Faults {
	return slices.DeleteFunc(k.CheckTyped(completed), func(f schema.Fault) bool { return !typed.Has(f.Field) })
}

func hasFault(faults schema.Faults, f schema.Fault) bool {
	return slices.ContainsFunc(faults, func(x schema.Fault) bool { return x.Code == f.Code && x.Field == f.Field })
}
