package reconcile

import (
	"encoding/binary"
	"slices"

	"roadbook/schema"
)

// packed are the values of an entry in few bytes, in the order of their names. Of each: the field's place in its kind, the type, the
// number, and the text with its length. A number that people type is followed by its fold, if the fold differs.
type packed string

// isFold is the type of a fold.
const isFold schema.Type = 255

func pack(k *schema.Kind, values schema.Values) packed {
	var out []byte
	add := func(place int, v schema.Value) {
		out = append(out, byte(place), byte(v.Type))
		out = binary.AppendVarint(out, v.I)
		out = append(binary.AppendUvarint(out, uint64(len(v.S))), v.S...)
	}
	for _, v := range values {
		place := slices.IndexFunc(k.Fields, func(f *schema.Field) bool { return f.Name == v.Name })
		if place < 0 || v.Value.IsZero() {
			continue
		}
		add(place, v.Value)
		if !slices.Contains(numberFields, v.Name) {
			continue
		}
		if text := foldNumber(v.Value.S); text != v.Value.S {
			add(place, schema.Value{Type: isFold, S: text})
		}
	}
	return packed(out)
}

// value is the value of a field, the zero value for none.
func (p packed) value(k *schema.Kind, name string) schema.Value {
	for len(p) > 0 {
		place, v, rest := p.next()
		if v.Type != isFold && k.Fields[place].Name == name {
			return v
		}
		p = rest
	}
	return schema.Value{}
}

// fold is the fold of a number; ok is false where the number is its own, or missing.
func (p packed) fold(k *schema.Kind, name string) (text string, ok bool) {
	for len(p) > 0 {
		place, v, rest := p.next()
		if v.Type == isFold && k.Fields[place].Name == name {
			return v.S, true
		}
		p = rest
	}
	return "", false
}

func (p packed) next() (place byte, v schema.Value, rest packed) {
	place, v.Type = p[0], schema.Type(p[1])
	number, p := p[2:].uvarint()
	v.I = int64(number>>1) ^ -int64(number&1)
	size, p := p.uvarint()
	v.S = string(p[:size])
	return place, v, p[size:]
}

// uvarint reads a number from the front: binary.Uvarint wants bytes.
func (p packed) uvarint() (n uint64, rest packed) {
	for i, shift := 0, 0; ; i, shift = i+1, shift+7 {
		n |= uint64(p[i]&0x7f) << shift
		if p[i] < 0x80 {
			return n, p[i+1:]
		}
	}
}
