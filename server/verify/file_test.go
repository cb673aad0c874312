package verify_test

import (
	"fmt"
	"testing"

	"github.com/fxamacker/cbor/v2"
	"github.com/ncruces/go-sqlite3"

	"roadbook/server/store/sqlitestore"
	"roadbook/sync/merge"
)

// TestErrorsInFileAreNamed plants errors, as an intruder with the database file could, and repairs by a rebuild.
func TestErrorsInFileAreNamed(t *testing.T) {
	for _, c := range inFile {
		t.Run(c.name, func(t *testing.T) {
			path := t.TempDir() + "/r.db"
			open := func() *sqlitestore.Store {
				s, err := sqlitestore.Open(t.Context(), sqlitestore.Config{Path: path})
				if err != nil {
					t.Fatal(err)
				}
				return s
			}
			s := open()
			w := newWorld(t, s)
			w.verify(s)
			w.wantFindings()
			w.in.Close()
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			plantIn(t, path, c.sql, c.args)
			w.reopen(open())
			w.verify(w.store)
			if c.class == "" {
				w.wantFindings()
			} else {
				w.wantFindingAt(c.class, c.at)
			}
			w.wantRebuildMends(c.mended)
		})
	}
}

func plantIn(t *testing.T, path, sql string, args func([]merge.Member) []any) {
	t.Helper()
	db, err := sqlite3.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	var bound []any
	if args != nil {
		bound = args(teamIn(t, db))
	}
	stmt, _, err := db.Prepare(sql)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = stmt.Close() }()
	for i, arg := range bound {
		switch v := arg.(type) {
		case []merge.Member:
			raw, err := cbor.Marshal(v)
			if err != nil {
				t.Fatal(err)
			}
			err = stmt.BindBlob(i+1, raw)
			if err != nil {
				t.Fatal(err)
			}
		default:
			if err := stmt.BindText(i+1, fmt.Sprint(v)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := stmt.Exec(); err != nil || db.Changes() == 0 {
		t.Fatalf("%s: %d rows, %v", sql, db.Changes(), err)
	}
}

// teamIn reads the only evaluation in the file.
func teamIn(t *testing.T, db *sqlite3.Conn) (team []merge.Member) {
	t.Helper()
	stmt, _, err := db.Prepare(`SELECT d FROM team`)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = stmt.Close() }()
	if !stmt.Step() {
		t.Fatal("no group is evaluated")
	}
	if err := cbor.Unmarshal(stmt.ColumnBlob(0, nil), &team); err != nil || len(team) != 2 {
		t.Fatalf("%+v, %v", team, err)
	}
	return team
}

var inFile = []struct {
	name, class, at string
	mended          bool // by a rebuild
	sql             string
	args            func([]merge.Member) []any
}{
	{"a sum is raised", "doubled", "sum", true, `UPDATE total SET v=v+7 WHERE v>0`, nil},
	{"a sum is lowered", "stale", "sum", true, `UPDATE total SET v=v-1 WHERE v>0`, nil},
	{"all sums are gone", "stale", "sum", true, `DELETE FROM total`, nil},
	{"records are gone", "lost", "record", false, `DELETE FROM chunk`, nil},
	{"a frame is gone", "lost", "stream", false, `DELETE FROM frame WHERE rowid=(SELECT min(rowid) FROM frame)`, nil},
	{"an evaluation is gone", "lost", "group", true, `DELETE FROM team`, nil},
	{"an evaluation lacks a member", "stale", "group", true, `UPDATE team SET d=?`, func(team []merge.Member) []any {
		return []any{append(team[:1:1], team[0])}
	}},
	{"an evaluation has a member that no record is", "stale", "group", true, `UPDATE team SET d=?`, func(team []merge.Member) []any {
		stranger := team[0]
		stranger.Record = "nobody"
		return []any{append(team, stranger)}
	}},
	{"an evaluation that nobody names", "orphaned", "group", true, `INSERT INTO team(name, d) VALUES(?, ?)`, func(team []merge.Member) []any {
		return []any{"nobody|20201220", team}
	}},
	{"the index of groups is gone", "", "", true, `DELETE FROM member`, nil},
}
