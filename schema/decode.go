package schema

import (
	"bytes"
	"errors"
	"slices"
	"strings"
)

// Decode reads the "fields" object of a line. Every fault is reported, with its field; the values that are in order
// come back all the same, canonical and sorted. JSON null gives the cleared value. Aliases give the field's own name.
// It looks at each value alone: CheckCreate, CheckAmend and CheckState look at them together.
func (k *Kind) Decode(fields []byte) (Values, Faults) {
	d := decoder{kind: k, scanner: scanner{b: fields}}
	d.values = make(Values, 0, min(bytes.Count(fields, []byte{','})+1, len(k.Fields)))
	if err := d.object(); err != nil {
		d.faults = append(d.faults, fault(FaultJSON, "", "内容不是有效的 JSON 对象", "the fields are not one valid JSON object"))
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
	seen   uint64 // one bit a field; load refuses kinds with more than 64
}

func (d *decoder) object() error {
	if !d.eat('{') {
		return errJSON
	}
	if !d.eat('}') {
		if err := d.members(); err != nil {
			return err
		}
	}
	if d.peek() != 0 || d.i < len(d.b) {
		return errJSON
	}
	return nil
}

func (d *decoder) members() error {
	for {
		if err := d.member(); err != nil {
			return err
		}
		if d.eat('}') {
			return nil
		}
		if !d.eat(',') {
			return errJSON
		}
	}
}

func (d *decoder) member() error {
	if d.peek() != '"' {
		return errJSON
	}
	name, err := d.str()
	if err != nil || !d.eat(':') {
		return errJSON
	}
	key, err := name.unquote()
	if errors.Is(err, errJSON) {
		return err
	}
	f, ok := d.kind.fields[string(key)]
	if err != nil || !ok {
		d.faults = append(d.faults, unknownField(strings.ToValidUTF8(string(key), "?")))
		return d.skip(0)
	}
	if bit := uint64(1) << f.index; d.seen&bit == 0 {
		d.seen |= bit
		return d.value(f)
	}
	d.faults = append(d.faults, f.fault(FaultDuplicate, "重复出现", "stands more than once"))
	return d.skip(0)
}

// value reads a known field's value. Only broken JSON is an error; the rest are faults.
func (d *decoder) value(f *Field) error {
	c := d.peek()
	if c == 'n' && d.word("null") {
		d.add(f, Value{}, nil)
		return nil
	}
	switch {
	case f.Type == TypeList && c == '[':
		return d.list(f)
	case f.Type == TypeBool && d.word("true"):
		d.add(f, Value{Type: TypeBool, I: 1}, nil)
	case f.Type == TypeBool && d.word("false"):
		d.add(f, Value{Type: TypeBool}, nil)
	case (f.Type == TypeInt || f.Type == TypeDecimal) && (c == '-' || c >= '0' && c <= '9'):
		n, err := d.number()
		if err != nil {
			return err
		}
		v, wrong := f.readNumber(n)
		d.add(f, v, wrong)
	case c == '"' && f.Type != TypeInt && f.Type != TypeBool && f.Type != TypeList:
		t, err := d.str()
		if err != nil {
			return err
		}
		return d.string(f, t)
	default:
		d.faults = append(d.faults, f.wrongType())
		return d.skip(0)
	}
	return nil
}

func (d *decoder) add(f *Field, v Value, wrong *Fault) {
	if wrong != nil {
		d.faults = append(d.faults, *wrong)
		return
	}
	d.values = append(d.values, Named{f.Name, v})
}

func (d *decoder) string(f *Field, t text) error {
	s, err := t.unquote()
	switch {
	case err == nil:
		v, wrong := f.read(s, t.ascii)
		d.add(f, v, wrong)
	case errors.Is(err, errText):
		d.faults = append(d.faults, f.badText())
	default:
		return err
	}
	return nil
}

// list reads a list of strings; elements that are not strings are one fault.
func (d *decoder) list(f *Field) error {
	start := d.i
	var items []string
	d.i++
	for more := !d.eat(']'); more; more = !d.eat(']') {
		if len(items) > 0 && !d.eat(',') {
			return errJSON
		}
		if d.peek() != '"' {
			d.i = start
			d.faults = append(d.faults, f.wrongType())
			return d.skip(0)
		}
		t, err := d.str()
		if err != nil {
			return err
		}
		item, err := t.unquote()
		if errors.Is(err, errJSON) {
			return err
		}
		if err != nil {
			item = []byte{0} // refused as a text below
		}
		items = append(items, string(item))
	}
	v, wrong := f.readList(items)
	d.add(f, v, wrong)
	return nil
}
