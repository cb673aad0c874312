package wire

import (
	"strconv"
	"unicode/utf8"

	"roadbook/schema"
	"roadbook/sync/clock"
)

// The codes of faults found before the line's kind is known (append-only).
const (
	FaultUnparsable = "unparsable" // not a line of this protocol
	FaultTooLarge   = "too_large"  // the line travelled as its hash
)

// ParseLine reads a line as sent. It is strict: one JSON object in UTF-8 with known members only, each at most once and
// of its type; v, kind, act, clock.hlc and clock.boot are required. Otherwise ParseLine returns one fault (unparsable,
// or too_large for a tombstone) and l is empty. l.Fields aliases raw. A caller may reuse l for the next line, to save
// memory; strings already taken from l stay valid. ParseLine does not check the meaning of the members; the kind's
// rules check the fields.
func ParseLine(raw []byte, l *Line) *schema.Fault {
	f := parseLine(raw, l)
	if f != nil {
		*l = Line{}
	}
	return f
}

func parseLine(raw []byte, l *Line) *schema.Fault {
	if _, ok := IsTombstone(raw); ok {
		return &schema.Fault{Code: FaultTooLarge, Message: schema.Text{
			ZH: "该条记录过大，只送达了它的指纹", EN: "too large: only its hash arrived"}}
	}
	if !utf8.Valid(raw) {
		return unparsable("不是 UTF-8 文本", "not UTF-8")
	}
	p := lineParser{scanner: scanner{b: raw}, l: l}
	l.Clock.Known, l.Clock.Base, l.Clock.Mono, l.Clock.Wall = 0, 0, 0, 0
	l.Seen, l.Auto, l.Share, l.Fields = nil, nil, nil, nil
	p.eachMember(p.member)
	p.expectEnd()
	if p.bad {
		at := strconv.Itoa(p.i)
		return unparsable("第 "+at+" 字节处无法解析", "cannot be read at byte "+at)
	}
	if p.seen&requiredMembers != requiredMembers || !isID(l.Clock.Boot, BootLen) {
		return unparsable("缺少 v、kind、act 或 clock", "v, kind, act or clock is missing")
	}
	p.clearAbsent()
	return nil
}

func unparsable(zh, en string) *schema.Fault {
	return &schema.Fault{Code: FaultUnparsable, Message: schema.Text{ZH: zh, EN: en}}
}

// The members of a line, as bits of lineParser.seen.
const (
	hasV = 1 << iota
	hasKind
	hasAct
	hasCatalogue
	hasOfficer
	hasClock
	hasRecord
	hasItem
	hasSeen
	hasAuto
	hasReason
	hasGroup
	hasTarget
	hasFields
	hasHLC
	hasBoot
	hasMono
	hasWall
	hasKnown
	hasBase
	hasShare

	requiredMembers = hasV | hasKind | hasAct | hasHLC | hasBoot
)

type lineParser struct {
	scanner
	l    *Line
	seen uint32
}

// noteMember notes a member and fails at its second occurrence.
func (p *lineParser) noteMember(bit uint32) {
	if p.seen&bit != 0 {
		p.fail()
	}
	p.seen |= bit
}

func (p *lineParser) member(key []byte) {
	l := p.l
	switch string(key) {
	case "v":
		p.noteMember(hasV)
		l.V = int(p.integer())
	case "kind":
		p.string(hasKind, &l.Kind)
	case "act":
		p.noteMember(hasAct)
		l.Act = parseAct(p.text())
	case "clock":
		p.noteMember(hasClock)
		p.eachMember(p.clockMember)
	case "seen":
		p.strings(hasSeen, &l.Seen)
	case "auto":
		p.strings(hasAuto, &l.Auto)
	case "fields":
		p.fields()
	default:
		p.rareMember(key)
	}
}

func (p *lineParser) rareMember(key []byte) {
	l := p.l
	switch string(key) {
	case "catalogue":
		p.string(hasCatalogue, &l.Catalogue)
	case "officer":
		p.string(hasOfficer, &l.Officer)
	case "record":
		p.string(hasRecord, &l.Record)
	case "item":
		p.string(hasItem, &l.Item)
	case "reason":
		p.string(hasReason, &l.Reason)
	case "group":
		p.string(hasGroup, &l.Group)
	case "target":
		p.string(hasTarget, &l.Target)
	case "share":
		p.strings(hasShare, &l.Share)
	default:
		p.fail()
	}
}

func (p *lineParser) clockMember(key []byte) {
	c := &p.l.Clock
	switch string(key) {
	case "hlc":
		p.noteMember(hasHLC)
		v, ok := parseUint(p.text())
		if !ok {
			p.fail()
		}
		c.HLC = clock.HLC(v)
	case "boot":
		p.string(hasBoot, &c.Boot)
	case "mono":
		p.int(hasMono, &c.Mono)
	case "wall":
		p.int(hasWall, &c.Wall)
	case "known":
		p.int(hasKnown, &c.Known)
	case "base":
		p.int(hasBase, &c.Base)
	default:
		p.fail()
	}
}

func (p *lineParser) fields() {
	p.noteMember(hasFields)
	p.l.Fields = p.value(1)
	if !p.bad && p.l.Fields[0] != '{' {
		p.fail()
	}
}

func (p *lineParser) int(bit uint32, dst *int64) {
	p.noteMember(bit)
	*dst = p.integer()
}

// string keeps an equal string in dst and so saves an allocation: lines of one frame repeat most values.
func (p *lineParser) string(bit uint32, dst *string) {
	p.noteMember(bit)
	if b := p.text(); *dst != string(b) {
		*dst = string(b)
	}
}

func (p *lineParser) strings(bit uint32, dst *[]string) {
	p.noteMember(bit)
	p.eachElement(func() { *dst = append(*dst, string(p.text())) })
}

func (p *lineParser) clearAbsent() {
	l := p.l
	for _, m := range [...]struct {
		bit uint32
		dst *string
	}{
		{hasCatalogue, &l.Catalogue}, {hasOfficer, &l.Officer}, {hasRecord, &l.Record},
		{hasItem, &l.Item}, {hasReason, &l.Reason}, {hasGroup, &l.Group}, {hasTarget, &l.Target},
	} {
		if p.seen&m.bit == 0 {
			*m.dst = ""
		}
	}
}

// parseAct returns the act of a name without allocating for the known ones.
func parseAct(name []byte) Act {
	for _, a := range [...]Act{Create, Amend, Void, Restore, Link, Separate, Review, Release} {
		if string(name) == string(a) {
			return a
		}
	}
	return Act(name)
}
