package query

import (
	"context"
	"maps"
	"slices"
	"strings"

	"roadbook/server/store"
	"roadbook/sync/clock"
	"roadbook/sync/tally"
)

// Unit is a unit with its name.
type Unit struct {
	Code string `json:"code"`
	Name string `json:"name,omitempty"`
}

// Units lists the units of the unit ledger and of the devices, by code, with their names at the end of a day (0:
// now).
func (q *Query) Units(ctx context.Context, at clock.Day) ([]Unit, error) {
	s, err := q.takeSnapshot(ctx)
	if err != nil {
		return nil, err
	}
	if at == 0 {
		at = q.today()
	}
	out := []Unit{}
	for _, code := range s.unitCodes() {
		out = append(out, Unit{code, s.ledger.unitName(code, at)})
	}
	return out, nil
}

func (s *snapshot) unitCodes() []string {
	set := map[string]bool{}
	for code := range s.ledger.units {
		set[code] = true
	}
	for _, r := range s.devices {
		set[r.Unit] = true
	}
	return slices.Sorted(maps.Keys(set))
}

// unitCode finds the unit of a question by its code, or by a name that the register gives it; "" is all units. A unit
// without ledger entry, device and record is refused: a mistyped unit would otherwise look like a unit without events.
func (q *Query) unitCode(ctx context.Context, s *snapshot, typed string) (string, error) {
	known := s.unitCodes()
	if typed == "" || slices.Contains(known, typed) {
		return typed, nil
	}
	if recorded, err := q.hasRecords(ctx, typed); err != nil || recorded {
		return typed, err
	}
	k := knownUnits{sources: map[string]source{}, ledger: s.ledger, today: q.today()}
	for _, code := range known {
		k.add(code, fromLedger)
	}
	if code, err := k.find(typed); err != nil || code != "" {
		return code, err
	}
	zh, en := joinNames(known)
	return "", badRequest("没有单位 "+typed+"。已知单位："+zh, "there is no unit "+typed+". Known are: "+en)
}

// hasRecords reports whether there is a record of the unit, be it an incomplete one.
func (q *Query) hasRecords(ctx context.Context, unit string) (bool, error) {
	sums, err := withTimeout(ctx, q, func(ctx context.Context) ([]tally.Sum, error) {
		return q.cfg.Store.Sums(ctx, store.SumQuery{Unit: unit, To: 9999_12_31})
	})
	if err != nil || len(sums) > 0 {
		return len(sums) > 0, err
	}
	recs, err := withTimeout(ctx, q, func(ctx context.Context) ([]store.Record, error) {
		return q.cfg.Store.ScanRecords(ctx, store.RecordQuery{Unit: unit, Limit: 1})
	})
	return len(recs) > 0, err
}

// Selection finds the unit and the kind of a question by code or name ("" = all), and refuses unknown ones.
func (q *Query) Selection(ctx context.Context, unit, kind string) (code, name string, err error) {
	if name, err = q.kindName(kind); err != nil || unit == "" {
		return "", name, err
	}
	s, err := q.takeSnapshot(ctx)
	if err != nil {
		return "", "", err
	}
	code, err = q.unitCode(ctx, s, unit)
	return code, name, err
}

func (q *Query) kindName(kind string) (string, error) {
	if kind == "" {
		return "", nil
	}
	if k, ok := q.cfg.Schema.FindKind(kind); ok {
		return k.Name, nil
	}
	var names []string
	for _, k := range q.cfg.Schema.Kinds() {
		names = append(names, k.Name)
	}
	zh, en := joinNames(names)
	return "", badRequest("没有种类 "+kind+"。已知种类："+zh, "there is no kind "+kind+". Known are: "+en)
}

// joinNames writes names for people; of many, only the first.
func joinNames(names []string) (zh, en string) {
	const most = 60
	if len(names) == 0 {
		return "（无）", "(none)"
	}
	more := len(names) > most
	names = names[:min(len(names), most)]
	zh, en = strings.Join(names, "、"), strings.Join(names, ", ")
	if more {
		return zh + "……", en + ", …"
	}
	return zh, en
}
