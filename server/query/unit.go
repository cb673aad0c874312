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

// checkUnit refuses a unit without ledger entry, device and record: a mistyped unit would otherwise look like a unit
// without events.
func (q *Query) checkUnit(ctx context.Context, s *snapshot, unit string) error {
	known := s.unitCodes()
	if unit == "" || slices.Contains(known, unit) {
		return nil
	}
	if recorded, err := q.hasRecords(ctx, unit); err != nil || recorded {
		return err
	}
	zh, en := joinNames(known)
	return badRequest("没有单位 "+unit+"。已知单位："+zh, "there is no unit "+unit+". Known are: "+en)
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

// CheckSelection refuses an unknown unit or kind ("" = all).
func (q *Query) CheckSelection(ctx context.Context, unit, kind string) error {
	if err := q.checkKind(kind); err != nil || unit == "" {
		return err
	}
	s, err := q.takeSnapshot(ctx)
	if err != nil {
		return err
	}
	return q.checkUnit(ctx, s, unit)
}

func (q *Query) checkKind(kind string) error {
	if _, ok := q.cfg.Schema.Kind(kind); ok || kind == "" {
		return nil
	}
	var names []string
	for _, k := range q.cfg.Schema.Kinds() {
		names = append(names, k.Name)
	}
	zh, en := joinNames(names)
	return badRequest("没有种类 "+kind+"。已知种类："+zh, "there is no kind "+kind+". Known are: "+en)
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
