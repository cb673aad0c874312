package sqlitestore

import (
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"roadbook/sync/clock"
)

// Keys of totals are positive, keep the order of days, and are split correctly.
func TestTotalKeys(t *testing.T) {
	days := []clock.Day{10000101, 20191231, 20200101, 20200131, 20200201, 20201231, 20210101, 99991231}
	for _, measure := range []int64{1, 1 << 14, maxMeasures} {
		for _, unit := range []int64{1, maxUnits} {
			before := int64(0)
			for _, day := range days {
				k := totalKey(measure, unit, day)
				if k <= before {
					t.Fatalf("%d %d %d: key %d after %d", measure, unit, day, k, before)
				}
				before = k
				if mu, d := splitTotal(k); mu>>unitBits != measure || mu&maxUnits != unit || d != day {
					t.Fatalf("%d %d %d: apart %d %d %d", measure, unit, day, mu>>unitBits, mu&maxUnits, d)
				}
			}
		}
	}
}

// A file of version 1 had other keys: measure (14) unit (20) day (27, as yyyymmdd).
func TestTotalsOfVersion1(t *testing.T) {
	c, err := openConn(Config{Path: filepath.Join(t.TempDir(), "old.db")}, commonPragmas)
	if err != nil {
		t.Fatal(err)
	}
	old := int64(3)<<47 | 5<<27 | 20201231
	for _, sql := range []string{migrations[0], "PRAGMA user_version=1", fmt.Sprintf("INSERT INTO total VALUES (%d, 42)", old)} {
		if err := c.c.Exec(sql); err != nil {
			t.Fatal(err)
		}
	}
	if err := migrate(c, false); err != nil {
		t.Fatal(err)
	}
	found := 0
	err = c.each(`SELECT k, v FROM total`, func(r row) error {
		found++
		mu, day := splitTotal(r.int(0))
		if mu>>unitBits != 3 || mu&maxUnits != 5 || day != 20201231 || r.int(1) != 42 {
			t.Errorf("measure %d unit %d day %d: %d", mu>>unitBits, mu&maxUnits, day, r.int(1))
		}
		return nil
	})
	if err := errors.Join(err, c.close()); err != nil || found != 1 {
		t.Fatalf("%d totals, %v", found, err)
	}
}
