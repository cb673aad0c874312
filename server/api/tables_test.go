package api

import (
	"bytes"
	"context"
	"errors"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
	"time"

	"roadbook/schema"
	"roadbook/server/imports"
	"roadbook/sync/wire"
)

// slowImporter stops at the beginning of an import until told to go on.
type slowImporter struct {
	Importer
	began, goOn chan struct{}
}

func (s *slowImporter) Owners(context.Context, *imports.Mapping) (*imports.Owners, error) {
	s.began <- struct{}{}
	<-s.goOn
	return nil, nil //nolint:nilnil // a table without items
}

// form is a form with a table of plates of which every row is faulty, and its content type.
func form(t *testing.T) (body []byte, kind string) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	if err := w.WriteField("kind", "plate"); err != nil {
		t.Fatal(err)
	}
	f, err := w.CreateFormFile("file", "plates.csv")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write([]byte("号牌种类,号牌号码\n小型汽车,冀F12345\n")); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), w.FormDataContentType()
}

// While one table is at work, a second import, a comparison and an undo are refused with words; then the next table is taken.
func TestOneTableAtATime(t *testing.T) {
	slow := &slowImporter{began: make(chan struct{}), goOn: make(chan struct{})}
	w := newWorld(t, func(c *Config) { c.Import = slow })
	body, kind := form(t)
	token := w.tokenOf("hq")
	send := func(path string) reply { return w.ask(http.MethodPost, path, token, body, "Content-Type", kind) }
	first := make(chan reply, 1)
	go func() {
		r, _ := w.try(http.MethodPost, "/v1/imports", token, body, "Content-Type", kind)
		first <- r
	}()
	<-slow.began
	for _, path := range []string{"/v1/imports", "/v1/reconciliations", "/v1/imports/abc/undo"} {
		r := send(path)
		w.wantRefusal(r, wire.CodeBusy)
		if !strings.Contains(r.body, "另一张表正在导入或核对") {
			t.Errorf("%s: %s", path, r.body)
		}
	}
	close(slow.goOn)
	if r := <-first; r.status != http.StatusOK {
		t.Fatalf("the first table: %d %s", r.status, r.body)
	}
	go func() { <-slow.began }()
	if r := send("/v1/imports"); r.status != http.StatusOK {
		t.Errorf("the next table: %d %s", r.status, r.body)
	}
}

// The reading of a table ends with its deadline, and the table is not taken for a broken one.
func TestReadingEndsWithTheDeadline(t *testing.T) {
	m, err := imports.StandardMapping(schema.Default(), "plate")
	if err != nil {
		t.Fatal(err)
	}
	table := []byte("号牌种类,号牌号码\n" + strings.Repeat("小型汽车,冀F12345\n", 100_000))
	ctx, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
	defer cancel()
	src := readerWithin{ctx, bytes.NewReader(table)}
	if _, err := src.ReadAt(make([]byte, 1), 0); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("reading after the deadline: %v", err)
	}
	if b := imports.ReadFrom(m, "plates.csv", src, int64(len(table))); !b.Broken || b.Total > 0 {
		t.Errorf("%d rows were read after the deadline", b.Total)
	}
}
