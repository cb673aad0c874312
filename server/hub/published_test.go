package hub

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"roadbook/schema"
	"roadbook/schema/catalogue"
	"roadbook/server/store"
)

func countyText(t *testing.T) []byte {
	t.Helper()
	text, err := os.ReadFile("../testdata/yunchuan-2020.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// publishBeside publishes beside a running server, as the command does.
func publishBeside(t *testing.T, cfg Config, text []byte) *catalogue.Catalogue {
	t.Helper()
	s, closeStore, err := OpenStore(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	c, err := Publish(t.Context(), s, schema.Default(), text, "c.yaml", time.UnixMilli(7))
	if err = errors.Join(err, closeStore()); err != nil {
		t.Fatal(err)
	}
	return c
}

// What is published while no server runs counts at the next start, earlier records too, and the recount reports its progress.
func TestPublishedCountsWhatWasThere(t *testing.T) {
	dir := t.TempDir()
	h, _, stop := start(t, Config{Data: dir})
	recordYear(t, h)
	stop()
	if c := publishBeside(t, Config{Data: dir}, countyText(t)); c.Name() != "yunchuan-2020@1" {
		t.Fatal(c.Name())
	}
	told := 0
	h, log, stop := start(t, Config{Data: dir, RecountProgress: func(done, of int64) {
		told++
		if done < 0 || done > of {
			t.Errorf("%d of %d", done, of)
		}
	}})
	if told == 0 || !strings.Contains(log.String(), "to=rules-3+shunping-2020@2+yunchuan-2020@1") {
		t.Errorf("told %d times: %s", told, log)
	}
	checkCounty(t, h)
	stop()
	h, log, _ = start(t, Config{Data: dir})
	if strings.Contains(log.String(), "counting anew") || h.Catalogue() != "yunchuan-2020@1" {
		t.Errorf("the start after that: %s", log)
	}
}

// checkCounty: the year of recordYear is counted by the county's measures and by the program's.
func checkCounty(t *testing.T, h *Hub) {
	t.Helper()
	if got := sum(t, h, "yc_not_arrived"); got != yearIncidents {
		t.Errorf("%d incidents by the county's measure, want %d", got, yearIncidents)
	}
	if got := sum(t, h, "plate_sets"); got != yearPlates {
		t.Errorf("%d sets by the program's, want %d", got, yearPlates)
	}
	if h.Catalogue() != "yunchuan-2020@1" {
		t.Errorf("devices are told to name %s", h.Catalogue())
	}
}

// Concurrent publications appear exactly once, with unchanged texts.
func TestPublishAtOnce(t *testing.T) {
	h, _, _ := start(t, Config{Data: t.TempDir()})
	const n = 6
	text := func(i int) []byte {
		return bytes.Replace(countyText(t), []byte("id: yunchuan-2020"), fmt.Appendf(nil, "id: county-%d", i/2), 1)
	}
	var all sync.WaitGroup
	for i := range n { // each catalogue twice
		body := text(i)
		all.Go(func() {
			if _, err := Publish(context.Background(), h.Store(), schema.Default(), body, "c.yaml", time.UnixMilli(7)); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	list, err := PublishedList(t.Context(), h.Store())
	if err != nil || len(list) != n/2 {
		t.Fatalf("%v %v", list, err)
	}
	cats, err := Catalogues(t.Context(), h.Store(), schema.Default())
	if err != nil || len(cats) != 2+n/2 {
		t.Fatalf("%d catalogues: %v", len(cats), err)
	}
	for i, c := range cats[2:] {
		got, err := CatalogueText(t.Context(), h.Store(), c)
		if err != nil || c.Published != i+1 || c.Name() != list[i].Name || !strings.Contains(string(got), "id: "+c.ID+"\n") {
			t.Errorf("%s: %v", c.Name(), err)
		}
	}
}

// fullRegistry is a registry without room for texts.
type fullRegistry struct{ store.Registry }

var errFull = errors.New("no room")

func (f fullRegistry) Put(ctx context.Context, e store.Entry) (store.Entry, error) {
	if e.Name != publishedList {
		return e, errFull
	}
	return f.Registry.Put(ctx, e)
}

// A failed publication leaves everything unchanged, at every point.
func TestPublishIsWholeOrNothing(t *testing.T) {
	h, _, _ := start(t, Config{Data: t.TempDir()})
	s := schema.Default()
	if _, err := Publish(t.Context(), fullRegistry{h.Store()}, s, countyText(t), "c.yaml", time.UnixMilli(7)); !errors.Is(err, errFull) {
		t.Fatal(err)
	}
	_, err := Publish(t.Context(), h.Store(), s, []byte("id: x\n"), "c.yaml", time.UnixMilli(7))
	if !errors.As(err, new(catalogue.Faults)) {
		t.Fatal(err)
	}
	if list, err := PublishedList(t.Context(), h.Store()); err != nil || len(list) > 0 {
		t.Fatal(list, err)
	}
	if _, err := Publish(t.Context(), h.Store(), s, countyText(t), "c.yaml", time.UnixMilli(7)); err != nil {
		t.Fatal(err)
	}
}
