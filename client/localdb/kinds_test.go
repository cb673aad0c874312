package localdb

import (
	"encoding/json"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"roadbook/schema"
	"roadbook/schema/data"
	"roadbook/sync/wire"
)

// newerSchema is the schema of a later release: a plate has two fields more, one of them with a default, and there is a
// kind more.
func newerSchema(t *testing.T) *schema.Schema {
	t.Helper()
	files := fstest.MapFS{}
	err := fs.WalkDir(data.FS, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(data.FS, name)
		files[name] = &fstest.MapFile{Data: text}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	const was = "      - {name: spoiled, type: bool, label: {zh: 废牌, en: Spoiled}}\n"
	const more = "      - {name: colour, type: text, max_len: 8, since: 2, label: {zh: 号牌颜色, en: Plate colour}}\n" +
		"      - {name: digital, type: bool, default: false, since: 2, label: {zh: 电子号牌, en: Digital plate}}\n"
	text := string(files["kinds/counter.yaml"].Data)
	at := strings.Index(text, "name: plate\n")
	text = text[:at] + strings.Replace(strings.Replace(text[at:], "version: 1", "version: 2", 1), was, was+more, 1)
	text += "\n  - name: drone_flight\n    no: K90\n    version: 1\n    since: 2\n    label: {zh: 无人机巡查, en: Drone flight}\n    roles: [clerk]\n    fields: []\n"
	if !strings.Contains(text, "colour") {
		t.Fatal("kinds/counter.yaml has changed")
	}
	files["kinds/counter.yaml"] = &fstest.MapFile{Data: []byte(text)}
	s, err := schema.Load(files)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

var platePairs = []string{"plate_type", "02", "plate_number", "冀F8K2M6", "business", "注册", "occurred_at", "2020-12-15 10:00"}

// lastFields are the names of the fields of the last line.
func lastFields(t *testing.T, db *DB) []string {
	t.Helper()
	var last wire.Line
	err := db.Lines(ctx, func(_ wire.ObsID, line []byte, _ wire.Status) error {
		if fault := wire.ParseLine(line, &last); fault != nil {
			return *fault
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var members map[string]any
	if err := json.Unmarshal(last.Fields, &members); err != nil {
		t.Fatal(err)
	}
	names := []string{}
	for name := range members {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// A newer client at servers that know more and less. What a person typed is refused with words if the server does not know
// it; what the program would fill in is left out.
func TestClientWritesWhatItsServerKnows(t *testing.T) {
	newer, older := newerSchema(t), schema.Default()
	mute := wire.NewKinds(older)
	mute.Line = nil
	for _, server := range []struct {
		name                string
		kinds               *wire.Kinds
		colour, kind, share bool
	}{
		{"of the same release", wire.NewKinds(newer), true, true, true},
		{"a release before", wire.NewKinds(older), false, false, true},
		{"that knows no share", mute, false, false, false},
		{"that states nothing", nil, false, false, false},
	} {
		t.Run(server.name, func(t *testing.T) {
			db := openDB(t, Config{Dir: t.TempDir(), Keys: testKeys(t, 2), Clock: &fakeClock{wall: start, boot: "b0000009"}, Rand: testRand(3),
				Catalogue: "shunping-2020@1", Schema: newer})
			e := enrolledAt(db, testKeys(t, 99), "e1")
			e.Kinds = server.kinds
			if err := db.Enroll(ctx, "http://server.test", e); err != nil {
				t.Fatal(err)
			}
			wantSaved := func(what string, d Draft, ok bool, field string) (saved Saved) {
				t.Helper()
				saved, err := db.Save(ctx, d)
				var faults schema.Faults
				if (err == nil) != ok || err != nil && (!errors.As(err, &faults) || faults[0].Code != "older_server" || faults[0].Field != field) {
					t.Errorf("%s: %v", what, err)
				}
				return saved
			}
			plain := wantSaved("a plate", Draft{Kind: "plate", Fields: fields(t, db, "plate", platePairs...)}, true, "")
			if names := lastFields(t, db); slices.Contains(names, "digital") != server.colour || slices.Contains(names, "colour") {
				t.Errorf("fields %v", names)
			}
			wantSaved("a plate with a colour", Draft{Kind: "plate", Fields: fields(t, db, "plate", append([]string{"colour", "蓝"}, platePairs...)...)}, server.colour, "colour")
			wantSaved("an amendment of the colour", Draft{Act: wire.Amend, ID: plain.Record, Fields: fields(t, db, "plate", "colour", "蓝")}, server.colour, "colour")
			wantSaved("an amendment", Draft{Act: wire.Amend, ID: plain.Record, Fields: fields(t, db, "plate", "sets", "2")}, true, "")
			wantSaved("a kind", Draft{Kind: "drone_flight"}, server.kind, "")
			wantSaved("a share", Draft{Act: wire.Amend, ID: plain.Record, Share: []string{"check-2"}}, server.share, "share")
			wantSaved("a void", Draft{Act: wire.Void, ID: plain.Record, Reason: "误录"}, true, "")
		})
	}
}

// The server is upgraded, and taken back to the older program: the statement follows its answers.
func TestStatementFollowsTheServer(t *testing.T) {
	newer := newerSchema(t)
	db := openDB(t, Config{Dir: t.TempDir(), Keys: testKeys(t, 2), Clock: &fakeClock{wall: start, boot: "b0000009"}, Rand: testRand(3),
		Catalogue: "shunping-2020@1", Schema: newer})
	enroll(t, db, "clerk")
	old, upgraded := wire.NewKinds(schema.Default()), wire.NewKinds(newer)
	asks := func(want string) *wire.Request {
		t.Helper()
		req := mustNext(t, db)
		if req.Kinds != want {
			t.Errorf("it asks with %q, want %q", req.Kinds, want)
		}
		return req
	}
	for _, s := range []struct {
		name   string
		server *wire.Kinds
		knows  bool
	}{{"the enrollment's", old, false}, {"upgraded", upgraded, true}, {"the same", upgraded, true}, {"taken back", nil, false}, {"upgraded again", upgraded, true}} {
		req := mustNext(t, db)
		ans := &wire.Answer{V: 1, ServerEpoch: "e1", ServerTime: start}
		if s.server != nil {
			ans.Kinds = s.server.For(req.Kinds)
		}
		mustApply(t, db, ans, req)
		k, err := db.serverKinds()
		if err != nil || k.Fields.Field("plate", "colour") != s.knows {
			t.Errorf("%s: %v, %v", s.name, k.Fields["plate"], err)
		}
		if s.server == nil {
			asks(wire.NoKinds)
		} else {
			asks(s.server.Digest)
		}
	}
}
