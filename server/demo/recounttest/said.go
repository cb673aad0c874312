package recounttest

import (
	"cmp"
	"slices"
	"strings"
)

// Said is an observation with the meaning of its person. Fields has texts in a single spelling, times as Unix ms, days as
// yyyymmdd, "" for a value taken back. Typed has the same values in the spelling of the line.
type Said struct {
	ID, Record, Item string // Item: of a casualty, and of acts about a casualty
	Kind, Act        string
	Fields, Typed    map[string]string
	Auto             bool // occurred_at is the moment of saving
	Seen             []string
	Group            string // of a link
	Target           string // of a release
	Share            []string
	Clock            Reading
	Refused          bool // a check found a fault when the line came
}

// Reading is a device's reading of its clocks, in ms.
type Reading struct {
	HLC               uint64
	Boot              string
	Mono, Wall, Known int64
}

// BootKey names a boot of a stream.
type BootKey struct{ Stream, Boot string }

// Fix is a server's knowledge about a boot, in ms; Base 0: the boot's lines had come by Ceiling, and nothing else.
type Fix struct {
	Base, Ceiling int64
	V2            bool // the device's clocks at the fixing are known too
	Offset, Mono  int64
}

// Sender is the standing of an observation's sender.
type Sender struct {
	HQ     bool            // HQ or an import
	Anyone bool            // may speak about every record
	Units  map[string]bool // ever given to the device; true: the device's unit when the frame came
}

// Crowd is all observations of many people, with a server's knowledge about the observations: boots, and the units in the frames.
type Crowd struct {
	Said    []*Said
	Boots   map[BootKey]Fix
	Senders map[string]Sender // by id
	Without Rule              // a rule taken out, as a test of the comparison

	moments map[string]int64
}

// Rule is a rule of the recount. A test may take a rule out.
type Rule string

// The rules.
const (
	Seen           Rule = "who saw a value replaces it"
	Moments        Rule = "the later corrected moment stands"
	Sleeps         Rule = "a steady clock stops in sleep"
	KnownBound     Rule = "no moment before the last known server time"
	Coupled        Rule = "coupled fields are won together"
	Spellings      Rule = "what looks alike is one name"
	Foreign        Rule = "another unit's device changes nothing"
	Earlier        Rule = "the earlier units of a device count"
	Shares         Rule = "a share lets a unit speak"
	Gifts          Rule = "HQ gives a record to a unit"
	OpenFields     Rule = "every unit may mend a hazard"
	OwnItems       Rule = "a unit speaks about its own items only"
	Budgets        Rule = "a record has budgets"
	Releases       Rule = "a released line has effect"
	Refusals       Rule = "a line with a fault has none"
	Keys           Rule = "one key, one event"
	Links          Rule = "HQ links"
	Separations    Rule = "HQ separates"
	PerKind        Rule = "a group has one winner for each kind"
	LastWins       Rule = "of ledgers the last counts"
	Restores       Rule = "a restore takes a void back"
	VoidItems      Rule = "items of void records do not count"
	LentSolving    Rule = "a colleague's solving counts"
	SevenDays      Rule = "a death within seven days"
	SolvedInYear   Rule = "solved in the year of opening"
	OwnDays        Rule = "a kind's own day"
	Replacing      Rule = "a baseline takes the place of what was observed"
	CountyFirst    Rule = "a baseline above stands before those below"
	LongestFirst   Rule = "of overlapping baselines the longest stands"
	WholePeriods   Rule = "a baseline stands in windows that hold its period"
	ThisYears      Rule = "a periodic report is of this year"
	LatestQuantity Rule = "of a facility the last quantity"
	OneState       Rule = "a facility is in one state a day"
	RowEnds        Rule = "a row of the ledger ends"
)

// Rules lists all rules.
func Rules() []Rule {
	return []Rule{
		Seen, Moments, Sleeps, KnownBound, Coupled, Spellings, Foreign, Earlier, Shares, Gifts, OpenFields, OwnItems, Budgets, Releases,
		Refusals, Keys, Links, Separations, PerKind, LastWins, Restores, VoidItems, LentSolving, SevenDays, SolvedInYear, OwnDays, Replacing,
		CountyFirst, LongestFirst, WholePeriods, ThisYears, LatestQuantity, OneState, RowEnds,
	}
}

func (c *Crowd) has(r Rule) bool { return c.Without != r }

// value is the text of a field; without the rule on spellings, as typed.
func (c *Crowd) value(s *Said, field string) string {
	if typed, ok := s.Typed[field]; ok && !c.has(Spellings) {
		return typed
	}
	return s.Fields[field]
}

const mostMs = 1 << 42 // wall and steady clocks count as held within 0 … this

func held(ms int64) int64 { return min(max(ms, 0), mostMs) }

// moment is the corrected moment of saving, in Unix ms.
func (c *Crowd) moment(s *Said) int64 {
	if c.moments == nil {
		c.moments = map[string]int64{}
	}
	at, ok := c.moments[s.ID]
	if !ok {
		at = c.correct(s)
		c.moments[s.ID] = at
	}
	return at
}

func (c *Crowd) correct(s *Said) int64 {
	fix := c.Boots[BootKey{streamOf(s.ID), s.Clock.Boot}]
	known := s.Clock.Known
	if !c.has(KnownBound) {
		known = 0
	}
	if fix.Base == 0 {
		at := held(max(s.Clock.Wall, known))
		if fix.Ceiling != 0 {
			at = min(at, fix.Ceiling)
		}
		return at
	}
	mono := held(s.Clock.Mono)
	at := fix.Base + mono
	if !fix.V2 || !c.has(Sleeps) {
		return held(at)
	}
	moved := held(s.Clock.Wall) - mono - fix.Offset
	small := -2000 <= moved && moved <= 2000
	slept := moved < 0 && mono <= fix.Mono || moved > 0 && mono >= fix.Mono
	const year = 366 * 24 * 3600_000
	if !small && slept && -year <= moved && moved <= year && at+moved >= known {
		at += moved
	}
	return held(at)
}

// compareStamps orders observations made without knowledge of each other.
func (c *Crowd) compareStamps(a, b *Said) int {
	byTime := 0
	if c.has(Moments) {
		byTime = cmp.Compare(c.moment(a), c.moment(b))
	}
	return cmp.Or(byTime, cmp.Compare(a.Clock.HLC, b.Clock.HLC), compareIDs(a.ID, b.ID))
}

// compareIDs orders by device, epoch, sequence as a number, hash.
func compareIDs(a, b string) int {
	x, y := strings.Split(a, "."), strings.Split(b, ".")
	return cmp.Or(cmp.Compare(x[0], y[0]), cmp.Compare(x[1], y[1]), cmp.Compare(len(x[2]), len(y[2])), cmp.Compare(x[2], y[2]), cmp.Compare(x[3], y[3]))
}

func deviceOf(id string) string {
	device, _, _ := strings.Cut(id, ".")
	return device
}

func streamOf(id string) string {
	parts := strings.SplitN(id, ".", 3)
	return parts[0] + "." + parts[1]
}

// effective lists by record the observations without a fault and those released by HQ, each with its sender's standing.
func (c *Crowd) effective() (byRecord map[string][]*Said, standing map[string]Sender) {
	byRecord, standing = map[string][]*Said{}, map[string]Sender{}
	released := map[string]bool{}
	for _, s := range c.Said {
		if s.Act == "release" && !s.Refused {
			released[s.Target] = c.has(Releases)
		}
	}
	for _, s := range c.Said {
		by := c.Senders[s.ID]
		if s.Refused && !c.has(Refusals) && !released[s.ID] && s.Kind != "" {
			by = Sender{Anyone: true}
		} else if s.Refused && !released[s.ID] {
			continue
		}
		if released[s.ID] {
			by.Anyone = true
			by.HQ = by.HQ && !s.Refused
		}
		standing[s.ID] = by
		byRecord[s.Record] = append(byRecord[s.Record], s)
	}
	if c.has(Budgets) {
		for id, all := range byRecord {
			byRecord[id] = withinBudgets(id, all, standing)
		}
	}
	return byRecord, standing
}

// withinBudgets keeps of each part of a record the observations with the least ids, and the create.
func withinBudgets(record string, all []*Said, standing map[string]Sender) (kept []*Said) {
	slices.SortFunc(all, func(a, b *Said) int {
		first := cmp.Compare(b2i(b.ID == record), b2i(a.ID == record))
		return cmp.Or(first, compareIDs(a.ID, b.ID))
	})
	used := map[string]int{}
	for _, s := range all {
		part, most := "others", 384
		switch {
		case standing[s.ID].HQ:
			part, most = "hq", 128
		case deviceOf(s.ID) == deviceOf(record):
			part, most = "own", 384
		}
		device := "device " + deviceOf(s.ID)
		if used[part] == most || part == "others" && used[device] == 96 {
			continue
		}
		used[part]++
		if part == "others" {
			used[device]++
		}
		kept = append(kept, s)
	}
	return kept
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}
