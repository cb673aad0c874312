//go:build mongo

package hub

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"roadbook/schema"
	"roadbook/server/auth"
	"roadbook/server/fleet"
	"roadbook/sync/wire"
)

// Two servers on one database act as one: a device enrolls at the first, gets its token from the other, sends every
// frame to both, and every line counts once.
func TestTwoServersAreOne(t *testing.T) {
	uri := os.Getenv("ROADBOOK_TEST_MONGO_URI")
	if uri == "" {
		t.Fatal("ROADBOOK_TEST_MONGO_URI is not set")
	}
	uri = fmt.Sprintf("%s/roadbook_hub_%d_%d", strings.TrimRight(uri, "/"), os.Getpid(), time.Now().UnixNano())
	a, _, _ := start(t, Config{Mongo: uri})
	b, _, _ := start(t, Config{Mongo: uri})
	if !a.Auth().PublicKey().Equal(b.Auth().PublicKey()) || a.Auth().Epoch() != b.Auth().Epoch() {
		t.Fatal("two servers on one database are two")
	}
	code, err := b.Auth().NewCode(t.Context(), "office-1", auth.RoleClerk, "test", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	d := fleet.NewDevice(rand.New(rand.NewPCG(3, 3)), "d", time.Date(2020, 6, 1, 0, 0, 0, 0, time.UTC).UnixMilli())
	links := []*fleet.Link{fleet.NewLink(a.URL()), fleet.NewLink(b.URL())}
	if err := links[0].Enroll(t.Context(), d, code, a.Catalogue()); err != nil {
		t.Fatal(err)
	}
	watching := []func() string{liveState(t, a), liveState(t, b)}
	was := []string{watching[0](), watching[1]()}
	const plates = 12
	for i := range plates {
		addPlate(t, a.Schema(), d, fmt.Sprintf("冀F8K%03d", i))
	}
	for i := range plates {
		f := d.Frame(i, i+1)
		for j := range links {
			answer, err := links[(i+j)%2].Push(t.Context(), d, f, time.Now().UnixMilli())
			if err != nil {
				t.Fatal(err)
			}
			want := []wire.Status{wire.Created, wire.Exists}[j]
			if len(answer.Results) != 1 || answer.Results[0].Status != want {
				t.Fatalf("frame %d at server %d: %+v, want %s", i, (i+j)%2, answer.Results, want)
			}
		}
	}
	for i, state := range watching { // open pages at both servers see the change
		for tries := 0; state() == was[i] || state() != watching[1-i](); tries++ {
			if tries == 100 {
				t.Fatalf("server %d still says %s, the other %s; before %v", i, state(), watching[1-i](), was)
			}
			time.Sleep(100 * time.Millisecond)
		}
	}
	for _, h := range []*Hub{a, b} {
		if got := sum(t, h, "plate_sets"); got != plates {
			t.Errorf("%d sets, %d were issued", got, plates)
		}
	}
}

// liveState signs in at a server and returns a function reading the state for open pages.
func liveState(t *testing.T, h *Hub) func() string {
	t.Helper()
	const password = "correct horse battery"
	name := fmt.Sprint("viewer", rand.Uint32())
	if err := h.Auth().AddUser(t.Context(), name, password, auth.RoleViewer); err != nil {
		t.Fatal(err)
	}
	session, err := h.Auth().SignIn(t.Context(), "127.0.0.1", name, password)
	if err != nil {
		t.Fatal(err)
	}
	return func() string {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, h.URL()+"/live", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Cookie", "roadbook_session="+session.Token)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		var got struct{ State string }
		if err := json.NewDecoder(resp.Body).Decode(&got); err != nil || got.State == "" {
			t.Fatalf("%s: %v", resp.Status, err)
		}
		return got.State
	}
}

func addPlate(t *testing.T, s *schema.Schema, d *fleet.Device, number string) {
	t.Helper()
	k, ok := s.Kind("plate")
	if !ok {
		t.Fatal("no plates")
	}
	var vs schema.Values
	for _, pair := range [][2]string{
		{"unit", d.Unit}, {"plate_type", "02"}, {"plate_number", number}, {"business", "register"}, {"sets", "1"},
		{"occurred_at", "2020-06-02T10:00:00+08:00"},
	} {
		v, fault := k.Parse(pair[0], pair[1])
		if fault != nil {
			t.Fatal(fault)
		}
		vs = vs.With(pair[0], v)
	}
	d.Save(fleet.Observation{Kind: k, Act: wire.Create, Fields: vs, At: time.Date(2020, 6, 2, 2, 0, 0, 0, time.UTC).UnixMilli()})
}
