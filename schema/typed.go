package schema

import "strings"

// CheckTyped checks values that a person typed for what no rule of the kind refuses, because stored records have it and go on
// counting: a plate number of no known shape without a plate type. v holds the typed fields with those of their registers.
// A client calls it before saving, an import in its check; the server's fold never does.
func (k *Kind) CheckTyped(v Values) (faults Faults) {
	typeField := k.fields[plateTypeField]
	for _, f := range k.Fields {
		number, ok := v.Get(f.Name)
		if f.Type != TypePlate || !ok {
			continue
		}
		plateType, typed := v.Get(plateTypeField)
		if wrong := f.checkTypedPlate(number.S, plateType.S, typed, typeField); wrong != nil {
			faults = append(faults, *wrong)
		}
	}
	return faults
}

// plateTypeField is the field with the plate type of a kind's plate number.
const plateTypeField = "plate_type"

func (f *Field) checkTypedPlate(number, plateType string, typed bool, typeField *Field) *Fault {
	fits := f.plates.known
	if typed {
		fits = func(n string) bool { return f.plates.fits(plateType, n) }
	}
	if fits(number) {
		return nil
	}
	if repaired := withDigits(number); repaired != number && fits(repaired) {
		return new(f.fault(plateLetters, with("number", number), with("repaired", repaired)))
	}
	if typed || typeField == nil {
		return nil // the kind's rule refuses the type's shape; without a type field a person could not say more
	}
	return new(f.fault(plateShapeless, with("number", number), filling{"type", typeField.Label}))
}

// withDigits writes the digits that people type as letters; plates have neither letter.
func withDigits(number string) string { return strings.NewReplacer("O", "0", "I", "1").Replace(number) }
