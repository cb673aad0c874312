package hub

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"

	"roadbook/schema"
	"roadbook/schema/catalogue"
	"roadbook/server/store"
)

// publishedBefore puts a catalogue into the list as a program of before could: without today's checks.
func publishedBefore(t *testing.T, r store.Registry, text string) {
	t.Helper()
	if err := storeText(t.Context(), r, []byte(text)); err != nil {
		t.Fatal(err)
	}
	c, err := catalogue.Load([]byte(text), "p.yaml", schema.Default())
	if err != nil {
		t.Fatal(err)
	}
	list, entry, err := readPublished(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(text))
	if _, err := store.PutJSON(t.Context(), r, entry, append(list, Published{c.Name(), hex.EncodeToString(sum[:]), "p.yaml", 7})); err != nil {
		t.Fatal(err)
	}
}

func firstText(t *testing.T, pairs ...string) string {
	t.Helper()
	all, err := catalogue.Embedded(schema.Default())
	if err != nil {
		t.Fatal(err)
	}
	text, err := catalogue.EmbeddedText(all[0])
	if err != nil {
		t.Fatal(err)
	}
	return strings.NewReplacer(pairs...).Replace(string(text))
}

// A published catalogue with another measure under a known name: the server starts, both count, and the log and the
// warnings say so.
func TestAPublishedYearNeverStopsTheStart(t *testing.T) {
	dir := t.TempDir()
	h, _, stop := start(t, Config{Data: dir})
	recordYear(t, h)
	publishedBefore(t, h.Store(), firstText(t, "id: shunping-2020", "id: county-2021", "year: 2020", "year: 2021", "add: default(sets, 1)", "add: 2 * default(sets, 1)"))
	stop()
	h, log, stop := start(t, Config{Data: dir})
	if got := sum(t, h, "plate_sets"); got != 2*yearPlates {
		t.Errorf("%d by the published measure, want %d", got, 2*yearPlates)
	}
	if got := sum(t, h, "plate_sets-shunping-2020.2"); got != yearPlates {
		t.Errorf("%d by the program's, want %d", got, yearPlates)
	}
	if got := log.String(); !strings.Contains(got, "server catalogue upgrade county-2021@1") || !strings.Contains(got, "plate_sets") {
		t.Errorf("the log says %s", got)
	}
	ws := h.warnings()
	if len(ws) != 1 || ws[0].Code != clashCode || !strings.Contains(ws[0].Message.ZH, "server catalogue upgrade county-2021@1") {
		t.Errorf("warnings %+v", ws)
	}
	stop()
	h, log, _ = start(t, Config{Data: dir})
	if strings.Contains(log.String(), "counting anew") || sum(t, h, "plate_sets") != 2*yearPlates {
		t.Errorf("the start after that: %s", log)
	}
}

// A published copy of the program's first version counts on beside the second: nothing disagrees, and what both have is
// counted once.
func TestAPublishedCopyGoesOn(t *testing.T) {
	dir := t.TempDir()
	h, _, stop := start(t, Config{Data: dir})
	recordYear(t, h)
	publishedBefore(t, h.Store(), firstText(t, "id: shunping-2020", "id: county-2021", "year: 2020", "year: 2021"))
	stop()
	h, log, _ := start(t, Config{Data: dir})
	if !strings.Contains(log.String(), "+shunping-2020@2+county-2021@1") || len(h.warnings()) > 0 {
		t.Errorf("%v, %s", h.warnings(), log)
	}
	if got := sum(t, h, "incident_dispatched"); got != yearIncidents {
		t.Errorf("%d incidents, want %d", got, yearIncidents)
	}
}

// HQ published the second version of the program's own catalogue before the program had one: HQ's answers and counts.
func TestHQsVersionOfTheProgramsCatalogue(t *testing.T) {
	dir := t.TempDir()
	h, _, stop := start(t, Config{Data: dir})
	publishedBefore(t, h.Store(), firstText(t, "version: 1\n", "version: 2\n", "add: default(sets, 1)", "add: 3 * default(sets, 1)"))
	stop()
	h, log, _ := start(t, Config{Data: dir})
	recordYear(t, h)
	if got := sum(t, h, "plate_sets"); got != 3*yearPlates {
		t.Errorf("%d by HQ's version, want %d", got, 3*yearPlates)
	}
	cats, err := Catalogues(t.Context(), h.Store(), schema.Default())
	if err != nil || len(cats) != 2 || cats[1].Name() != "shunping-2020@2" || cats[1].Published != 1 {
		t.Errorf("%d catalogues, %v", len(cats), err)
	}
	if len(h.warnings()) > 0 || strings.Contains(log.String(), clashCode) {
		t.Errorf("nothing disagrees: %s", log)
	}
}
