package schema

import (
	"slices"
	"strconv"
	"strings"
)

// CheckCreate checks the values of an observation that creates a record or an item: required values, rules, and kinds,
// fields and codes reserved for imports. imported: the observation comes from an import.
func (k *Kind) CheckCreate(v Values, imported bool) Faults {
	faults := k.checkImportOnlyKind(imported)
	for _, f := range k.Fields {
		if f.Owner {
			faults = f.checkOwnerAbsent(faults, v)
		} else if (f.Required || f.RequiredTyped && !imported) && !hasValue(v, f) {
			faults = append(faults, f.requiredFault())
		}
	}
	faults = k.checkImportOnlyValues(faults, v, imported)
	faults = k.requireTogether(faults, v, false)
	return k.checkRules(faults, v)
}

// CheckAmend checks the values of an amendment: registers must be whole, required fields may not be cleared, and rules
// hold among the given values.
func (k *Kind) CheckAmend(v Values, imported bool) Faults {
	faults := k.checkImportOnlyKind(imported)
	for _, f := range k.Fields {
		if f.Owner {
			faults = f.checkOwnerAbsent(faults, v)
		} else if f.Required && v.Has(f.Name) && !hasValue(v, f) {
			faults = append(faults, f.requiredFault())
		}
	}
	for _, register := range k.Registers {
		faults = k.requireWholeRegister(faults, v, register)
	}
	faults = k.checkImportOnlyValues(faults, v, imported)
	faults = k.requireTogether(faults, v, true)
	return k.checkRules(faults, v)
}

// CheckState checks a record's merged values: required fields have values and rules hold. No fault = complete.
func (k *Kind) CheckState(v Values) Faults {
	var faults Faults
	for _, f := range k.Fields {
		if f.Required && !f.Owner && !hasValue(v, f) {
			faults = append(faults, f.requiredFault())
		}
	}
	faults = k.requireTogether(faults, v, false)
	return k.checkRules(faults, v)
}

// NaturalKey names the event of a record, such as "plate|02|冀F8K2M6|register|20201215". day is the Asia/Shanghai day of
// occurred_at as yyyymmdd. A day in a key is yyyymmdd, a month yyyymm, a time Unix ms. ok is false if the kind has no
// key or a part is missing; "no plate" is a missing part.
func (k *Kind) NaturalKey(v Values, day int32) (key string, ok bool) {
	if len(k.Key) == 0 {
		return "", false
	}
	out := append(make([]byte, 0, 64), k.Name...)
	for _, part := range k.Key {
		out = append(out, '|')
		if out, ok = k.keyPart(out, part, v, day); !ok {
			return "", false
		}
	}
	return string(out), true
}

// keyPart appends a part. A field named "day" or "month" comes before the day and month of occurred_at: the day of a
// zero report is its field.
func (k *Kind) keyPart(out []byte, part string, v Values, day int32) (_ []byte, ok bool) {
	if k.fields[part] == nil {
		if part == keyMonth {
			day /= 100
		}
		return strconv.AppendInt(out, int64(day), 10), true
	}
	value, ok := v.Get(part)
	switch value.Type {
	case TypeInt, TypeBool, TypeTime, TypeDay:
		return strconv.AppendInt(out, value.I, 10), ok
	}
	return append(out, CleanName(value.S)...), ok && value != Value{Type: TypePlate, S: NoPlate}
}

// Parts of a natural key without a field: the day and the month of occurred_at.
const (
	keyDay   = "day"
	keyMonth = "month"
)

// checkImportOnlyKind refuses typed observations of a kind that only HQ imports.
func (k *Kind) checkImportOnlyKind(imported bool) Faults {
	if imported || !k.ImportOnly {
		return nil
	}
	return Faults{say(importOnlyKind, "kind", filling{"label", k.Label})}
}

func hasValue(v Values, f *Field) bool {
	_, ok := v.Get(f.Name)
	return ok
}

func (f *Field) requiredFault() Fault { return f.fault(FaultRequired) }

func (f *Field) checkOwnerAbsent(faults Faults, v Values) Faults {
	if !v.Has(f.Name) {
		return faults
	}
	return append(faults, f.fault(FaultMisplaced))
}

// requireWholeRegister: an amendment of a coupled register gives all fields of the register.
func (k *Kind) requireWholeRegister(faults Faults, v Values, register []string) Faults {
	if len(register) < 2 || !slices.ContainsFunc(register, v.Has) {
		return faults
	}
	for _, name := range register {
		if !v.Has(name) {
			faults = append(faults, k.fields[name].fault(FaultRegister))
		}
	}
	return faults
}

// requireTogether: fields that belong together all have values, or none has. In an amendment only the mentioned fields
// are checked.
func (k *Kind) requireTogether(faults Faults, v Values, amend bool) Faults {
	for _, group := range k.together {
		if !slices.ContainsFunc(group, func(n string) bool { _, ok := v.Get(n); return ok }) {
			continue
		}
		for _, name := range group {
			if _, ok := v.Get(name); !ok && (!amend || v.Has(name)) {
				faults = append(faults, k.fields[name].fault(FaultTogether))
			}
		}
	}
	return faults
}

func (k *Kind) checkImportOnlyValues(faults Faults, v Values, imported bool) Faults {
	if imported {
		return faults
	}
	for _, f := range k.Fields {
		if len(f.ImportOnly) == 0 && !f.Imported {
			continue
		}
		value, ok := v.Get(f.Name)
		if ok && f.Imported {
			faults = append(faults, f.fault(importOnlyField))
		} else if ok && slices.Contains(f.ImportOnly, value.S) {
			faults = append(faults, f.fault(importOnlyCode))
		}
	}
	return faults
}

// RulesRead reports whether a rule of the kind reads one of the fields.
func (k *Kind) RulesRead(fields []string) bool {
	for _, name := range fields {
		for _, r := range k.Rules {
			if strings.Contains(r.cond.Source, name) {
				return true
			}
		}
	}
	return false
}

// checkRules checks each rule whose fields all have values.
func (k *Kind) checkRules(faults Faults, v Values) Faults {
	for _, r := range k.Rules {
		if !r.applies(v) {
			continue
		}
		if holds, known := r.cond.Bool(v, nil); known && !holds {
			faults = append(faults, Fault{Code: r.Code, Field: r.Fields[len(r.Fields)-1], Message: r.Message})
		}
	}
	return faults
}

func (r *Rule) applies(v Values) bool {
	for _, name := range r.Fields {
		if _, ok := v.Get(name); !ok {
			return false
		}
	}
	return true
}
