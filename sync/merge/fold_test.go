package merge

import (
	"bytes"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"roadbook/sync/wire"
)

func sortIDs(ids []wire.ObsID) { slices.SortFunc(ids, wire.ObsID.Compare) }

// Observations may arrive in any order, twice, and in parts joined elsewhere: the state is the same, byte for byte, and
// so is every view of the state.
func TestJoinKnowsNoOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := histories.Draw(t, "history")
		want := stateOf(h.obs)
		twice := slices.Concat(shuffled(t, h.obs), shuffled(t, h.obs))
		cut := rapid.IntRange(0, len(twice)).Draw(t, "cut")
		left, right := stateOf(twice[:cut]), stateOf(twice[cut:])
		for _, o := range right.Obs {
			left.Join("", o)
		}
		if got := Encode(left, h.record); !bytes.Equal(got, Encode(want, h.record)) {
			t.Fatalf("another order gave another state:\n%x\n%x", got, Encode(want, h.record))
		}
		if got := Fold(h.record, left, sch); !reflect.DeepEqual(got, Fold(h.record, want, sch)) {
			t.Fatalf("another order gave another view: %+v", got)
		}
	})
}

func TestFoldAgreesWithTheOracle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := histories.Draw(t, "history")
		got := oracleViewOf(Fold(h.record, stateOf(h.obs), sch))
		want := naiveFold(h.record, shuffled(t, h.obs), rules{})
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("fold:   %+v\noracle: %+v", got, want)
		}
	})
}

// The comparison above notices each way in which the oracle can be broken.
func TestBrokenFoldsAreSeen(t *testing.T) {
	broken := map[string]rules{
		"seen ignored":                          {ignoreSeen: true},
		"the replaced may not replace":          {onlyLive: true},
		"seen by an observation of other data":  {anyWriter: true},
		"clock quality before causality":        {gradeFirst: true},
		"coupled fields won one by one":         {perField: true},
		"the smallest stamp wins":               {smallestWins: true},
		"the device's clock decides":            {deviceClock: true},
		"the create beats amendments":           {createWins: true},
		"everyone may speak about every record": {everyoneMay: true},
		"a share is not shared further":         {shareOnce: true},
		"everyone's share counts":               {sharesOfAll: true},
		"a device writes the record's unit":     {unitByAmend: true},
		"no items by other units":               {itemsClosed: true},
		"other units' items":                    {anyItem: true},
	}
	for name, r := range broken {
		t.Run(name, func(t *testing.T) {
			const most = 3000
			for seed := range most {
				h := histories.Example(seed)
				got := oracleViewOf(Fold(h.record, stateOf(h.obs), sch))
				if !reflect.DeepEqual(got, naiveFold(h.record, slices.Clone(h.obs), r)) {
					t.Logf("seen after %d histories", seed+1)
					return
				}
			}
			t.Errorf("%d histories do not show it", most)
		})
	}
}

// The short path for fresh records gives the same result as the general path.
func TestFreshFoldIsTheFold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := histories.Draw(t, "history")
		o := h.obs[0]
		want := fold(h.record, []Obs{o}, sch)
		if got, ok := foldFresh(h.record, &o, sch, false); ok && !reflect.DeepEqual(got, want) {
			t.Fatalf("fresh: %+v\nfold:  %+v", got, want)
		}
		k, _ := sch.Kind(o.Kind)
		sound := o.Act == wire.Create && k != nil && len(k.CheckState(o.Fields)) == 0
		if got := FoldSound(h.record, stateOf([]Obs{o}), sch, sound); !reflect.DeepEqual(got, want) {
			t.Fatalf("sound %v: %+v\nfold:  %+v", sound, got, want)
		}
	})
	o := plateCreate()
	got, ok := foldFresh(o.ID.String(), &o, sch, false)
	if want := fold(o.ID.String(), []Obs{o}, sch); !ok || !reflect.DeepEqual(got, want) {
		t.Errorf("plate: fresh %v %+v\nfold: %+v", ok, got, want)
	}
}

// The values of a coupled register always come from a single observation.
func TestCoupledFieldsAreNeverMixed(t *testing.T) {
	coupled := []string{"severity", "procedure", "dead"}
	rapid.Check(t, func(t *rapid.T) {
		h := histories.Draw(t, "history")
		v := Fold(h.record, stateOf(h.obs), sch)
		now := registerText(Obs{Fields: v.Fields}, coupled)
		nobody := registerText(Obs{}, coupled)
		for _, o := range h.obs {
			if registerText(o, coupled) == now {
				return
			}
		}
		if now != nobody {
			t.Fatalf("nobody said %q", now)
		}
	})
}

// Impossible records do not count: the rules of schema/DOMAIN.md#accidents-and-deaths, written out by hand.
func TestImpossibleStatesDoNotCount(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := histories.Draw(t, "history")
		v := Fold(h.record, stateOf(h.obs), sch)
		if !v.Member().Eligible {
			return
		}
		severity, _ := v.Fields.Get("severity")
		procedure, _ := v.Fields.Get("procedure")
		dead, known := v.Fields.Get("dead")
		if fatal := severity.S == "fatal"; known && fatal != (dead.I >= 1) || fatal && procedure.S != "" && procedure.S != "general" {
			t.Fatalf("counts: %+v", v.Fields)
		}
		if v.Void || v.Unit == "" || v.Day == 0 {
			t.Fatalf("counts without unit or day, or void: %+v", v)
		}
	})
}

// A record without its create never counts. After a late create, the state equals the state of a timely create.
func TestAmendmentsBeforeTheirOriginal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := histories.Draw(t, "history")
		create := h.obs[0]
		if create.ID.String() != h.record {
			if v := Fold(h.record, stateOf(h.obs), sch); v.Complete() || v.Member().Eligible {
				t.Fatalf("counts without its create: %+v", v)
			}
			return
		}
		late := stateOf(append(slices.Clone(h.obs[1:]), create))
		if !reflect.DeepEqual(Fold(h.record, late, sch), Fold(h.record, stateOf(h.obs), sch)) {
			t.Fatal("the order shows")
		}
	})
}

// A value that another writer of the register has seen never wins, even when that writer is replaced in turn.
func TestTheReplacedNeverWinsAgain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := histories.Draw(t, "history")
		h.obs = append(h.obs, remark(obsID(0, 50), 9, "replaced"),
			remark(obsID(1, 51), 1, "replacer", obsID(0, 50)),
			remark(obsID(2, 52), 0, "replacer's replacer", obsID(1, 51)))
		v := Fold(h.record, stateOf(shuffled(t, h.obs)), sch)
		if got, _ := v.Fields.Get("remark"); got.S == "replaced" || got.S == "replacer" {
			t.Fatalf("%q rose again", got.S)
		}
		for _, c := range v.Conflicts {
			if c.By == obsID(0, 50) || c.By == obsID(1, 51) {
				t.Fatalf("what was replaced knowingly is no conflict: %+v", c)
			}
		}
	})
}
