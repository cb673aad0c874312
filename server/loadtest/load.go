package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"roadbook/schema"
	"roadbook/server/fleet"
	"roadbook/sync/wire"
)

// load is the fleet of a benchmark: devices with issued plates, each on one of the links.
type load struct {
	cfg       *bench
	srv       *server
	rng       *rand.Rand
	plate     *schema.Kind
	devices   []*fleet.Device
	links     []*fleet.Link // one a device, to the servers in turn
	serial    int
	amendable []wire.ObsID // records to amend, one a device
}

// The shape of the load: 30 days, one observation in ten amends an earlier record.
const (
	days       = 30
	amendEvery = 10
	units      = 60
)

var start = time.Date(2020, time.March, 1, 0, 0, 0, 0, time.FixedZone("Asia/Shanghai", 8*3600))

// enrollFleet makes the devices, on units and at servers in turn.
func enrollFleet(ctx context.Context, srv *server, others []*server, cfg *bench) (*load, error) {
	l := &load{cfg: cfg, srv: srv, rng: rand.New(rand.NewPCG(cfg.Seed, 0)), plate: plateKind()}
	for i := range cfg.Devices {
		code, err := srv.code(ctx, fmt.Sprintf("unit-%02d", i%units), "clerk")
		if err != nil {
			return nil, err
		}
		d := fleet.NewDevice(l.rng, fmt.Sprintf("load-%03d", i), start.UnixMilli())
		link := fleet.NewLink(append([]*server{srv}, others...)[i%(1+len(others))].url)
		if err := link.Enroll(ctx, d, code, srv.catalogue); err != nil {
			return nil, fmt.Errorf("enroll: %w", err)
		}
		l.devices, l.links = append(l.devices, d), append(l.links, link)
	}
	l.amendable = make([]wire.ObsID, cfg.Devices)
	return l, nil
}

func plateKind() *schema.Kind {
	k, _ := schema.Default().Kind("plate")
	return k
}

// save lets device i issue a plate, or amend an earlier plate.
func (l *load) save(i int) {
	d := l.devices[i]
	l.serial++
	at := start.Add(time.Duration(l.serial%(days*24*60)) * time.Minute)
	if l.serial%amendEvery == 0 && !l.amendable[i].IsZero() {
		id := l.amendable[i].String()
		d.Save(fleet.Observation{
			Kind: l.plate, Act: wire.Amend, At: at.UnixMilli(), Record: id, Seen: []string{id},
			Fields: schema.Values{{Name: "sets", Value: schema.Value{Type: schema.TypeInt, I: 2}}},
		})
		l.amendable[i] = wire.ObsID{}
		return
	}
	id := d.Save(fleet.Observation{Kind: l.plate, Act: wire.Create, At: at.UnixMilli(), Fields: schema.Values{
		{Name: "business", Value: schema.Value{Type: schema.TypeCode, S: "register"}},
		{Name: "occurred_at", Value: schema.Value{Type: schema.TypeTime, I: at.UnixMilli()}},
		{Name: "plate_number", Value: schema.Value{Type: schema.TypePlate, S: number(l.serial)}},
		{Name: "plate_type", Value: schema.Value{Type: schema.TypeCode, S: "02"}},
		{Name: "sets", Value: schema.Value{Type: schema.TypeInt, I: 1}},
		{Name: "unit", Value: schema.Value{Type: schema.TypeText, S: d.Unit}},
	}})
	if l.amendable[i].IsZero() {
		l.amendable[i] = id
	}
}

// number is the n-th plate number: letters and digits without I and O.
func number(n int) string {
	const s = "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789"
	text := []byte("AAAAA")
	for i := range text {
		text[i] = s[n%len(s)]
		n /= len(s)
	}
	return "冀F" + string(text)
}

// encodedRequest is one request, encoded ahead to keep the generator's work out of the measurement.
type encodedRequest struct {
	device int
	frame  *wire.Frame
	body   []byte
}

// encodeRequests makes n observations and their requests, device after device in turn.
func (l *load) encodeRequests(n, perFrame int) ([]encodedRequest, error) {
	var requests []encodedRequest
	for made := 0; made < n; {
		for i := range l.devices {
			size := min(perFrame, n-made)
			if size <= 0 {
				break
			}
			for range size {
				l.save(i)
			}
			made += size
			s, err := l.encodeWaiting(i)
			if err != nil {
				return nil, err
			}
			requests = append(requests, s)
		}
	}
	return requests, nil
}

// encodeWaiting makes a request of the lines waiting on device i and counts them as sent.
func (l *load) encodeWaiting(i int) (encodedRequest, error) {
	d := l.devices[i]
	f := d.Next()
	body, err := d.Request(f, time.Now().UnixMilli()).Encode(wire.Zstd)
	if err != nil {
		return encodedRequest{}, err
	}
	return encodedRequest{i, f, body}, d.Acknowledge(f, &wire.Answer{Results: []wire.Result{{First: f.First, Last: f.Last(), Status: wire.Created}}})
}

// sendAll sends requests over the links, each device's in order and one at a time. Any status but want is an error. It
// returns the time of each request and of all.
func (l *load) sendAll(ctx context.Context, requests []encodedRequest, want wire.Status) ([]time.Duration, time.Duration, error) {
	queues := make([][]encodedRequest, l.cfg.Links)
	for _, s := range requests {
		q := s.device % l.cfg.Links
		queues[q] = append(queues[q], s)
	}
	var mu sync.Mutex
	var took []time.Duration
	var failed error
	var wg sync.WaitGroup
	began := time.Now()
	for _, q := range queues {
		wg.Go(func() {
			for _, s := range q {
				t0 := time.Now()
				err := l.send(ctx, s, want)
				mu.Lock()
				took = append(took, time.Since(t0))
				if err != nil && failed == nil {
					failed = err
				}
				stop := failed != nil
				mu.Unlock()
				if stop {
					return
				}
			}
		})
	}
	wg.Wait()
	return took, time.Since(began), failed
}

// send sends a request until the server answers; a busy server is asked again, as by a client.
func (l *load) send(ctx context.Context, s encodedRequest, want wire.Status) error {
	for {
		a, err := l.links[s.device].Post(ctx, l.devices[s.device], s.body)
		if refusal, ok := err.(*wire.Error); ok && refusal.Code == wire.CodeBusy { //nolint:errorlint // as returned
			time.Sleep(5 * time.Millisecond)
			continue
		}
		if err != nil {
			return err
		}
		for _, r := range a.Results {
			if r.Status != want {
				return fmt.Errorf("lines %d-%d: %s %w, wanted %s", r.First, r.Last, r.Status, r.Faults, want)
			}
		}
		return nil
	}
}
