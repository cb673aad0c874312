package simtest

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// module is the path under which the house's rooms are imported.
const module = "roadbook/"

// allowed says which rooms of ours a room may import. A room that is not named here has no place in the
// house: it gets one before it gets code. A trailing /... means the room and all below it.
var allowed = []struct {
	room    string
	imports []string
}{
	{"schema", []string{"schema/data", "schema/internal/..."}},
	{"schema/data", nil},
	{"schema/internal/source", nil},
	{"schema/source", []string{"schema/internal/..."}}, // the strict reader, for files of others that are read as ours are
	{"schema/catalogue", []string{"schema/..."}},
	{"sync/clock", []string{"schema"}},
	{"sync/wire", []string{"schema", "sync/clock"}},
	{"sync/merge", []string{"schema", "sync/clock", "sync/wire"}},
	{"sync/tally", []string{"schema", "schema/catalogue", "sync/clock", "sync/wire", "sync/merge"}},
	{"sync/foreign", nil},
	{"sync/dbfile", nil}, // the file layer under both embedded databases
	{"sync/simtest/...", []string{"schema/...", "sync/...", "server/...", "client/..."}},
	{"server/store", []string{"schema", "sync/..."}},
	{"server/store/storetest", []string{"schema", "sync/...", "server/store", "server/store/faulty"}},
	{"server/store/sqlitestore", []string{"schema", "sync/...", "server/store"}},
	{"server/store/mongostore/...", []string{"schema", "sync/...", "server/store/mongostore/...", "server/store"}},
	{"server/store/faulty", []string{"schema", "sync/...", "server/store"}},
	{"server/ingest", []string{"schema/...", "sync/...", "server/store"}},
	{"server/lease", []string{"server/store"}},
	{"server/pulse", []string{"server/store"}},
	{"server/timecheck", []string{"schema", "sync/clock", "server/store"}},
	{"server/auth", []string{"schema", "sync/...", "server/store", "server/ingest"}},
	{"server/query", []string{"schema/...", "sync/...", "server/store"}},
	{"server/verify", []string{"schema", "sync/...", "server/store", "server/ingest"}},
	{"server/exchange", []string{"schema/...", "sync/...", "server/store", "server/ingest", "server/auth"}},
	{"server/transfer", []string{"sync/...", "server/store", "server/ingest"}},
	{"server/report", []string{"schema/...", "sync/clock", "sync/wire", "server/query"}}, // refusals are wire.Error,
	{"server/web", []string{"schema/...", "sync/...", "server/store", "server/auth", "server/query", "server/report"}},
	{"server/web/browsertest", []string{"schema/...", "sync/...", "server/..."}},
	{"server/api", []string{
		"schema/...", "sync/...", "server/store", "server/ingest", "server/auth", "server/query", "server/exchange", "server/report", "server/web",
	}},
	{"server/hub", []string{
		"schema/...", "sync/...", "server/store/...", "server/ingest", "server/auth", "server/query", "server/api", "server/web", "server/exchange", "server/transfer", "server/lease", "server/pulse", "server/timecheck",
	}},
	{"server/fleet/truth", nil}, // what happened: it shares no answer with the programs
	{"server/fleet", []string{"schema/...", "sync/...", "server/fleet/truth"}},
	{"server/loadtest", []string{"schema/...", "sync/...", "server/..."}},
	{"server", []string{"schema/...", "sync/...", "server/..."}},
	{"client/localdb", []string{"schema/...", "sync/..."}},
	{"client/syncer", []string{"schema/...", "sync/...", "client/localdb"}},
	{"client/syncer/fakeserver", []string{"schema", "sync/..."}},
	{"client/transport", []string{"schema/...", "sync/...", "client/syncer", "client/localdb"}},
	{"client/station", []string{"schema/...", "sync/...", "client/..."}},
	{"client", []string{"schema/...", "sync/...", "client/..."}},
}

// libraries that stand behind one door each.
var doors = map[string][]string{
	"github.com/gofiber/fiber":    {"server/api", "server/web"},
	"go.mongodb.org/mongo-driver": {"server/store/mongostore", "server/store/mongostore/simdoc", "server/store/mongostore/fakemongo", "server/loadtest"},
	"github.com/ncruces/go-sqlite3": {
		"server/store/sqlitestore", "client/localdb", "sync/dbfile", "sync/simtest", "sync/simtest/simdisk",
	},
}

type listed struct {
	ImportPath                string
	Imports                   []string
	TestImports, XTestImports []string
}

// TestHouse holds the real import graph to the plan of the house.
func TestHouse(t *testing.T) {
	packages := goList(t)
	if len(packages) < 15 {
		t.Fatalf("go list found %d packages only", len(packages))
	}
	for _, p := range packages {
		room := strings.TrimPrefix(p.ImportPath, module)
		may, ok := importsOf(room)
		if !ok {
			t.Errorf("%s has no place in the house", room)
			continue
		}
		for _, i := range p.Imports {
			if ours, found := strings.CutPrefix(i, module); found && !matches(may, ours) {
				t.Errorf("%s must not import %s", room, ours)
			}
			checkDoor(t, room, i)
		}
		checkSides(t, room, append(p.TestImports, p.XTestImports...))
	}
}

// TestHouseNotices plants what must not be and sees it found.
func TestHouseNotices(t *testing.T) {
	if may, _ := importsOf("sync/clock"); matches(may, "sync/wire") {
		t.Error("clock could import wire")
	}
	if may, _ := importsOf("client/localdb"); matches(may, "server/store") {
		t.Error("a client could import the server")
	}
	if _, ok := importsOf("server/util"); ok {
		t.Error("a room without a place was let in")
	}
	if matches([]string{"server/..."}, "serverless") {
		t.Error("a prefix is not a room")
	}
}

// checkSides: server and client never see each other, in tests neither; only simtest sees both.
func checkSides(t *testing.T, room string, imports []string) {
	t.Helper()
	for _, i := range imports {
		ours, found := strings.CutPrefix(i, module)
		if !found || strings.HasPrefix(room, "sync/simtest") {
			continue
		}
		if strings.HasPrefix(room, "server") && strings.HasPrefix(ours, "client") ||
			strings.HasPrefix(room, "client") && strings.HasPrefix(ours, "server") {
			t.Errorf("the tests of %s must not import %s", room, ours)
		}
	}
}

func checkDoor(t *testing.T, room, imported string) {
	t.Helper()
	for library, rooms := range doors {
		if strings.HasPrefix(imported, library) && !slices.Contains(rooms, room) {
			t.Errorf("%s must not import %s", room, imported)
		}
	}
}

func importsOf(room string) ([]string, bool) {
	for _, a := range allowed {
		if matches([]string{a.room}, room) {
			return a.imports, true
		}
	}
	return nil, false
}

func matches(patterns []string, room string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		tree, ok := strings.CutSuffix(p, "/...")
		return room == p || ok && (room == tree || strings.HasPrefix(room, tree+"/"))
	})
}

func goList(t *testing.T) []listed {
	t.Helper()
	list := exec.Command("go", "list", "-e", "-json=ImportPath,Imports,TestImports,XTestImports", "./...")
	list.Dir = "../.."
	out, err := list.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []listed
	dec := json.NewDecoder(strings.NewReader(string(out)))
	for {
		var p listed
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}
