package simtest

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"roadbook/server/store"
)

// variant is a program with one rule taken out.
type variant struct {
	name   string
	broken broken
	store  string // where the rule lives; "" = both
	from   uint64 // seeds before this one are known not to show it
}

func variants() []variant {
	v := []variant{
		{name: "client acknowledges before fsync", broken: broken{ackEarly: true}},
		{name: "client ignores forks", broken: broken{noFork: true}},
		{name: "quality before causality", broken: broken{quality: true}},
	}
	for _, g := range []struct {
		rule  store.Guard
		name  string
		store string
		from  uint64
	}{
		{store.RecountUnchanged, "RecountUnchanged", "mongo", 0},
		{store.LeftByFrame, "LeftByFrame", "mongo", 100},
		{store.GroupFromRecords, "GroupFromRecords", "mongo", 0},
		{store.MembersAfterGroup, "MembersAfterGroup", "mongo", 0},
		{store.TouchFirst, "TouchFirst", "mongo", 0},
		{store.NumberBySummary, "NumberBySummary", "mongo", 0},
		{store.RaiseAgain, "RaiseAgain", "mongo", 0},
		{store.EpochOrder, "EpochOrder", "mongo", 120},
		{store.CountByRecount, "CountByRecount", "mongo", 0},
		{store.DedupeByHash, "DedupeByHash", "", 0},
		{store.AckAfterCommit, "AckAfterCommit", "", 0},
		{store.FeedByNumber, "FeedByNumber", "mongo", 0},
		{store.Sweep, "Sweep", "mongo", 0},
		{store.SeeForks, "SeeForks", "", 0},
	} {
		v = append(v, variant{name: g.name, broken: broken{server: g.rule}, store: g.store, from: g.from})
	}
	return v
}

// patience is how many seeds a broken variant may live.
const patience = 300

// TestBroken takes each rule out and plays seeds until the judge notices.
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
					seeds, err := v.hunt(name, limit)
					if err == nil {
						t.Errorf("%s: nobody noticed in %d seeds", v.name, seeds)
						return
					}
					if strings.HasPrefix(err.Error(), "with all rules") {
						t.Error(err)
						return
					}
					what, _, _ := strings.Cut(err.Error(), "\n")
					mu.Lock()
					table = append(table, fmt.Sprintf("%-34s %-7s %3d seeds  %.100s", v.name, name, seeds, what))
					mu.Unlock()
				})
			}
		}
	})
	slices.Sort(table)
	t.Log("seeds until noticed:\n" + strings.Join(table, "\n"))
}

// hunt plays seeds until one fails, and returns how many it took.
func (v *variant) hunt(name string, limit int) (seeds int, err error) {
	s := setup{store: name, servers: 1, devices: 3, steps: 1200}
	if name == "mongo" {
		s.servers, s.steps = 2, 6000
	}
	worlds := []setup{s, crowds(name, s.servers)}
	for n := range limit {
		seed := v.from + uint64(n) + 1 //nolint:gosec // small
		s := worlds[n%2]
		s.broken = v.broken
		if _, err := live(s, seed, nil); err != nil {
			s.broken = broken{}
			if _, whole := live(s, seed, nil); whole != nil {
				return n, fmt.Errorf("with all rules in place, %s seed %d: %w", s, seed, whole)
			}
			return int(seed), err //nolint:gosec // small
		}
	}
	return limit, nil
}
