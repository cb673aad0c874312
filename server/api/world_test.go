package api

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"roadbook/schema"
	"roadbook/schema/catalogue"
	"roadbook/server/auth"
	"roadbook/server/doubts"
	"roadbook/server/ingest"
	"roadbook/server/query"
	"roadbook/server/store"
	"roadbook/sync/tally"
	"roadbook/sync/wire"
)

// world is a server on its own port, with the real store, write path and read models.
type world struct {
	t      *testing.T
	url    string
	api    *API
	auth   *auth.Auth
	store  store.Store
	ingest *ingest.Ingest
	schema *schema.Schema
	name   string            // of the catalogue
	tokens map[string]string // of users, by role
}

const secret = "correct horse battery"

func newWorld(t *testing.T, change ...func(*Config)) *world {
	t.Helper()
	w := &world{t: t, store: openStore(t), schema: schema.Default(), tokens: map[string]string{}}
	cats, err := catalogue.Embedded(w.schema)
	w.must(err)
	counter := tally.NewCounter(cats...)
	w.name = cats[0].Name()
	w.auth, err = auth.New(t.Context(), auth.Config{Registry: w.store, Clock: time.Now, Rand: rand.Reader})
	w.must(err)
	w.ingest = ingest.New(ingest.Config{
		Store: w.store, Schema: w.schema, Catalogues: []string{w.name}, Counter: counter,
		Key: w.auth.ServerKey(), Epoch: w.auth.Epoch(), Now: time.Now, Rand: rand.Reader,
	})
	t.Cleanup(w.ingest.Close)
	w.must(w.store.Rebuild(t.Context(), counter.Version(), w.ingest.Member(), w.ingest.Count(), func(int64, int64) {}))
	cfg := Config{
		Auth: w.auth, Ingest: w.ingest, Store: w.store, Now: time.Now,
		Doubts: &doubts.Reader{Store: w.store, Schema: w.schema, Now: time.Now},
		Pull:   &query.Puller{Store: w.store, Schema: schema.Default(), Epoch: w.auth.Epoch(), Catalogues: query.Always(w.name), Now: time.Now},
		Query: query.New(query.Config{
			Store: w.store, Schema: w.schema, Catalogues: cats, Counter: counter, DeliveringDevices: w.deliveringDevices,
		}),
	}
	for _, c := range change {
		c(&cfg)
	}
	w.serve(cfg)
	return w
}

// tokenOf returns the token of the user with a role, made when first asked for.
func (w *world) tokenOf(role string) string {
	w.t.Helper()
	if _, ok := w.tokens[role]; !ok {
		w.must(w.auth.AddUser(w.t.Context(), role, secret, role))
		s, err := w.auth.SignIn(w.t.Context(), "test", role, secret)
		w.must(err)
		w.tokens[role] = s.Token
	}
	return w.tokens[role]
}

func (w *world) serve(cfg Config) {
	w.api = New(cfg)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	w.must(err)
	served := make(chan error, 1)
	go func() { served <- w.api.Serve(ln) }()
	w.t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := w.api.Shutdown(ctx); err != nil {
			w.t.Error(err)
		}
		if err := <-served; err != nil {
			w.t.Error(err)
		}
	})
	w.url = "http://" + ln.Addr().String()
}

func (w *world) deliveringDevices(ctx context.Context) (out []query.DeliveringDevice, err error) {
	ds, err := w.auth.Devices(ctx)
	for _, d := range ds {
		if d.Revoked == 0 {
			out = append(out, query.DeliveringDevice{ID: d.ID, Unit: d.Unit, Role: d.Role, Seen: d.Seen})
		}
	}
	return out, err
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// reply is a server's answer.
type reply struct {
	status int
	header http.Header
	body   string
}

// ask sends a request with a token ("" for none) and returns the reply.
func (w *world) ask(method, path, token string, body []byte, header ...string) reply {
	w.t.Helper()
	r, err := w.try(method, path, token, body, header...)
	w.must(err)
	return r
}

// try is ask for other goroutines than the test's.
func (w *world) try(method, path, token string, body []byte, header ...string) (reply, error) {
	req, err := http.NewRequestWithContext(w.t.Context(), method, w.url+path, bytes.NewReader(body))
	if err != nil {
		return reply{}, err
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	for pair := range slices.Chunk(header, 2) {
		req.Header.Set(pair[0], pair[1])
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		return reply{}, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return reply{resp.StatusCode, resp.Header, string(b)}, err
}

// wantRefusal fails unless r is the refusal, in the usual shape.
func (w *world) wantRefusal(r reply, code string) {
	w.t.Helper()
	var e wire.Error
	if err := json.Unmarshal([]byte(r.body), &e); err != nil {
		w.t.Fatalf("status %d, body %q: %v", r.status, r.body, err)
	}
	if want := wire.Refuse(code, ""); e.Code != code || e.Retryable != want.Retryable || r.status != want.HTTP() {
		w.t.Fatalf("got %d %+v, want %d %s", r.status, e, want.HTTP(), code)
	}
	if e.Message.ZH == "" || e.Message.EN == "" {
		w.t.Fatalf("%s lacks a language: %+v", code, e.Message)
	}
}

// row finds an indicator.
func row(t *testing.T, in *query.Indicators, id string) query.Row {
	t.Helper()
	i := slices.IndexFunc(in.Rows, func(r query.Row) bool { return r.ID == id })
	if i < 0 {
		t.Fatalf("no row %s", id)
	}
	return in.Rows[i]
}

func (w *world) indicators(params string) *query.Indicators {
	w.t.Helper()
	r := w.ask(http.MethodGet, "/v1/indicators?"+params, w.tokenOf(auth.RoleViewer), nil)
	if r.status != http.StatusOK {
		w.t.Fatalf("%d %s", r.status, r.body)
	}
	var in query.Indicators
	w.must(json.Unmarshal([]byte(r.body), &in))
	return &in
}

// lines reads NDJSON.
func lines[T any](t *testing.T, r reply) (out []T) {
	t.Helper()
	if r.status != http.StatusOK {
		t.Fatalf("%d %s", r.status, r.body)
	}
	for line := range strings.Lines(r.body) {
		var v T
		if err := json.Unmarshal([]byte(line), &v); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		out = append(out, v)
	}
	return out
}
