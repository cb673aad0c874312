package localdb

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"roadbook/sync/wire"
)

// listIDs returns id and kind of the records in List's order.
func listIDs(t testing.TB, db *DB, f Filter) (ids []string) {
	t.Helper()
	list, err := db.List(ctx, f)
	if err != nil {
		t.Fatal(err)
	}
	for i := range list {
		ids = append(ids, list[i].View.Record+" "+list[i].View.Kind)
	}
	return ids
}

// listByFolding is the expected list: every record folded, without the table known.
func listByFolding(t testing.TB, db *DB, f Filter) (ids []string) {
	t.Helper()
	err := db.readTx(ctx, func() error {
		return db.eachScannedRecord(func(record string) error {
			e, err := db.loadRecord(record)
			if err == nil && (f.Kind == "" || e.View.Kind == f.Kind) && (f.Limit == 0 || len(ids) < f.Limit) {
				ids = append(ids, e.View.Record+" "+e.View.Kind)
			}
			return err
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return ids
}

// compareLists compares the lists of all kinds, at several lengths.
func compareLists(t *testing.T, db *DB, when string) {
	t.Helper()
	kinds := []string{"", "plate", "incident", "accident", "casualty", "dragon"}
	for _, kind := range kinds {
		for _, limit := range []int{0, 1, 3, 1000} {
			f := Filter{Kind: kind, Limit: limit}
			if got, want := listIDs(t, db, f), listByFolding(t, db, f); !slices.Equal(got, want) {
				t.Errorf("%s, %+v:\n got %v\nwant %v", when, f, got, want)
			}
		}
	}
}

// otherDevicesLines makes lines of another device: records, items, and amendments pulled before their record, or
// without the record.
func otherDevicesLines(t *testing.T, rng *rand.Rand) (lines []wire.PulledLine) {
	t.Helper()
	db, clock := openEnrolled(t, "officer")
	saved := []Saved{mustSave(t, db, incident(t, db))}
	for range 60 {
		clock.mono += int64(rng.IntN(5000))
		at := saved[rng.IntN(len(saved))]
		switch rng.IntN(5) {
		case 0:
			mustSave(t, db, Draft{Act: wire.Restore, ID: at.Record})
		case 1:
			mustSave(t, db, Draft{Act: wire.Void, ID: at.Record, Reason: "重复"})
		case 2:
			accident := mustSave(t, db, Draft{Kind: "accident", Fields: fields(t, db, "accident", "severity", "死亡", "procedure", "一般", "dead", "1")})
			casualty := Draft{Kind: "casualty", Fields: fields(t, db, "casualty", "accident", accident.Record, "died_at", "2020-12-15T10:00:00+08:00")}
			saved = append(saved, accident, mustSave(t, db, casualty))
		default:
			saved = append(saved, mustSave(t, db, incident(t, db)))
		}
	}
	err := db.Lines(ctx, func(id wire.ObsID, line []byte, _ wire.Status) error {
		lines = append(lines, wire.PulledLine{ID: id.String(), Line: string(line)})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	rng.Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
	return lines[:len(lines)*3/4] // some first lines never come
}

func incident(t testing.TB, db *DB) Draft {
	t.Helper()
	return Draft{Kind: "incident", Fields: fields(t, db, "incident", "category", "事故", "reported_at", "2020-12-15T10:00:00+08:00")}
}

// List returns the same records as folding everything: by kind and in order, for any order of saving and pulling; also
// after taking over an older program's database, and without the table known.
func TestListEqualsFolding(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 1))
	cfg := Config{Dir: t.TempDir(), Keys: testKeys(t, 2), Clock: &fakeClock{wall: start, boot: "b0000009"}, Rand: testRand(3), Catalogue: "shunping-2020@1"}
	db := openDB(t, cfg)
	enroll(t, db, "officer")
	pulled := otherDevicesLines(t, rng)
	var own []Saved
	for i := 0; len(pulled) > 0; i++ {
		n := min(len(pulled), rng.IntN(4))
		req := mustNext(t, db)
		ans := &wire.Answer{V: 1, ServerEpoch: "e1", ServerTime: start}
		if req.Frame != nil {
			ans = answer(req, wire.Created)
		}
		ans.Pull = &wire.Pulled{Cursor: fmt.Sprint("c", i), Observations: pulled[:n]}
		mustApply(t, db, ans, req)
		pulled = pulled[n:]
		switch {
		case len(own) > 0 && rng.IntN(3) == 0:
			mustSave(t, db, Draft{Act: wire.Void, ID: own[rng.IntN(len(own))].Record, Reason: "重复"})
		case n > 0 && !strings.Contains(ans.Pull.Observations[0].Line, `"record":`) && rng.IntN(2) == 0:
			mustSave(t, db, Draft{Act: wire.Restore, ID: ans.Pull.Observations[0].ID})
		default:
			own = append(own, mustSave(t, db, incident(t, db)))
		}
	}
	if n := len(listIDs(t, db, Filter{Kind: "incident"})); n < 10 || n == len(listIDs(t, db, Filter{})) {
		t.Errorf("%d incidents of %d records: that says little", n, len(listIDs(t, db, Filter{})))
	}
	compareLists(t, db, "as it came")

	drop := []string{"DROP TRIGGER known_pulled", "DROP TABLE known", "DROP TABLE boot_clocks", "DROP TABLE elsewhere", "DROP TABLE hq_devices", "DROP TABLE acts",
		"DROP TABLE reference", "DROP TABLE told_doubts", "DROP TABLE record_keys", "DROP TABLE forms", "DELETE FROM meta WHERE name IN ('known', 'record_keys')",
		fmt.Sprintf("PRAGMA user_version = %d", len(migrations)-21)}
	for _, sql := range drop {
		if err := db.conn.Exec(sql); err != nil {
			t.Fatal(err)
		}
	}
	db.Close()
	db = openDB(t, cfg)
	if n, _ := db.queryInt("SELECT count(*) FROM known"); n == 0 {
		t.Error("the table is not filled")
	}
	compareLists(t, db, "of an older program")
	mustSave(t, db, incident(t, db))
	compareLists(t, db, "of an older program, going on")
	if err := db.conn.Exec("DELETE FROM known; DELETE FROM meta WHERE name = 'known'"); err != nil {
		t.Fatal(err)
	}
	mustSave(t, db, incident(t, db))
	compareLists(t, db, "without the table")
}
