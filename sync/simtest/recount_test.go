package simtest

import (
	"cmp"
	"slices"
	"strconv"
	"time"
)

// The recount computes the sums from the truth alone, with a small fold of its own. The recount shares no code with the
// packages under test, only the rules in schema/DOMAIN.md and sync/PROTOCOL.md.

// sumKey is the unit, day and measure of a sum.
type sumKey struct {
	unit    string
	day     int
	measure string
}

// bootFix is a server's statement about a boot.
type bootFix struct {
	base, ceiling int64
	v2            bool // the device's clocks at the fixing stand as well
	offset, mono  int64
}

type bootKey struct{ stream, boot string }

// recounted is a record in the recount.
type recounted struct {
	id, kind    string
	fields      map[string]string
	void        bool
	complete    bool
	created     *observation // nil: not yet arrived
	earliest    *observation
	group       string
	groupedByHQ bool // by a decision of HQ
	items       []*recounted
	owners      map[string]bool // units whose devices may speak about it
	shared      map[string]bool // those with which it was shared
}

// registers are the coupled fields, with the name of their register.
var registers = map[string]string{
	"reported_at": "times", "dispatched_at": "times", "arrived_at": "times", "cleared_at": "times",
	"severity": "outcome", "procedure": "outcome", "dead": "outcome",
	"lon": "where", "lat": "where", "crs": "where",
}

func registerOf(field string) string {
	if r, ok := registers[field]; ok {
		return r
	}
	return field
}

// recounter folds sets of observations.
type recounter struct {
	boots   map[bootKey]bootFix
	quality bool // the broken rule: the best known time wins before causality is asked

	anySleep    bool // the broken rule: clocks that disagree prove a sleep
	beforeKnown bool // the broken rule: a sleep may have ended before anything known

	senders map[string]sender
	foreign map[string]bool // observations without effect, filled by records
}

// records folds all observations, by record.
func (f *recounter) records(entries []*observation) map[string]*recounted {
	by := map[string][]*observation{}
	for _, e := range entries {
		by[e.record] = append(by[e.record], e)
	}
	out := map[string]*recounted{}
	for id, es := range by {
		out[id] = f.fold(id, es)
	}
	return out
}

func (f *recounter) fold(id string, all []*observation) *recounted {
	owners, shared := f.owners(id, all)
	all = f.withEffect(id, all, owners)
	var own []*observation
	items := map[string][]*observation{}
	for _, e := range all {
		if e.item != "" {
			items[e.item] = append(items[e.item], e)
		} else {
			own = append(own, e)
		}
	}
	r := f.foldOne(id, own)
	r.owners, r.shared = owners, shared
	for item, es := range items {
		i := f.foldOne(item, es)
		i.complete = i.complete && (r.kind == "" || r.kind == "accident")
		r.items = append(r.items, i)
	}
	return r
}

// foldOne folds the observations of a single record or item.
func (f *recounter) foldOne(id string, es []*observation) *recounted {
	r := &recounted{id: id, fields: map[string]string{}, group: id}
	writers := map[string][]*observation{}
	for _, e := range es {
		if e.act == "create" {
			r.created, r.kind = e, e.kind
		}
		for _, name := range registersSaid(e) {
			writers[name] = append(writers[name], e)
		}
	}
	for register, ws := range writers {
		f.apply(r, register, f.winner(ws))
	}
	r.earliest = r.created
	r.complete = r.created != nil && isComplete(r.kind, r.fields)
	return r
}

// registersSaid are the registers written by an observation, each once.
func registersSaid(e *observation) (names []string) {
	switch e.act {
	case "void", "restore":
		return []string{"#void"}
	case "link", "separate":
		return []string{"#group"}
	case "create", "amend":
		for field := range e.said {
			if name := registerOf(field); !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

func (f *recounter) apply(r *recounted, register string, w *observation) {
	switch register {
	case "#void":
		r.void = w.act == "void"
	case "#group":
		r.groupedByHQ = true
		if r.group = w.group; w.act == "separate" {
			r.group = "alone|" + w.id
		}
	default:
		for field := range w.said {
			if registerOf(field) == register {
				r.fields[field] = f.value(w, field)
			}
		}
	}
}

// winner is the latest writer among the writers not yet seen by another writer of the register.
func (f *recounter) winner(ws []*observation) *observation {
	var best *observation
	for _, e := range ws {
		known := slices.ContainsFunc(ws, func(o *observation) bool { return slices.Contains(o.seen, e.id) })
		if known && !f.quality {
			continue
		}
		if best == nil || f.compareStamps(e, best) > 0 {
			best = e
		}
	}
	return best
}

func (f *recounter) compareStamps(a, b *observation) int {
	x, _ := strconv.ParseUint(a.clock.HLC, 10, 64)
	y, _ := strconv.ParseUint(b.clock.HLC, 10, 64)
	return cmp.Or(cmp.Compare(f.corrected(a), f.corrected(b)), cmp.Compare(x, y), byID(a.id, b.id))
}

// value is an observation's value of a field, with a time filled in by the device corrected.
func (f *recounter) value(e *observation, field string) string {
	if field != "occurred_at" || !e.auto {
		return e.said[field]
	}
	return strconv.FormatInt(f.corrected(e), 10)
}

// corrected is by the boot's base, else the wall clock limited by the server times known before and after.
func (f *recounter) corrected(e *observation) int64 {
	fix := f.boots[bootKey{streamOf(e.id), e.clock.Boot}]
	if fix.base != 0 {
		at, _ := f.byBase(e, fix)
		return at
	}
	at := max(e.clock.Wall, e.clock.Known, 0)
	if fix.ceiling != 0 {
		at = min(at, fix.ceiling)
	}
	return at
}

// byBase is base plus mono. If the wall clock has moved against the steady clock between the line and the fixing as a
// sleep moves it, the wall clock counts, less its error at the fixing.
func (f *recounter) byBase(e *observation, fix bootFix) (at int64, exact bool) {
	at = fix.base + e.clock.Mono
	atFixing := fix.base + fix.mono
	moved := (e.clock.Wall - fix.offset) - e.clock.Mono
	if !fix.v2 || moved >= -2000 && moved <= 2000 {
		return at, true
	}
	byWall := at + moved
	slept := at <= atFixing && byWall < at || at >= atFixing && byWall > at
	tooLong := moved < -366*24*3600_000 || moved > 366*24*3600_000
	if (slept || f.anySleep) && !tooLong && (byWall >= e.clock.Known || f.beforeKnown) {
		return byWall, false
	}
	return at, false
}

// isComplete reports whether the required fields are there and the rules hold.
func isComplete(kind string, v map[string]string) bool {
	need := map[string][]string{
		"incident": {"unit", "occurred_at", "category", "reported_at"},
		"accident": {"unit", "occurred_at", "severity"},
		"casualty": {"unit", "occurred_at", "died_at"},
		"plate":    {"unit", "occurred_at", "plate_type", "plate_number", "business"},
	}[kind]
	for _, name := range need {
		if v[name] == "" {
			return false
		}
	}
	switch kind {
	case "incident":
		last := 0
		for _, name := range []string{"reported_at", "dispatched_at", "arrived_at", "cleared_at"} {
			if v[name] != "" {
				if number(v[name]) < last {
					return false
				}
				last = number(v[name])
			}
		}
	case "accident":
		fatal := v["severity"] == "fatal"
		return (v["dead"] == "" || fatal == (number(v["dead"]) >= 1)) && (v["procedure"] == "" || !fatal || v["procedure"] == "general")
	}
	return len(need) > 0
}

func number(s string) int {
	n, _ := strconv.Atoi(s)
	return n
}

// day is the Shanghai day of Unix ms, yyyymmdd.
func day(ms int) int {
	t := time.UnixMilli(int64(ms)).UTC().Add(8 * time.Hour)
	return t.Year()*10000 + int(t.Month())*100 + t.Day()
}

func (r *recounted) day() int {
	if r.fields["occurred_at"] == "" {
		return 0
	}
	return day(number(r.fields["occurred_at"]))
}

// groupOf is the group of a record: by HQ's decision, else by its event, else the record itself.
func groupOf(r *recounted) string {
	if r.groupedByHQ || r.kind != "plate" || r.day() == 0 {
		return r.group
	}
	f := r.fields
	if f["plate_type"] == "" || f["plate_number"] == "" || f["business"] == "" {
		return r.group
	}
	return "plate|" + f["plate_type"] + "|" + f["plate_number"] + "|" + f["business"] + "|" + strconv.Itoa(r.day())
}

// sums counts the records of every group once: by the complete record that was begun first.
func (f *recounter) sums(records map[string]*recounted) map[sumKey]int64 {
	groups := map[string][]*recounted{}
	for _, r := range records {
		groups[groupOf(r)] = append(groups[groupOf(r)], r)
	}
	out := map[sumKey]int64{}
	for _, members := range groups {
		var first *recounted
		var items []*recounted
		for _, r := range members {
			if !r.void {
				items = append(items, r.items...)
			}
			if r.complete && !r.void && (first == nil || f.compareStamps(r.earliest, first.earliest) < 0) {
				first = r
			}
		}
		if first != nil {
			first.count(items, out)
		}
	}
	for k, n := range out {
		if n == 0 {
			delete(out, k)
		}
	}
	return out
}

// count adds the contributions of a record.
func (r *recounted) count(items []*recounted, out map[sumKey]int64) {
	f := r.fields
	add := func(measure string, n int) {
		out[sumKey{f["unit"], r.day(), measure}] += int64(n)
	}
	add("reported:"+r.kind, 1)
	switch r.kind {
	case "plate":
		if f["business"] == "register" && f["spoiled"] != "true" {
			add("plate_sets", number(cmp.Or(f["sets"], "1")))
		}
	case "incident":
		add("incident_undispatched", map[bool]int{true: 1}[f["dispatched_at"] == ""])
		for at, sums := range map[string][2]string{
			"dispatched_at": {"incident_dispatched", "incident_dispatch_ms"},
			"arrived_at":    {"incident_arrived", "incident_arrival_ms"}, "cleared_at": {"incident_cleared", "incident_clearing_ms"},
		} {
			if f[at] != "" {
				add(sums[0], 1)
				add(sums[1], number(f[at])-number(f["reported_at"]))
			}
		}
	case "accident":
		if f["procedure"] != "self" {
			add("accident_counted", 1)
		}
		dead := number(f["dead"])
		for _, i := range items {
			if after := number(i.fields["died_at"]) - number(f["occurred_at"]); i.complete && !i.void && after >= 0 && after <= 7*24*3600*1000 {
				dead++
			}
		}
		add("accident_deaths", dead)
		if f["dead"] == "" {
			add("accident_dead_unknown", 1)
		}
	}
}
