package schema

import (
	"slices"
)

// checkNames refuses prose where records are compared: prose has more than one spelling.
func (l *loader) checkNames(k *Kind, at []any) {
	for _, name := range slices.Concat(k.Key, k.WarnIfEqual) {
		if f := k.fields[name]; f != nil && f.prose {
			l.fail("“"+name+"” is prose and can't be compared", at...)
		}
	}
}

// checkAnyUnit: a client completes the registers that it amends, so a register is open to every unit as a whole or not at
// all. A record's unit is never open.
func (l *loader) checkAnyUnit(k *Kind, at []any) {
	open := append(slices.Clone(at), "any_unit")
	if !l.checkFieldNames(k, k.AnyUnit, open) {
		return
	}
	for _, name := range k.AnyUnit {
		register := k.Registers[k.fields[name].Register]
		if name == "unit" || slices.ContainsFunc(register, func(other string) bool { return !slices.Contains(k.AnyUnit, other) }) {
			l.fail("any_unit names whole registers, and never the unit", open...)
		}
	}
	if k.AnyUnitAdds && k.ItemOf == "" {
		l.fail("any_unit_adds is for items", append(slices.Clone(at), "any_unit_adds")...)
	}
}

// findShared lists the shared fields. An item has no group to share with.
func (l *loader) findShared(k *Kind, at []any) {
	for _, f := range k.Fields {
		if f.Shared {
			k.Shared = append(k.Shared, f.Name)
		}
	}
	if k.ItemOf != "" && len(k.Shared) > 0 {
		l.fail("an item shares no field", at...)
	}
}
