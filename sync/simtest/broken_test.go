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
	}{
		{store.RecountUnchanged, "RecountUnchanged", "mongo"},
		{store.LeftByFrame, "LeftByFrame", "mongo"},
		{store.GroupFromRecords, "GroupFromRecords", "mongo"},
		{store.MembersAfterGroup, "MembersAfterGroup", "mongo"},
		{store.TouchFirst, "TouchFirst", "mongo"},
		{store.NumberBySummary, "NumberBySummary", "mongo"},
		{store.RaiseAgain, "RaiseAgain", "mongo"},
		{store.EpochOrder, "EpochOrder", "mongo"},
		{store.CountByRecount, "CountByRecount", "mongo"},
		{store.DedupeByHash, "DedupeByHash", ""},
		{store.AckAfterCommit, "AckAfterCommit", ""},
		{store.FeedByNumber, "FeedByNumber", "mongo"},
		{store.Sweep, "Sweep", "mongo"},
		{store.SeeForks, "SeeForks", ""},
	} {
		v = append(v, variant{g.name, broken{server: g.rule}, g.store})
	}
	return v
}

// patience is how many seeds a broken variant may live.
const patience = 60

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
	for seed := range limit {
		s := worlds[seed%2]
		s.broken = v.broken
		if _, err := live(s, uint64(seed)+1, nil); err != nil { //nolint:gosec // small
			return seed + 1, err
		}
	}
	return limit, nil
}
