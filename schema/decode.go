package schema

// Decode reads the "fields" object of a line. Every fault is reported, with its field; the values that are in order
// come back all the same, canonical and sorted. JSON null gives the cleared value. Aliases give the field's own name.
// It looks at each value alone: CheckCreate, CheckAmend and CheckState look at them together.
func (k *Kind) Decode(fields []byte) (Values, Faults) { return k.decode(fields) }
