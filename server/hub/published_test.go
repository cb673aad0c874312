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

// At the next start, a published catalogue counts earlier records too, and the recount reports its progress.
func TestPublishedCountsWhatWasThere(t *testing.T) {
	dir := t.TempDir()
	h, _, stop := start(t, Config{Data: dir})
	recordYear(t, h)
	c, err := Publish(t.Context(), h.Store(), schema.Default(), countyText(t), "yunchuan-2020.yaml", time.UnixMilli(7))
	if err != nil || c.Name() != "yunchuan-2020@1" {
		t.Fatal(err)
	}
	stop()
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
	if got := sum(t, h, "yc_not_arrived"); got != yearIncidents {
		t.Errorf("%d incidents by the county's measure, want %d", got, yearIncidents)
	}
	if got := sum(t, h, "plate_sets"); got != yearPlates {
		t.Errorf("%d sets by the program's, want %d", got, yearPlates)
	}
	if h.Catalogue() != "yunchuan-2020@1" {
		t.Errorf("devices are told to name %s", h.Catalogue())
	}
	stop()
	h, log, _ = start(t, Config{Data: dir})
	if strings.Contains(log.String(), "counting anew") || h.Catalogue() != "yunchuan-2020@1" {
		t.Errorf("the start after that: %s", log)
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
