package query

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"roadbook/schema"
	"roadbook/server/store"
	"roadbook/sync/clock"
	"roadbook/sync/tally"
	"roadbook/sync/wire"
)

// FoundUnit is the unit of a typed text.
type FoundUnit struct {
	Unit
	New      bool // nobody knew the unit
	Recorded bool // known from records alone, from no register, device or code
}

// FindUnit finds a unit by its code, or by a name that the register of units gives it. A code of a mistyped unit would
// found a unit that nobody meant: a unit that nobody knows, or one that has ended, is refused unless accept is set.
// Where no unit is known at all, any valid name is taken. given are the units of devices and enrollment codes.
func (q *Query) FindUnit(ctx context.Context, typed string, given []string, accept bool) (*FoundUnit, error) {
	k, err := q.readKnownUnits(ctx, given)
	if err != nil {
		return nil, err
	}
	code, err := k.find(typed)
	if err != nil {
		return nil, err
	}
	if code == "" {
		return q.findUnlisted(ctx, k, typed, accept)
	}
	if from := k.ledger.endOf(code, k.today); from != 0 && !accept {
		return nil, k.refuseEnded(code, from)
	}
	return &FoundUnit{Unit: k.unit(code), Recorded: k.sources[code] == fromRecord}, nil
}

// findUnlisted takes the text as a code that is in no list: a unit of incomplete records has no sums, and so no place
// among the known units.
func (q *Query) findUnlisted(ctx context.Context, k *knownUnits, typed string, accept bool) (*FoundUnit, error) {
	code, wrong := schema.UnitName(typed)
	if wrong != nil {
		return nil, badRequest(wrong.Message.ZH, wrong.Message.EN)
	}
	recorded, err := q.hasRecords(ctx, code)
	if err != nil {
		return nil, err
	}
	if !recorded && !accept && !k.isEmpty() {
		return nil, k.refuseUnknown(code)
	}
	return &FoundUnit{Unit: Unit{Code: code}, New: !recorded, Recorded: recorded}, nil
}

// source says from where a unit is known; the greater one tells more.
type source uint8

const (
	fromRecord source = iota + 1
	fromDevice        // or from a code
	fromLedger
	fromProgram // HQ
)

// knownUnits are the units named by anything, by code.
type knownUnits struct {
	sources map[string]source
	ledger  *ledger
	today   clock.Day
}

func (q *Query) readKnownUnits(ctx context.Context, given []string) (*knownUnits, error) {
	k := &knownUnits{sources: map[string]source{schema.HQUnit: fromProgram}, ledger: newLedger(), today: q.today()}
	if err := q.eachCountingRecord(ctx, kindUnit, k.ledger.addUnit); err != nil {
		return nil, err
	}
	k.ledger.sortEntries()
	sums, err := withTimeout(ctx, q, func(ctx context.Context) ([]tally.Sum, error) {
		return q.cfg.Store.Sums(ctx, store.SumQuery{To: 9999_12_31, ByUnit: true})
	})
	for _, s := range sums {
		k.add(s.Unit, fromRecord)
	}
	for _, code := range given {
		k.add(code, fromDevice)
	}
	for code := range k.ledger.units {
		k.add(code, fromLedger)
	}
	return k, err
}

// add leaves out a name that no line carries: a program of before made codes for such names.
func (k *knownUnits) add(code string, from source) {
	if _, wrong := schema.UnitName(code); wrong == nil {
		k.sources[code] = max(k.sources[code], from)
	}
}

// isEmpty reports whether HQ is the only known unit: the server is new.
func (k *knownUnits) isEmpty() bool { return len(k.sources) == 1 }

func (k *knownUnits) unit(code string) Unit { return Unit{code, k.ledger.unitName(code, k.today)} }

// find is the code meant by the text, "" for none. Several units of one name are refused.
func (k *knownUnits) find(typed string) (code string, err error) {
	code, wrong := schema.UnitName(typed)
	if wrong == nil && k.sources[code] != 0 {
		return code, nil
	}
	found := k.named(typed)
	if len(found) > 1 {
		zh, en := joinNames(found)
		return "", badRequest("“"+typed+"”是几个单位的名称，请改填单位代码："+zh, "“"+typed+"” names several units, so give a code: "+en)
	}
	return strings.Join(found, ""), nil
}

// named lists the units of a name, by code. A name of today comes before a name of former days or of a unit that has ended. A
// code in another letter case counts as a name.
func (k *knownUnits) named(typed string) (codes []string) {
	var former []string
	want := foldUnit(typed)
	for _, code := range slices.Sorted(maps.Keys(k.sources)) {
		u := k.unit(code)
		switch now := foldUnit(u.Name) == want || foldUnit(code) == want; {
		case want == "":
		case now && k.ledger.endOf(code, k.today) == 0:
			codes = append(codes, code)
		case now || slices.ContainsFunc(k.ledger.units[code], func(e unitEntry) bool { return foldUnit(e.name) == want }):
			former = append(former, code)
		}
	}
	if len(codes) == 0 {
		return former
	}
	return codes
}

// foldUnit is the form in which names of units are compared: neither letter case nor white space matters.
func foldUnit(name string) string {
	return strings.Join(strings.Fields(strings.ToLower(schema.CleanName(name))), "")
}

// endOf is the day from which a unit has ended by the register, 0 if it has not.
func (l *ledger) endOf(code string, today clock.Day) clock.Day {
	es := l.units[code]
	if len(es) == 0 || es[len(es)-1].to == 0 || es[len(es)-1].to > today {
		return 0
	}
	return es[len(es)-1].to
}

func (k *knownUnits) refuseEnded(code string, from clock.Day) error {
	u := k.unit(code).Shown()
	return refuseUnit(wire.CodeUnitEnded, u+"，自 "+from.String()+" 起", u+", from "+from.String()+" on")
}

func (k *knownUnits) refuseUnknown(code string) error {
	var names []string
	for _, near := range k.nearest(code) {
		names = append(names, k.unit(near).Shown())
	}
	zh, en := joinNames(names)
	return refuseUnit(wire.CodeUnknownUnit, "“"+code+"”。最相近的单位："+zh, "“"+code+"”. The nearest units: "+en)
}

func refuseUnit(code, zh, en string) error {
	e := wire.Refuse(code, "")
	e.Message.ZH += "：" + zh
	e.Message.EN += ": " + en
	return e
}

// NeedsNew reports whether err is FindUnit's refusal of a unit that it would accept as new.
func NeedsNew(err error) (refusal *wire.Error, ok bool) {
	refusal, ok = errors.AsType[*wire.Error](err)
	return refusal, ok && (refusal.Code == wire.CodeUnknownUnit || refusal.Code == wire.CodeUnitEnded)
}

// Shown writes a unit for people: its code, and the name that it has.
func (u Unit) Shown() string { return strings.TrimSpace(u.Code + " " + u.Name) }
