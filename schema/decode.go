package schema

import (
	"bytes"
	"errors"
	"slices"
	"strings"
)

// Decode reads the "fields" object of a line. Every fault is reported, with its field; the valid values are returned
// nevertheless, canonical and sorted. JSON null gives the cleared value. Aliases give the field's own name. Decode
// checks each value alone; CheckCreate, CheckAmend and CheckState check values together.
func (k *Kind) Decode(fields []byte) (Values, Faults) {
	d := decoder{kind: k, scanner: scanner{b: fields}}
	d.values = make(Values, 0, min(bytes.Count(fields, []byte{','})+1, len(k.Fields)))
	if err := d.decodeObject(); err != nil {
		d.faults = append(d.faults, say(FaultJSON, ""))
	}
	if !slices.IsSortedFunc(d.values, byName) {
		d.values.Sort()
	}
	return d.values, d.faults
}

func byName(a, b Named) int { return strings.Compare(a.Name, b.Name) }

type decoder struct {
	scanner
	kind   *Kind
	values Values
	faults Faults
	seen   uint64 // a bit for each field; load refuses kinds with more than 64
}

func (d *decoder) decodeObject() error {
	if !d.accept('{') {
		return errJSON
	}
	if !d.accept('}') {
		if err := d.decodeMembers(); err != nil {
			return err
		}
	}
	if d.peek() != 0 || d.i < len(d.b) {
		return errJSON
	}
	return nil
}

func (d *decoder) decodeMembers() error {
	for {
		if err := d.decodeMember(); err != nil {
			return err
		}
		if d.accept('}') {
			return nil
		}
		if !d.accept(',') {
			return errJSON
		}
	}
}

func (d *decoder) decodeMember() error {
	if d.peek() != '"' {
		return errJSON
	}
	name, err := d.readString()
	if err != nil || !d.accept(':') {
		return errJSON
	}
	key, err := name.unquote()
	if errors.Is(err, errJSON) {
		return err
	}
	f, ok := d.kind.fields[string(key)]
	if err != nil || !ok {
		d.faults = append(d.faults, unknownFieldFault(strings.ToValidUTF8(string(key), "?")))
		return d.skipValue(0)
	}
	if bit := uint64(1) << f.index; d.seen&bit == 0 {
		d.seen |= bit
		return d.decodeValue(f)
	}
	d.faults = append(d.faults, f.fault(FaultDuplicate))
	return d.skipValue(0)
}

// decodeValue reads a known field's value. Only broken JSON is an error; the rest are faults.
func (d *decoder) decodeValue(f *Field) error {
	c := d.peek()
	if c == 'n' && d.acceptLiteral("null") {
		d.addValue(f, Value{}, nil)
		return nil
	}
	switch {
	case f.Type == TypeList && c == '[':
		return d.decodeList(f)
	case f.Type == TypeBool && d.acceptLiteral("true"):
		d.addValue(f, Value{Type: TypeBool, I: 1}, nil)
	case f.Type == TypeBool && d.acceptLiteral("false"):
		d.addValue(f, Value{Type: TypeBool}, nil)
	case (f.Type == TypeInt || f.Type == TypeDecimal) && (c == '-' || c >= '0' && c <= '9'):
		n, err := d.readNumber()
		if err != nil {
			return err
		}
		v, wrong := f.readNumber(n)
		d.addValue(f, v, wrong)
	case c == '"' && f.Type != TypeInt && f.Type != TypeBool && f.Type != TypeList:
		t, err := d.readString()
		if err != nil {
			return err
		}
		return d.decodeString(f, t)
	default:
		d.faults = append(d.faults, f.typeFault())
		return d.skipValue(0)
	}
	return nil
}

func (d *decoder) addValue(f *Field, v Value, wrong *Fault) {
	if wrong != nil {
		d.faults = append(d.faults, *wrong)
		return
	}
	d.values = append(d.values, Named{f.Name, v})
}

func (d *decoder) decodeString(f *Field, t jsonString) error {
	s, err := t.unquote()
	switch {
	case err == nil:
		v, wrong := f.readValue(s, t.ascii)
		d.addValue(f, v, wrong)
	case errors.Is(err, errNotText):
		d.faults = append(d.faults, f.notTextFault())
	default:
		return err
	}
	return nil
}

// decodeList reads a list of strings; all elements of another type together are a single fault.
func (d *decoder) decodeList(f *Field) error {
	start := d.i
	var items []string
	d.i++
	for more := !d.accept(']'); more; more = !d.accept(']') {
		if len(items) > 0 && !d.accept(',') {
			return errJSON
		}
		if d.peek() != '"' {
			d.i = start
			d.faults = append(d.faults, f.typeFault())
			return d.skipValue(0)
		}
		t, err := d.readString()
		if err != nil {
			return err
		}
		item, err := t.unquote()
		if errors.Is(err, errJSON) {
			return err
		}
		if err != nil {
			item = []byte{0} // refused as not a text below
		}
		items = append(items, string(item))
	}
	v, wrong := f.readList(items)
	d.addValue(f, v, wrong)
	return nil
}
