package sqlitestore_test

import (
	"path/filepath"
	"testing"

	"github.com/ncruces/go-sqlite3"

	"roadbook/server/store"
	"roadbook/server/store/sqlitestore"
)

func openAt(t *testing.T, path string) *sqlitestore.Store {
	t.Helper()
	s, err := sqlitestore.Open(t.Context(), sqlitestore.Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// alter runs SQL on a closed file.
func alter(t *testing.T, path, sql string) {
	t.Helper()
	c, err := sqlite3.Open("file:" + path)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Exec(sql); err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
}

// A file of before gets the table when it is opened, and its version stays: a program of before may open the file again.
func TestSideTableBesideTheVersions(t *testing.T) {
	path := filepath.Join(t.TempDir(), "r.db")
	_ = openAt(t, path).Close()
	alter(t, path, `DROP TABLE side`)
	s := openAt(t, path)
	if err := s.WriteSide(t.Context(), []store.SideRow{{Key: "a/1"}}, nil); err != nil {
		t.Fatal(err)
	}
	if sqlitestore.Format() != 4 {
		t.Errorf("the side table raised the version to %d", sqlitestore.Format())
	}
}

// A write that fails midway leaves nothing.
func TestSideIsAllOrNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "r.db")
	_ = openAt(t, path).Close()
	alter(t, path, `CREATE TRIGGER no BEFORE INSERT ON side WHEN NEW.k='n/2' BEGIN SELECT RAISE(ABORT, 'no'); END`)
	s := openAt(t, path)
	if err := s.WriteSide(t.Context(), []store.SideRow{{Key: "n/1"}, {Key: "n/2"}}, nil); err == nil {
		t.Fatal("the trigger did not refuse")
	}
	if rows, err := s.ScanSide(t.Context(), "", "", 9); err != nil || len(rows) != 0 {
		t.Errorf("half of a write is stored: %v, %v", rows, err)
	}
}
