package hub

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"roadbook/schema"
	"roadbook/schema/catalogue"
	"roadbook/server/auth"
	"roadbook/server/query"
	"roadbook/server/store"
	"roadbook/server/store/faulty"
	"roadbook/server/store/mongostore"
	"roadbook/server/store/mongostore/simdoc"
	"roadbook/sync/wire"
)

const followFast = 5 * time.Millisecond

// waitFor waits until a server says yes.
func waitFor(t *testing.T, what string, yes func() bool) {
	t.Helper()
	for range 2000 {
		if yes() {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatalf("%s never came", what)
}

// liveCount is the log's line of a count beside running devices; the empty database of a first start is counted too.
const liveCount = `msg="counting anew" from=rules-`

// aPlate sends a plate of 2020 from a new clerk's device that names the catalogue, and returns the answer's statuses.
func aPlate(t *testing.T, h *Hub, unit, number string) (statuses []wire.Status) {
	t.Helper()
	d := enroll(t, h, unit, auth.RoleClerk)
	d.addLine(t, h, "plate", time.Date(2020, 6, 2, 2, 0, 0, 0, time.UTC), map[string]string{
		"unit": unit, "plate_type": "02", "plate_number": number, "business": "register", "sets": "1",
	})
	a, err := d.link.Push(t.Context(), d.device, d.device.Next(), time.Now().UnixMilli())
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range a.Results {
		statuses = append(statuses, r.Status)
	}
	return statuses
}

// A publication beside a running server counts what was there within seconds, without a restart; a restart counts nothing
// anew. A device that names the new catalogue is taken in at once.
func TestPublicationCountsWithoutARestart(t *testing.T) {
	dir := t.TempDir()
	h, log, stop := start(t, Config{Data: dir, followEvery: followFast})
	recordYear(t, h)
	before, err := h.state(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	publishBeside(t, Config{Data: dir}, countyText(t))
	waitFor(t, "the publication", func() bool { return h.Catalogue() == "yunchuan-2020@1" })
	checkCounty(t, h)
	if in, err := h.Query().Indicators(t.Context(), query.Question{Year: "2020"}); err != nil || in.Catalogue != "yunchuan-2020@1" || len(in.Rows) != 6 {
		t.Errorf("the table: %v", err)
	}
	if after, err := h.state(t.Context()); err != nil || after == before {
		t.Errorf("open pages do not follow: %s, %v", after, err)
	}
	if got := aPlate(t, h, "office-22", "冀F8K2M6"); len(got) != 1 || got[0] != wire.Created {
		t.Errorf("a line of the new catalogue: %v", got)
	}
	if ws := h.warnings(); len(ws) != 0 || strings.Count(log.String(), liveCount) != 1 {
		t.Errorf("%+v\n%s", ws, log)
	}
	stop()
	h, log, _ = start(t, Config{Data: dir})
	if strings.Contains(log.String(), "counting anew") || h.Catalogue() != "yunchuan-2020@1" {
		t.Errorf("after a restart: %s", log)
	}
}

// Another year's copy has no measure of its own: it is in force at once, and nothing is counted anew, neither then nor at a
// restart.
func TestACopyIsInForceWithoutACount(t *testing.T) {
	dir := t.TempDir()
	h, log, stop := start(t, Config{Data: dir, followEvery: followFast})
	recordYear(t, h)
	by, err := h.Store().CountedBy(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	publishBeside(t, Config{Data: dir}, copyOfNewest(t, 2026))
	waitFor(t, "the publication", func() bool { return h.Catalogue() == "shunping-2026@1" })
	if years := h.Query().Years(); len(years) != 2 || years[1] != 2026 {
		t.Errorf("years %v", years)
	}
	stop()
	h, again, _ := start(t, Config{Data: dir})
	if now, err := h.Store().CountedBy(t.Context()); err != nil || now != by || strings.Contains(log.String()+again.String(), liveCount) {
		t.Errorf("counted by %s, was %s: %v", now, by, err)
	}
}

// The log of a start says that the present year has no catalogue, with the command, until there is one.
func TestTheLogTellsOfAYearWithoutACatalogue(t *testing.T) {
	const words = "2026 年尚无指标目录：该年的登记照常保存，机关发布目录后计入。有目录的年度：2020。要沿用 2020 年的，请在服务器上运行 server catalogue adopt 2020 2026"
	cfg := Config{Data: t.TempDir(), Now: func() time.Time { return time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC) }, followEvery: followFast}
	h, log, stop := start(t, cfg)
	if strings.Count(log.String(), words) != 1 {
		t.Errorf("%s", log)
	}
	publishBeside(t, cfg, copyOfNewest(t, 2026))
	waitFor(t, "the publication", func() bool { return h.Catalogue() == "shunping-2026@1" })
	stop()
	_, again, _ := start(t, cfg)
	if strings.Count(log.String(), words) != 1 || strings.Contains(again.String(), words) {
		t.Errorf("published: %s%s", log, again)
	}
}

func copyOfNewest(t *testing.T, year int) []byte {
	t.Helper()
	all, err := catalogue.Embedded(schema.Default())
	if err != nil {
		t.Fatal(err)
	}
	text, err := catalogue.EmbeddedText(catalogue.Current(all))
	if err == nil {
		text, err = catalogue.CopyToYear(text, year)
	}
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// A count that fails is told and tried again; questions go by the catalogues before until the count is done. A server that
// ends in between counts at its next start.
func TestAFailedCountIsTriedAgain(t *testing.T) {
	dir := t.TempDir()
	var fails atomic.Bool
	fails.Store(true)
	failing := Config{Data: dir, followEvery: followFast, Wrap: func(s store.Store) store.Store {
		return faulty.Wrap(s, func(step string, before bool) error {
			if step == "Rebuild" && before && fails.Load() {
				return faulty.ErrRefused
			}
			return nil
		})
	}}
	fails.Store(false) // the first count of the empty database
	h, log, stop := start(t, failing)
	recordYear(t, h)
	fails.Store(true)
	publishBeside(t, Config{Data: dir}, countyText(t))
	waitFor(t, "the failure", func() bool { return strings.Contains(log.String(), "trying again") })
	if ws := h.warnings(); h.Catalogue() != "shunping-2020@2" || len(ws) != 1 || ws[0].Code != recountingCode {
		t.Errorf("%s, %+v", h.Catalogue(), ws)
	}
	if got := aPlate(t, h, "office-22", "冀F8K2M6"); len(got) != 1 || got[0] != wire.Created {
		t.Errorf("meanwhile: %v", got)
	}
	stop()
	fails.Store(false)
	h, _, stop = start(t, failing)
	if got := sum(t, h, "yc_not_arrived"); got != yearIncidents || h.Catalogue() != "yunchuan-2020@1" {
		t.Errorf("%d incidents after a restart in between", got)
	}
	if got := sum(t, h, "plate_sets"); got != yearPlates+1 {
		t.Errorf("%d sets", got)
	}
	stop()
}

// A catalogue of a later program is left alone, said once, and does no harm to the catalogues in force; the next
// publication is followed.
func TestAnUnreadablePublication(t *testing.T) {
	dir := t.TempDir()
	h, log, _ := start(t, Config{Data: dir, followEvery: followFast})
	text := []byte("id: later-2030\nyear: 2030\n")
	if err := storeText(t.Context(), h.Store(), text); err != nil {
		t.Fatal(err)
	}
	list := []Published{{"later-2030@1", digestOf(text), "later.yaml", 7}}
	_, entry, err := readPublished(t.Context(), h.Store())
	if err == nil {
		_, err = store.PutJSON(t.Context(), h.Store(), entry, list)
	}
	if err != nil {
		t.Fatal(err)
	}
	waitFor(t, "the warning", func() bool { ws := h.warnings(); return len(ws) == 1 && ws[0].Code == unreadableCode })
	time.Sleep(10 * followFast)
	if h.Catalogue() != "shunping-2020@2" || strings.Count(log.String(), "the published catalogues") != 1 {
		t.Errorf("%s: %s", h.Catalogue(), log)
	}
	_, entry, err = readPublished(t.Context(), h.Store())
	if err == nil {
		_, err = store.PutJSON(t.Context(), h.Store(), entry, []Published{})
	}
	if err != nil {
		t.Fatal(err)
	}
	waitFor(t, "the end of the warning", func() bool { return len(h.warnings()) == 0 })
}

// A line that names a catalogue before this server knows the catalogue, as another server's device may, is released with the
// publication, without a restart.
func TestALineOfTheNewCatalogueIsReleased(t *testing.T) {
	cfg := Config{Data: t.TempDir(), followEvery: followFast}
	h, _, _ := start(t, cfg)
	d := enroll(t, h, "office-1", auth.RoleClerk)
	d.device.SetEnrollment("office-1", auth.RoleClerk, "shunping-2026@1")
	d.addLine(t, h, "plate", time.Date(2020, 6, 2, 2, 0, 0, 0, time.UTC), map[string]string{
		"unit": "office-1", "plate_type": "02", "plate_number": "冀F8K2M6", "business": "register", "sets": "1",
	})
	a, err := d.link.Push(t.Context(), d.device, d.device.Next(), time.Now().UnixMilli())
	if err != nil || len(a.Results) != 1 || a.Results[0].Status != wire.Quarantined || a.Results[0].Faults[0].Code != "unknown_catalogue" {
		t.Fatalf("%+v %v", a, err)
	}
	publishBeside(t, cfg, copyOfNewest(t, 2026))
	waitFor(t, "the release", func() bool { return sum(t, h, "plate_sets") == 1 })
}

// A database that does not answer for a while is no unreadable catalogue: the publication is followed once the database answers.
func TestAPublicationIsReadAgain(t *testing.T) {
	var failing atomic.Bool
	var calls atomic.Int64
	cfg := Config{Data: t.TempDir(), followEvery: followFast, Wrap: func(s store.Store) store.Store {
		return faulty.Wrap(s, func(step string, before bool) error {
			if step == "Get" && before && failing.Load() && calls.Add(1)%2 == 0 {
				return faulty.ErrRefused
			}
			return nil
		})
	}}
	h, _, _ := start(t, cfg)
	failing.Store(true)
	publishBeside(t, cfg, copyOfNewest(t, 2026))
	waitFor(t, "many failures", func() bool { return calls.Load() > 40 })
	if ws := h.warnings(); len(ws) > 0 {
		t.Errorf("%+v", ws)
	}
	failing.Store(false)
	waitFor(t, "the publication", func() bool { return h.Catalogue() == "shunping-2026@1" })
}

// Two servers on one database: the publication takes effect at both, counted by one of them, and both count by it.
func TestBothServersFollow(t *testing.T) {
	docs := simdoc.New(nil)
	shared := Config{followEvery: followFast, SweepEvery: followFast, Wrap: func(store.Store) store.Store {
		s, err := mongostore.New(context.Background(), docs, mongostore.Config{})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}}
	one, two := shared, shared
	one.Data, two.Data = t.TempDir(), t.TempDir()
	a, logA, stopA := start(t, one)
	recordYear(t, a)
	b, logB, _ := start(t, two)
	for _, text := range [][]byte{copyOfNewest(t, 2026), countyText(t), bytes.Replace(countyText(t), []byte("version: 1"), []byte("version: 2"), 1)} {
		c, err := Publish(t.Context(), a.Store(), schema.Default(), text, "c.yaml", time.UnixMilli(7))
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range []*Hub{a, b} {
			waitFor(t, c.Name(), func() bool {
				_, err := h.Query().Catalogue(c.Year)
				in, errIn := h.Query().Indicators(t.Context(), query.Question{Year: "2020"})
				return errors.Join(err, errIn) == nil && (in.Catalogue == c.Name() || c.Year == 2026 && len(h.Query().Years()) == 2)
			})
		}
	}
	if n := strings.Count(logA.String()+logB.String(), liveCount); n != 2 { // once for each version of the county
		t.Errorf("counted anew %d times: %s %s", n, logA, logB)
	}
	for i, h := range []*Hub{a, b} {
		if got := aPlate(t, h, []string{"office-22", "office-333"}[i], []string{"冀F8K2M6", "冀F8K2M7"}[i]); len(got) != 1 || got[0] != wire.Created {
			t.Errorf("server %d: %v", i, got)
		}
	}
	if got := sum(t, b, "plate_sets"); got != yearPlates+2 {
		t.Errorf("%d sets", got)
	}
	if got := sum(t, b, "yc_not_arrived"); got != yearIncidents {
		t.Errorf("%d incidents", got)
	}
	stopA()
}
