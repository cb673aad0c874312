package simtest

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"roadbook/server/store"
)

// variant is a program with a rule taken out.
type variant struct {
	name   string
	broken brokenRules
	store  string                  // the store that has the rule; "" = both
	worlds func(string, int) setup // worlds that show the missing rule; nil: a small world and a crowd
	script func(*script) error     // a directed interleaving, if chance needs hundreds of seeds
}

// variants takes out each rule; where two rules watch over the same promise, both.
func variants() []variant {
	v := []variant{
		{name: "client acknowledges before fsync", broken: brokenRules{ackEarly: true}},
		{name: "client ignores forks", broken: brokenRules{ignoreForks: true}},
		{name: "quality before causality", broken: brokenRules{latestTimeWins: true}},
		{name: "a sleeping clock is believed", broken: brokenRules{noWall: true}, script: phoneSlept},
		{name: "a sleeping clock is believed, by chance", broken: brokenRules{noWall: true}},
		{name: "every gap is a sleep", broken: brokenRules{anySleep: true}, script: clockSetBack},
		{name: "a sleep before anything known", broken: brokenRules{beforeKnown: true}, script: clockSetForward},
		{name: "client compares one stream alone", broken: brokenRules{oneStream: true, oneDatabase: true}},
		{name: "client believes any answer", broken: brokenRules{anyAnswer: true, oneStream: true, oneDatabase: true}, script: answersCrossed},
		{name: "client keeps a replaced database's word", broken: brokenRules{oneDatabase: true}, script: bootFixedByACopy},
		{name: "client enrolls blindly", broken: brokenRules{blindEnroll: true, oneStream: true, oneDatabase: true}, script: enrolledAgain},
	}
	for _, g := range []struct {
		rule   store.Guard
		name   string
		store  string
		script func(*script) error
	}{
		{store.RecountUnchanged, "RecountUnchanged", "mongo", nil},
		{store.DepartedByFrame, "DepartedByFrame", "mongo", movedTwice},
		{store.GroupFromRecords, "GroupFromRecords", "mongo", nil},
		{store.MembersAfterGroup, "MembersAfterGroup", "mongo", nil},
		{store.TouchFirst, "TouchFirst", "mongo", nil},
		{store.NumberBySummary, "NumberBySummary", "mongo", nil},
		{store.RaiseAgain, "RaiseAgain", "mongo", nil},
		{store.EpochOrder, "EpochOrder", "mongo", staleRecount},
		{store.CountByRecount, "CountByRecount", "mongo", nil},
		{store.DedupeByHash, "DedupeByHash", "", nil},
		{store.AckAfterCommit, "AckAfterCommit", "", nil},
		{store.FeedByNumber, "FeedByNumber", "mongo", nil},
		{store.CursorNamesFrame, "CursorNamesFrame", "", nil},
		{store.Sweep, "Sweep", "mongo", nil},
		{store.SeeForks, "SeeForks", "", nil},
		{store.RaisedGroups, "RaisedGroups", "mongo", nil},
	} {
		broken := brokenRules{server: g.rule}
		broken.oneDatabase = g.rule == store.CursorNamesFrame // else the arrivals tell the devices to pull afresh
		v = append(v, variant{name: g.name, broken: broken, store: g.store, script: g.script})
	}
	return append(v, variant{name: "DoubtClock", broken: brokenRules{server: store.DoubtClock}, worlds: clocks})
}

// answersCrossed: a device accepts the answers to another device, and never compares all its streams.
func answersCrossed(s *script) error {
	s.crossAnswers()
	return s.finishAndCheck()
}

// enrolledAgain: the server lost everything, and a device with two delivered streams enrolls there again.
func enrolledAgain(s *script) error {
	d := s.twoStreams()
	s.restore(s.blankBackup)
	s.now += 60_000
	s.startServers()
	d.enrollAgain()
	return s.finishAndCheck()
}

// patience is how many seeds a broken variant may live.
const patience = 120

// TestBroken takes each rule out and plays seeds until a check fails.
func TestBroken(t *testing.T) {
	limit := patience
	if text := os.Getenv("ROADBOOK_SIM_PATIENCE"); text != "" {
		limit, _ = strconv.Atoi(text)
	}
	var mu sync.Mutex
	var table []string
	t.Run("variants", func(t *testing.T) {
		for _, v := range variants() {
			for _, name := range []string{"sqlite", "mongo"} {
				if v.store != "" && v.store != name {
					continue
				}
				t.Run(strings.ReplaceAll(v.name, " ", "-")+"/"+name, func(t *testing.T) {
					t.Parallel()
					took, err := v.untilNoticed(t, name, limit)
					if err == nil {
						t.Errorf("%s: nobody noticed, %s", v.name, took)
						return
					}
					if errors.Is(err, errUnbroken) {
						t.Error(err)
						return
					}
					what, _, _ := strings.Cut(err.Error(), "\n")
					mu.Lock()
					defer mu.Unlock()
					table = append(table, fmt.Sprintf("%-34s %-7s %-11s %.100s", v.name, name, took, what))
				})
			}
		}
	})
	slices.Sort(table)
	t.Log("seeds until noticed:\n" + strings.Join(table, "\n"))
}

// untilNoticed plays the variant's interleaving, or seeds, until a check fails; took names the number of seeds.
func (v *variant) untilNoticed(t *testing.T, name string, limit int) (took string, err error) {
	if v.script != nil {
		return "directed", v.script(calmWorldWithout(t, name, 1, v.broken))
	}
	seeds, err := v.playUntilFailure(name, limit)
	return fmt.Sprintf("%3d seeds", seeds), err
}

// errUnbroken: a seed fails with all rules in place, and so shows nothing about the missing rule.
var errUnbroken = errors.New("simtest: fails with all rules in place")

// playUntilFailure plays seeds until a check fails, and returns the number of seeds.
func (v *variant) playUntilFailure(name string, limit int) (seeds int, err error) {
	s := setup{store: name, servers: 1, devices: 3, steps: 1200}
	if name == "mongo" {
		s.servers, s.steps = 2, 6000
	}
	worlds := []setup{s, crowds(name, s.servers)}
	if v.worlds != nil {
		worlds = []setup{v.worlds(name, s.servers), v.worlds(name, s.servers)}
	}
	for n := range limit {
		seed := uint64(n) + 1
		s := worlds[n%2]
		s.broken = v.broken
		if _, err := playSeed(s, seed, nil); err != nil {
			s.broken = brokenRules{}
			if _, whole := playSeed(s, seed, nil); whole != nil {
				return n, fmt.Errorf("%w: %s seed %d: %w", errUnbroken, s, seed, whole)
			}
			return int(seed), err
		}
	}
	return limit, nil
}
