package query

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"roadbook/schema"
	"roadbook/schema/catalogue"
	"roadbook/server/store"
	"roadbook/sync/clock"
	"roadbook/sync/wire"
)

// Why a row is provisional.
const (
	ByRunning = "running" // the day of the table has not ended
	BySilent  = "silent"  // a device with the right to record the row's kinds is silent
	ByReports = "reports" // expected deliveries of the row's kinds are missing
)

// SilentUnit counts a unit's silent devices.
type SilentUnit struct {
	Unit    string `json:"unit"`
	Name    string `json:"name,omitempty"`
	Devices int    `json:"devices"`
}

// SilentDevice is a device without contact since the moment of the table.
type SilentDevice struct {
	Device   string  `json:"device"`
	Unit     string  `json:"unit"`
	UnitName string  `json:"unit_name,omitempty"`
	Role     string  `json:"role"`
	Officer  string  `json:"officer,omitempty"` // of the last line
	Heard    *string `json:"heard"`             // RFC 3339: last contact; null: none since enrollment
}

// SilentTable lists the silent devices, the last heard first and those never heard at the end.
type SilentTable struct {
	At      string         `json:"at"`
	Since   string         `json:"since"` // RFC 3339: no contact since this moment
	Unit    string         `json:"unit,omitempty"`
	Count   int            `json:"count"`
	Devices []SilentDevice `json:"devices"` // at most maxSilent
}

// maxSilent bounds a SilentTable: people begin with the first ones.
const maxSilent = 100

// heard is a device with its last contact.
type heard struct {
	DeliveringDevice
	at   int64 // Unix ms; 0: never
	last store.FrameKey
}

// silentSince is the end of the day, or the beginning of today for a day not ended: a device without contact since then is
// silent.
func (q *Query) silentSince(at clock.Day) int64 {
	_, end := at.Range()
	return min(end, q.today().Start())
}

// silent lists the devices, of one unit or of all, without contact since a moment: the last heard first.
func (s *snapshot) silent(at clock.Day, unit string, since int64) (out []heard) {
	scope, _ := s.ledger.scopeOf(unit)
	for _, d := range s.devices {
		h := heard{d, max(s.receivedFrom[d.ID], d.Seen), s.lastFrame[d.ID]}
		if scope.Holds(d.Unit, at) && h.at < since {
			out = append(out, h)
		}
	}
	slices.SortFunc(out, func(a, b heard) int { return cmp.Or(cmp.Compare(b.at, a.at), cmp.Compare(a.ID, b.ID)) })
	return out
}

// silentUnits counts silent devices by unit, by code.
func (s *snapshot) silentUnits(silent []heard, at clock.Day) []SilentUnit {
	out := []SilentUnit{}
	for i := range silent {
		unit := silent[i].Unit
		if n := slices.IndexFunc(out, func(u SilentUnit) bool { return u.Unit == unit }); n >= 0 {
			out[n].Devices++
			continue
		}
		out = append(out, SilentUnit{unit, s.ledger.unitName(unit, at), 1})
	}
	slices.SortFunc(out, func(a, b SilentUnit) int { return cmp.Compare(a.Unit, b.Unit) })
	return out
}

// awaited holds the reasons of waiting for further lines, beside expected deliveries.
type awaited struct {
	silent  []heard
	kinds   map[string]bool // kinds of lines possibly held by silent devices, by their roles
	running bool            // the day has not ended
}

func (q *Query) awaited(s *snapshot, at clock.Day, unit string) awaited {
	a := awaited{silent: s.silent(at, unit, q.silentSince(at)), kinds: map[string]bool{}, running: at >= q.today()}
	for _, k := range q.cfg.Schema.Kinds() {
		a.kinds[k.Name] = slices.ContainsFunc(a.silent, func(h heard) bool { return h.Role == "" || slices.Contains(k.Roles, h.Role) })
	}
	return a
}

// setProvisional sets the completeness of a row, and why the row is provisional: the day of the table has not ended, a device
// with the right to record the row's kinds is silent, or an expected delivery of these kinds is missing. A row without kinds
// waits for nobody.
func (r *Row) setProvisional(cat *catalogue.Catalogue, ind *catalogue.Indicator, deliveries []UnitDelivery, a *awaited) {
	kinds := kindsOf(cat, ind.Formula)
	r.Completeness = sumCompleteness(deliveries, kinds)
	add := func(when bool, why string) {
		if when {
			r.ProvisionalBy = append(r.ProvisionalBy, why)
		}
	}
	add(a.running && len(kinds) > 0, ByRunning)
	add(slices.ContainsFunc(kinds, func(kind string) bool { return a.kinds[kind] }), BySilent)
	add(!r.Completeness.isComplete(), ByReports)
	r.Provisional = len(r.ProvisionalBy) > 0
}

// Silent names the devices without contact since the end of a day ("": today). Refusals are *wire.Error.
func (q *Query) Silent(ctx context.Context, at, unit string) (*SilentTable, error) {
	day := q.today()
	if at != "" {
		var err error
		if day, err = ReadDay(at); err != nil {
			return nil, err
		}
	}
	s, err := q.takeSnapshot(ctx)
	if err != nil {
		return nil, err
	}
	if unit, err = q.unitCode(ctx, s, unit); err != nil {
		return nil, err
	}
	since := q.silentSince(day)
	all := s.silent(day, unit, since)
	out := &SilentTable{At: day.String(), Since: formatTime(since), Unit: unit, Count: len(all), Devices: []SilentDevice{}}
	for _, h := range all[:min(len(all), maxSilent)] {
		d := SilentDevice{Device: h.ID, Unit: h.Unit, UnitName: s.ledger.unitName(h.Unit, day), Role: h.Role}
		if h.at > 0 {
			d.Heard = new(formatTime(h.at))
		}
		if d.Officer, err = q.lastOfficer(ctx, h.last); err != nil {
			return nil, err
		}
		out.Devices = append(out.Devices, d)
	}
	return out, nil
}

// lastOfficer is the last officer named in a frame; "" for none, or without a frame.
func (q *Query) lastOfficer(ctx context.Context, key store.FrameKey) (officer string, err error) {
	if key.Last == 0 {
		return "", nil
	}
	f, err := withTimeout(ctx, q, func(ctx context.Context) (store.Frame, error) {
		return q.cfg.Store.FrameWith(ctx, wire.NewObsID(key.Stream, key.Last, key.Head))
	})
	if errors.Is(err, store.ErrNotFound) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	err = eachFrameLine(&f, map[wire.ObsID]bool{}, func(_ *store.Frame, _ wire.ObsID, line []byte) error {
		var l wire.Line
		if wire.ParseLine(line, &l) == nil && l.Officer != "" {
			officer = schema.CleanName(l.Officer)
		}
		return nil
	})
	return officer, err
}
