package merge

import (
	"encoding/binary"

	"roadbook/schema"
	"roadbook/sync/wire"
)

// The stored form of a state, version 3. Numbers are varints unless said otherwise. Version 2 had no sender and no share: an
// observation of it may speak about every record. Version 1 had no moment either: the device's own hybrid time stands for
// it. Version 1 is only read, and version 2 only written again, until the record is derived anew.
//
//	state  = version (1 byte) count id… body…
//	id     = mark (1 byte) [device epoch] [seq hash]   the mark tells which parts are left out (markRecord …)
//	body   = flags hlc(8 bytes) [moment − hlc, zigzag ms] act kind grade officer [item] [seen count, refs] [fields count, values] [group] [reason] [share] [sender]
//	sender = by its flags: nothing; or hq (1 byte) units
//	share, units = count texts
//	value  = name type [number, zigzag] [text]
//	ref    = 0 id | 1: the record itself | n+2: the n-th observation of this state
//	act, kind, grade, names, codes = words: number in the dictionary, or 0xff length bytes
//	other texts = length bytes
//
// The bytes are a function of the set of observations: equal states give equal bytes. The record's id is left out.
const (
	version        = 3
	withoutSenders = 2
	withoutMoments = 1
)

// Marks of an id.
const (
	markRecord = 1 // the record's own id: nothing follows
	markStream = 2 // same stream as the id before: only seq and hash follow
	markFull   = 3
)

// Flags of a body: optional parts that are present.
const (
	hasItem = 1 << iota
	hasSeen
	hasFields
	hasGroup
	hasReason
	hasShare
)

// The sender of an observation, in the two bits of its flags behind the optional parts. Most devices have been given one
// unit, the unit of the records about which they speak: such a sender takes no room.
const (
	senderBits  = 6
	ofOneUnit   = 0 // the unit that the create of this state names
	ofAnyone    = 1 // may speak about every record
	ofHQ        = 2 // the same, by HQ
	senderSpelt = 3
)

// Encode writes a state compactly. record is the id of the state's record; Decode needs the same id.
func Encode(s *State, record string) []byte {
	size := 2
	for i := range s.Obs {
		size += 72 + 40*len(s.Obs[i].Seen) + 10*len(s.Obs[i].Fields)
	}
	return AppendEncode(make([]byte, 0, size), s, record)
}

// AppendEncode appends the bytes of Encode to dst.
func AppendEncode(dst []byte, s *State, record string) []byte {
	e := encoder{b: append(dst, s.form()), obs: s.Obs, record: record, older: s.Older}
	e.num(uint64(len(s.Obs)))
	for i := range s.Obs {
		e.id(s.Obs[i].ID)
	}
	e.unit = unitOfCreate(s.Obs, record)
	for i := range s.Obs {
		e.body(&s.Obs[i])
	}
	return e.b
}

// form is the version in which a state is written. An older state stays one: its observations have no senders and no share.
func (s *State) form() byte {
	if s.Older {
		return withoutSenders
	}
	return version
}

// unitOfCreate is the unit that the record's create names; "" without one.
func unitOfCreate(obs []Obs, record string) string {
	i := createOf(obs, record)
	if i < 0 {
		return ""
	}
	unit, _ := obs[i].Fields.Get("unit")
	return unit.S
}

type encoder struct {
	b      []byte
	obs    []Obs
	record string
	stream wire.StreamID // stream of the id written last
	unit   string        // of the record's create
	older  bool          // in the form without senders
}

func (e *encoder) num(n uint64) { e.b = binary.AppendUvarint(e.b, n) }

func (e *encoder) text(s string) {
	e.num(uint64(len(s)))
	e.b = append(e.b, s...)
}

func (e *encoder) word(s string) {
	if s == "" {
		e.b = append(e.b, 0)
		return
	}
	if n, ok := dictionaryIndex[s]; ok {
		e.b = append(e.b, n)
		return
	}
	e.b = append(e.b, literal)
	e.text(s)
}

func (e *encoder) id(id wire.ObsID) {
	switch {
	case isRecord(id, e.record):
		e.b = append(e.b, markRecord)
		e.stream = id.Stream()
		return
	case id.Stream() == e.stream:
		e.b = append(e.b, markStream)
	default:
		e.b = append(e.b, markFull)
		e.text(id.Device)
		e.text(id.Epoch)
		e.stream = id.Stream()
	}
	e.num(id.Seq)
	e.b = append(e.b, id.Hash[:]...)
}

func (e *encoder) ref(id wire.ObsID) {
	if isRecord(id, e.record) {
		e.num(1)
		return
	}
	s := State{Obs: e.obs}
	if i, ok := s.find(id); ok {
		e.num(uint64(i) + 2)
		return
	}
	e.num(0)
	e.id(id)
}

func (e *encoder) body(o *Obs) {
	sender := e.senderForm(o.Sender)
	e.b = append(e.b, flags(o)|sender<<senderBits)
	e.b = binary.BigEndian.AppendUint64(e.b, uint64(o.HLC))
	e.b = binary.AppendVarint(e.b, o.Moment-o.HLC.Ms())
	e.word(string(o.Act))
	e.word(o.Kind)
	e.word(string(o.Grade))
	e.text(o.Officer)
	if !o.Item.IsZero() {
		e.ref(o.Item)
	}
	if len(o.Seen) > 0 {
		e.num(uint64(len(o.Seen)))
		for _, id := range o.Seen {
			e.ref(id)
		}
	}
	if len(o.Fields) > 0 {
		e.num(uint64(len(o.Fields)))
		for i := range o.Fields {
			e.value(&o.Fields[i])
		}
	}
	if o.Group != "" {
		e.text(o.Group)
	}
	if o.Reason != "" {
		e.text(o.Reason)
	}
	if len(o.Share) > 0 {
		e.texts(o.Share)
	}
	if sender == senderSpelt {
		hq := byte(0)
		if o.Sender.HQ() {
			hq = 1
		}
		e.b = append(e.b, hq)
		e.texts(o.Sender.Units())
	}
}

func (e *encoder) senderForm(s Sender) byte {
	switch {
	case e.older:
		return 0
	case s.Units() == nil && s.HQ():
		return ofHQ
	case s.Units() == nil:
		return ofAnyone
	case !s.HQ() && len(s.Units()) == 1 && e.unit != "" && s.Units()[0] == e.unit:
		return ofOneUnit
	}
	return senderSpelt
}

func (e *encoder) texts(all []string) {
	e.num(uint64(len(all)))
	for _, text := range all {
		e.text(text)
	}
}

func flags(o *Obs) (f byte) {
	if !o.Item.IsZero() {
		f |= hasItem
	}
	if len(o.Seen) > 0 {
		f |= hasSeen
	}
	if len(o.Fields) > 0 {
		f |= hasFields
	}
	if o.Group != "" {
		f |= hasGroup
	}
	if o.Reason != "" {
		f |= hasReason
	}
	if len(o.Share) > 0 {
		f |= hasShare
	}
	return f
}

func (e *encoder) value(n *schema.Named) {
	e.word(n.Name)
	e.b = append(e.b, byte(n.Value.Type))
	number, text := usedParts(n.Value.Type)
	if number {
		e.b = binary.AppendVarint(e.b, n.Value.I)
	}
	switch {
	case n.Value.Type == schema.TypeCode:
		e.word(n.Value.S)
	case text:
		e.text(n.Value.S)
	}
}

// usedParts tells which parts of a Value a type uses. For an unknown type both parts are kept.
func usedParts(t schema.Type) (number, text bool) {
	switch t {
	case 0:
		return false, false
	case schema.TypeInt, schema.TypeBool, schema.TypeTime, schema.TypeDay:
		return true, false
	case schema.TypeText, schema.TypeDecimal, schema.TypeCode, schema.TypePlate, schema.TypeRecord, schema.TypeList:
		return false, true
	default:
		return true, true
	}
}
