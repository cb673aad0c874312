package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"strings"
	"testing"

	"roadbook/server/command"
	"roadbook/server/hub"
	"roadbook/server/store"
)

// A program may bring a measure under a name that HQ published with another meaning: the list says so, and what to do.
func TestListSaysWhatDisagrees(t *testing.T) {
	dir := t.TempDir()
	launch(t, "serve", "--data", dir, "--listen", "127.0.0.1:0", "--json").Stop()
	text, err := os.ReadFile("../schema/data/catalogues/shunping-2020.yaml")
	if err != nil {
		t.Fatal(err)
	}
	changed := []byte(strings.NewReplacer("id: shunping-2020", "id: county-2021", "year: 2020", "year: 2021", "add: default(sets, 1)", "add: 2 * default(sets, 1)").Replace(string(text)))
	publishUnchecked(t, dir, "county-2021@1", changed)

	const zh, en = "shunping-2020@2 与 county-2021@1 各有一个统计项 plate_sets，含义不同", "Run server catalogue upgrade county-2021@1, review and publish"
	code, out, errs := try(t, "", "catalogue", "list", "--data", dir)
	if code != command.ExitOK || strings.Count(out, zh) != 1 || !strings.Contains(out, en) {
		t.Errorf("exit %d, %s%s", code, out, errs)
	}
	code, out, _ = try(t, "", "catalogue", "list", "--json", "--data", dir)
	if code != command.ExitOK || strings.Count(out, `"clashes":[{"zh":"指标目录 `+zh) != 2 {
		t.Errorf("exit %d, %s", code, out)
	}
	s := launch(t, "serve", "--data", dir, "--listen", "127.0.0.1:0", "--json")
	if code := s.Stop(); code != command.ExitOK {
		t.Errorf("the server ended with %d", code)
	}
}

// publishUnchecked puts a catalogue into the list as a program of before could, which had no measure of that name.
func publishUnchecked(t *testing.T, dir, name string, text []byte) {
	t.Helper()
	r, closeStore, err := hub.OpenStore(t.Context(), hub.Config{Data: dir})
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(text)
	digest := hex.EncodeToString(sum[:])
	_, err = r.Put(t.Context(), store.Entry{Section: "catalogue", Name: digest, Data: text})
	if err == nil {
		_, err = store.PutJSON(t.Context(), r, store.Entry{Section: "catalogue", Name: "published"}, []hub.Published{{Name: name, Digest: digest, File: "c.yaml", At: 7}})
	}
	if err = errors.Join(err, closeStore()); err != nil {
		t.Fatal(err)
	}
}
