package house

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

// allowed says which rooms a room may import. The rooms stand in the order of the floors, the lowest first: a room
// imports only rooms above its own row. A room without a row is refused: a new room gets a row before code.
// A trailing /... means the room and all rooms below it.
var allowed = []struct {
	room    string
	imports []string
}{
	{"schema/data", nil},
	{"schema/internal/source", nil},
	{"schema", []string{"schema/data", "schema/internal/..."}},
	{"schema/source", []string{"schema/internal/..."}}, // the strict reader, for other files read as strictly
	{"schema/screen", []string{"schema"}},              // how both programs look
	{"schema/catalogue", []string{"schema/..."}},
	{"sync/clock", nil},
	{"sync/wire", []string{"schema", "sync/clock"}},
	{"sync/merge", []string{"schema", "sync/clock", "sync/wire"}},
	{"sync/doubt", []string{"schema", "sync/merge"}},
	{"sync/tally", []string{"schema", "schema/catalogue", "sync/clock", "sync/wire", "sync/merge"}},
	{"sync/foreign", nil},
	{"sync/house", nil},
	{"sync/durable", nil},           // small files: keys, marks, bundles, sheets
	{"sync/dbfile", nil},            // the file layer under both embedded databases
	{"sync/simtest/killpoint", nil}, // both programs import this room under the tag killpoints
	{"server/store", []string{"schema", "sync/..."}},
	{"server/store/faulty", []string{"sync/...", "server/store"}},
	{"server/store/storetest", []string{"schema", "sync/...", "server/store", "server/store/faulty"}},
	{"server/store/sqlitestore", []string{"schema", "sync/...", "server/store"}},
	{"server/store/mongostore/...", []string{"schema", "sync/...", "server/store/mongostore/...", "server/store"}},
	{"server/ingest", []string{"schema/...", "sync/...", "server/store"}},
	{"server/lease", []string{"server/store"}},
	{"server/pulse", []string{"server/store"}},
	{"server/timecheck", []string{"schema", "sync/clock", "server/store"}},
	{"server/auth", []string{"schema", "sync/...", "server/store"}},
	{"server/doubts", []string{"schema", "sync/...", "server/store"}},
	{"server/query", []string{"schema/...", "sync/...", "server/store", "server/doubts"}},
	{"server/verify", []string{"schema", "sync/...", "server/store", "server/ingest"}},
	{"server/imports/sheet/sheettest", nil},
	{"server/imports/sheet", []string{"schema"}},
	{"server/imports", []string{"schema/...", "sync/...", "server/store", "server/ingest", "server/query", "server/imports/sheet"}},
	{"server/reconcile", []string{"schema/...", "sync/...", "server/store/...", "server/ingest", "server/imports"}},
	{"server/transfer", []string{"sync/...", "server/store", "server/ingest"}},
	{"server/report", []string{"schema/...", "sync/wire", "server/query"}}, // refusals are wire.Error
	{"server/web", []string{"schema/...", "sync/...", "server/auth", "server/query", "server/doubts", "server/report"}},
	{"server/api", []string{
		"schema/...", "sync/...", "server/store", "server/ingest", "server/auth", "server/query", "server/doubts", "server/imports", "server/reconcile", "server/report", "server/web",
	}},
	{"server/hub", []string{
		"schema/...", "sync/...", "server/store/...", "server/ingest", "server/auth", "server/query", "server/doubts", "server/api", "server/web", "server/imports", "server/reconcile", "server/transfer", "server/lease", "server/pulse", "server/timecheck",
	}},
	{"server/fleet", []string{"schema/...", "sync/..."}},
	{"server/command", []string{
		"schema/...", "sync/wire", "server/store", "server/auth", "server/query", "server/imports", "server/transfer", "server/hub",
	}},
	{"server/command/commandtest", []string{"server/command"}},
	{"server/demo/truth", nil},                                 // what happened
	{"server/demo/recounttest", []string{"server/demo/truth"}}, // shares no answer with the programs
	{"server/demo/story", []string{"schema/...", "sync/...", "server/fleet", "server/demo/truth"}},
	{"server/demo", []string{
		"schema/...", "sync/...", "server/store", "server/auth", "server/hub", "server/command/...", "server/demo/...",
	}},
	{"server/web/browsertest", []string{"schema/...", "sync/...", "server/..."}},
	{"server/loadtest", []string{"schema/...", "sync/...", "server/..."}},
	{"server", []string{"schema/...", "sync/...", "server/..."}},
	{"client/localdb", []string{"schema/...", "sync/..."}},
	{"client/syncer/fakeserver", []string{"schema", "sync/..."}},
	{"client/syncer", []string{"schema/...", "sync/...", "client/localdb"}},
	{"client/transport", []string{"schema/...", "sync/...", "client/syncer"}},
	{"client/station", []string{"schema/...", "sync/...", "client/..."}},
	{"client/typed", []string{"schema", "sync/clock"}},
	{"client/field", []string{"schema/screen"}},
	{"client/maker", []string{"schema/...", "sync/...", "client/..."}},
	{"client", []string{"schema/...", "sync/...", "client/..."}},
	{"sync/simtest/...", []string{"schema/...", "sync/...", "server/...", "client/..."}},
}

// libraries that stand behind one door each.
var doors = map[string][]string{
	"github.com/gofiber/fiber":    {"server/api", "server/web"},
	"go.mongodb.org/mongo-driver": {"server/store/mongostore", "server/store/mongostore/simdoc", "server/store/mongostore/fakemongo", "server/loadtest"},
	"github.com/ncruces/go-sqlite3": {
		"server/store/sqlitestore", "client/localdb", "sync/dbfile", "sync/simtest/simdisk",
	},
}

type listed struct {
	ImportPath                string
	Imports                   []string
	TestImports, XTestImports []string
}

// TestHouse compares the packages' real imports with the table allowed.
func TestHouse(t *testing.T) {
	packages := goList(t)
	if len(packages) < 15 {
		t.Fatalf("go list found %d packages only", len(packages))
	}
	for _, p := range packages {
		room := strings.TrimPrefix(p.ImportPath, module)
		floor := floorOf(room)
		if floor < 0 {
			t.Errorf("%s has no row in the table allowed", room)
			continue
		}
		for _, i := range p.Imports {
			if imported, ours := strings.CutPrefix(i, module); ours {
				checkImport(t, room, floor, imported)
			}
			checkDoor(t, room, i)
		}
		checkSides(t, room, append(p.TestImports, p.XTestImports...))
	}
	checkUnused(t, packages)
}

// checkImport: a program file imports only allowed rooms of lower floors, or of its own row.
func checkImport(t *testing.T, room string, floor int, imported string) {
	t.Helper()
	if !matches(allowed[floor].imports, imported) {
		t.Errorf("%s must not import %s", room, imported)
	}
	if floorOf(imported) > floor {
		t.Errorf("%s imports %s, which stands on a higher floor", room, imported)
	}
}

// checkUnused: every permission of the table is used by some package of its room, be it by a test only.
func checkUnused(t *testing.T, packages []listed) {
	t.Helper()
	imports := make([][]string, len(allowed))
	for _, p := range packages {
		if floor := floorOf(strings.TrimPrefix(p.ImportPath, module)); floor >= 0 {
			imports[floor] = slices.Concat(imports[floor], p.Imports, p.TestImports, p.XTestImports)
		}
	}
	for floor, row := range allowed {
		for _, pattern := range row.imports {
			if !slices.ContainsFunc(imports[floor], func(i string) bool {
				imported, ours := strings.CutPrefix(i, module)
				return ours && matches([]string{pattern}, imported)
			}) {
				t.Errorf("%s may import %s and never does", row.room, pattern)
			}
		}
	}
}

// TestHouseNotices asks the checks about imports that must be refused.
func TestHouseNotices(t *testing.T) {
	if matches(allowed[floorOf("sync/clock")].imports, "sync/wire") {
		t.Error("clock could import wire")
	}
	if matches(allowed[floorOf("client/localdb")].imports, "server/store") {
		t.Error("a client could import the server")
	}
	if floorOf("server/util") >= 0 {
		t.Error("a room without a row was let in")
	}
	if floorOf("sync/wire") >= floorOf("sync/merge") || floorOf("sync/simtest/killpoint") >= floorOf("client/localdb") {
		t.Error("the floors are not in order")
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

// floorOf is the index of a room's row in the table allowed; -1: the room has no row.
func floorOf(room string) int {
	for i, row := range allowed {
		if matches([]string{row.room}, room) {
			return i
		}
	}
	return -1
}

func matches(patterns []string, room string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		tree, ok := strings.CutSuffix(p, "/...")
		return room == p || ok && (room == tree || strings.HasPrefix(room, tree+"/"))
	})
}

// allTags are the build tags of all files: an import under a tag is an import.
const allTags = "-tags=mongo,foreign,demo,browser,office,outside,node,killpoints"

func goList(t *testing.T) []listed {
	t.Helper()
	list := exec.Command("go", "list", "-e", allTags, "-json=ImportPath,Imports,TestImports,XTestImports", "./...")
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
