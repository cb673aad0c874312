package merge

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"roadbook/schema"
	"roadbook/sync/clock"
	"roadbook/sync/wire"
)

// ErrCorrupt is the error of Decode: Encode did not write these bytes for this record.
var ErrCorrupt = errors.New("merge: corrupt record state")

// Decode reads the bytes that Encode wrote for the same record. It keeps no reference to b. Its error wraps ErrCorrupt.
func Decode(b []byte, record string) (State, error) {
	if len(b) == 0 || b[0] < withoutMoments || b[0] > version {
		return State{}, fmt.Errorf("%w: no version %d", ErrCorrupt, version)
	}
	d := decoder{b: string(b[1:]), record: record, version: b[0]}
	s := State{Obs: d.observations(), Older: d.version != version}
	if d.corrupt || len(d.b) > 0 {
		return State{}, fmt.Errorf("%w: record %.60q, %d bytes", ErrCorrupt, record, len(b))
	}
	return s, nil
}

// decoder consumes b from the front. After the first malformed part, corrupt is set and all reads return zero values.
type decoder struct {
	b       string // all texts of the state share this memory
	record  string
	own     wire.ObsID // the parsed id of record, filled when first needed
	stream  wire.StreamID
	obs     []Obs
	version byte
	corrupt bool
}

func (d *decoder) observations() []Obs {
	n := d.count(20) // 20 bytes: a mark and the smallest body
	if n == 0 {
		return nil
	}
	d.obs = make([]Obs, n)
	for i := range d.obs {
		d.obs[i].ID = d.id()
		if i > 0 && d.obs[i-1].ID.Compare(d.obs[i].ID) >= 0 {
			d.corrupt = true
		}
	}
	senders := make([]byte, n)
	for i := range d.obs {
		senders[i] = d.body(&d.obs[i])
	}
	if unit := unitOfCreate(d.obs, d.record); slices.Contains(senders, ofOneUnit) {
		d.corrupt = d.corrupt || unit == ""
		one := Sender{&standing{units: []string{unit}}}
		for i, form := range senders {
			if form == ofOneUnit {
				d.obs[i].Sender = one
			}
		}
	}
	return d.obs
}

// take removes n bytes from the front and returns them.
func (d *decoder) take(n uint64) string {
	if d.corrupt || n > uint64(len(d.b)) {
		d.corrupt = true
		return ""
	}
	out := d.b[:n]
	d.b = d.b[n:]
	return out
}

func (d *decoder) byte() byte {
	if s := d.take(1); s != "" {
		return s[0]
	}
	return 0
}

func (d *decoder) num() (n uint64) {
	for shift := 0; shift < 64; shift += 7 {
		c := d.byte()
		n |= uint64(c&0x7f) << shift
		if c < 0x80 {
			return n
		}
	}
	d.corrupt = true
	return 0
}

func (d *decoder) signed() int64 {
	n := d.num()
	return int64(n>>1) ^ -int64(n&1)
}

// count reads the number of following elements, each of at least size bytes. A number beyond the remaining bytes is
// corrupt, so hostile bytes cannot cause a large allocation.
func (d *decoder) count(size int) int {
	n := d.num()
	if n > uint64(len(d.b)/size+1) {
		d.corrupt = true
	}
	if d.corrupt {
		return 0
	}
	return int(n)
}

func (d *decoder) text() string { return d.take(d.num()) }

func (d *decoder) word() string {
	switch n := d.byte(); {
	case n == 0:
		return ""
	case n == literal:
		return d.text()
	case int(n) <= len(dictionary):
		return dictionary[n-1]
	default:
		d.corrupt = true
		return ""
	}
}

func (d *decoder) id() (id wire.ObsID) {
	switch d.byte() {
	case markRecord:
		id = d.recordID()
		d.stream = id.Stream()
		return id
	case markStream:
	case markFull:
		d.stream = wire.StreamID{Device: d.text(), Epoch: d.text()}
	default:
		d.corrupt = true
	}
	id.Device, id.Epoch = d.stream.Device, d.stream.Epoch
	id.Seq = d.num()
	copy(id.Hash[:], d.take(uint64(len(id.Hash))))
	return id
}

func (d *decoder) recordID() wire.ObsID {
	if d.own.IsZero() {
		own, err := wire.ParseObsID(d.record)
		if err != nil {
			d.corrupt = true
		}
		d.own = own
	}
	return d.own
}

func (d *decoder) ref() wire.ObsID {
	switch n := d.num(); {
	case n == 0:
		return d.id()
	case n == 1:
		return d.recordID()
	case n-2 < uint64(len(d.obs)):
		return d.obs[n-2].ID
	default:
		d.corrupt = true
		return wire.ObsID{}
	}
}

// body reads the parts of an observation behind its id, and returns the form of its sender.
func (d *decoder) body(o *Obs) (sender byte) {
	flags := d.byte()
	if hlc := d.take(8); hlc != "" {
		o.HLC = clock.HLC(binary.BigEndian.Uint64([]byte(hlc)))
	}
	if o.Moment = o.HLC.Ms(); d.version > withoutMoments {
		o.Moment += d.signed()
	}
	o.Act = wire.Act(d.word())
	o.Kind = d.word()
	o.Grade = clock.Grade(d.word())
	o.Officer = d.text()
	if flags&hasItem != 0 {
		o.Item = d.ref()
	}
	if flags&hasSeen != 0 {
		o.Seen = make([]wire.ObsID, d.count(1))
		for i := range o.Seen {
			o.Seen[i] = d.ref()
		}
	}
	if flags&hasFields != 0 {
		o.Fields = make(schema.Values, d.count(2))
		for i := range o.Fields {
			o.Fields[i] = schema.Named{Name: d.word(), Value: d.value()}
		}
	}
	if flags&hasGroup != 0 {
		o.Group = d.text()
	}
	if flags&hasReason != 0 {
		o.Reason = d.text()
	}
	if d.version <= withoutSenders {
		return ofAnyone
	}
	if flags&hasShare != 0 {
		o.Share = d.texts()
	}
	switch sender = flags >> senderBits; sender {
	case ofHQ:
		o.Sender = FromHQ()
	case senderSpelt:
		hq := d.byte() != 0
		o.Sender = Sender{&standing{hq, d.texts()}}
	}
	return sender
}

func (d *decoder) texts() []string {
	all := make([]string, d.count(1))
	for i := range all {
		all[i] = d.text()
	}
	return all
}

func (d *decoder) value() (v schema.Value) {
	v.Type = schema.Type(d.byte())
	number, text := usedParts(v.Type)
	if number {
		v.I = d.signed()
	}
	switch {
	case v.Type == schema.TypeCode:
		v.S = d.word()
	case text:
		v.S = d.text()
	}
	return v
}
