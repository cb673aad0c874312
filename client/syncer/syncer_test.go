package syncer_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"roadbook/client/localdb"
	"roadbook/client/syncer"
	"roadbook/client/syncer/fakeserver"
	"roadbook/schema"
	"roadbook/sync/simtest/simdisk"
	"roadbook/sync/wire"
)

var ctx = context.Background()

type clock struct{ wall int64 }

func (c *clock) Wall() int64 { return c.wall }

func (c *clock) Boot() (id string, mono int64) { return "b0000001", c.wall - 1607990000000 }

// device is a real localdb and a real syncer above a fake server, with time that only adds up.
type device struct {
	t         *testing.T
	db        *localdb.DB
	up        *syncer.Syncer
	server    *fakeserver.Server
	faults    []func() error            // what befalls the next sync requests; nil = nothing
	intercept func(*wire.Request) error // what befalls every request; nil = nothing
	sizes     []int                     // lines of every frame that was sent
	tokens    int                       // asked for
	now       time.Duration
	waits     []time.Duration
}

func newDevice(t *testing.T) *device {
	d := &device{t: t, server: fakeserver.New()}
	disk := simdisk.New(rand.New(rand.NewPCG(1, 1)))
	t.Cleanup(disk.Close)
	keys, err := localdb.NewKeys(rand.NewChaCha8([32]byte{1}))
	if err != nil {
		t.Fatal(err)
	}
	d.db, err = localdb.Open(ctx, localdb.Config{Dir: "/d", VFS: disk.Name(), Keys: keys, Clock: &clock{1607997600000},
		Rand: rand.NewChaCha8([32]byte{2}), Catalogue: "shunping-2020@1"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.db.Close() })
	d.server.AddDevice(keys.Public())
	err = d.db.Enroll(ctx, "http://server.test", wire.Enrolled{Device: keys.DeviceID(), Unit: "window-1", Role: "clerk",
		ServerKey: d.server.Public(), ServerEpoch: d.server.Epoch, ServerTime: d.server.Now})
	if err != nil {
		t.Fatal(err)
	}
	d.up = syncer.New(syncer.Config{DB: d.db, Transport: d, Rand: rand.New(rand.NewPCG(3, 3))})
	return d
}

// Token is the transport's.
func (d *device) Token(context.Context) (string, error) {
	d.tokens++
	return fmt.Sprint("token-", d.tokens), nil
}

// Sync is the transport's: the wire's own bytes go there and back.
func (d *device) Sync(_ context.Context, _ string, req *wire.Request) (*wire.Answer, error) {
	if req.Frame != nil {
		d.sizes = append(d.sizes, len(req.Frame.Lines))
	}
	if d.intercept != nil {
		if err := d.intercept(req); err != nil {
			return nil, err
		}
	}
	var fault func() error
	if len(d.faults) > 0 {
		fault, d.faults = d.faults[0], d.faults[1:]
	}
	if fault != nil {
		if err := fault(); !errors.Is(err, errAfter) {
			return nil, err
		}
	}
	body, err := req.Encode(wire.Zstd)
	if err != nil {
		return nil, err
	}
	got, err := wire.DecodeRequest(body, "zstd", d.server.Limits)
	if err != nil {
		return nil, refusal(func() *wire.Error {
			target := &wire.Error{}
			_ = errors.As(err, &target)
			return target
		}(), 0)
	}
	ans, refused := d.server.Sync(got)
	if refused != nil {
		return nil, refusal(refused, 0)
	}
	if fault != nil {
		return nil, errCut // after the commit
	}
	ans.Signed = !d.server.Unsigned
	return ans, nil
}

var (
	errCut   = errors.New("connection cut")
	errAfter = errors.New("the fault strikes after the commit")
)

func refusal(e *wire.Error, after time.Duration) error {
	return &syncer.Refusal{Reason: e, HTTP: e.HTTP(), RetryAfter: after}
}

func refuse(code string, after time.Duration) func() error {
	return func() error { return refusal(wire.Refuse(code, ""), after) }
}

func cutConnection() error { return errCut }
func loseAnswer() error    { return errAfter }

// save saves n plates.
func (d *device) save(n int) (ids []string) {
	d.t.Helper()
	k, _ := schema.Default().Kind("plate")
	for range n {
		v, faults := k.Decode([]byte(`{"plate_type":"02","plate_number":"冀F8K2M6","business":"register","occurred_at":"2020-12-15T10:00:00+08:00"}`))
		if len(faults) > 0 {
			d.t.Fatal(faults)
		}
		saved, err := d.db.Save(ctx, localdb.Draft{Kind: "plate", Fields: v})
		if err != nil {
			d.t.Fatal(err)
		}
		ids = append(ids, saved.ID)
	}
	return ids
}

// step makes one step, and lets the time pass that it asks for.
func (d *device) step() (time.Duration, error) {
	again, err := d.up.Step(ctx)
	d.now += again
	d.waits = append(d.waits, again)
	return again, err
}

// drain steps until nothing is left to do, without any new write.
func (d *device) drain() {
	d.t.Helper()
	for range 200 {
		d.step()
		if d.up.Idle() {
			return
		}
	}
	d.t.Fatal("200 steps did not drain the queue")
}

// wantDelivered checks that the server has exactly these lines, whole and once, and that nothing waits.
func (d *device) wantDelivered(ids ...string) {
	d.t.Helper()
	lines := d.server.Lines()
	for _, id := range ids {
		if _, ok := lines[id]; !ok {
			d.t.Errorf("%s is lost", id)
		}
	}
	if len(lines) != len(ids) {
		d.t.Errorf("%d lines have arrived, %d were saved", len(lines), len(ids))
	}
	if n, err := d.db.Waiting(ctx); n != 0 || err != nil {
		d.t.Errorf("%d still wait (%v)", n, err)
	}
}

func TestDrainsInFrames(t *testing.T) {
	d := newDevice(t)
	d.server.Limits.Observations = 4
	ids := d.save(10)
	d.up.Step(ctx) // learns the limits with its first answer
	d.drain()
	d.wantDelivered(ids...)
	if d.tokens != 1 {
		t.Errorf("%d tokens", d.tokens)
	}
	ids = append(ids, d.save(5)...)
	d.sizes = nil
	d.drain()
	d.wantDelivered(ids...)
	if fmt.Sprint(d.sizes) != "[4 1]" {
		t.Errorf("frames of %v lines", d.sizes)
	}
}

func TestNetworkFaults(t *testing.T) {
	storm := make([]func() error, 40)
	for i := range storm {
		storm[i] = refuse(wire.CodeBusy, 7*time.Second)
	}
	for name, faults := range map[string][]func() error{
		"answer lost after the commit": {loseAnswer, loseAnswer, nil},
		"connection cut":               {cutConnection, cutConnection, cutConnection},
		"a storm of 503":               storm,
		"internal errors and timeouts": {refuse(wire.CodeInternal, 0), refuse(wire.CodeTimeout, 0)},
		"refusals that make no sense":  {refuse(wire.CodeBadChain, 0), refuse(wire.CodeWrongStream, 0)},
		"unknown device, then known":   {refuse(wire.CodeUnknownDevice, 0)},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDevice(t)
			ids := d.save(3)
			d.faults = faults
			d.drain()
			d.wantDelivered(ids...)
		})
	}
}

func TestBackoff(t *testing.T) {
	d := newDevice(t)
	d.save(1)
	for range 30 {
		d.faults = append(d.faults, cutConnection)
	}
	for range 30 {
		d.step()
	}
	var longest time.Duration
	for i, w := range d.waits {
		ceiling := 5 * time.Minute
		if i < 9 {
			ceiling = min(time.Second<<i, ceiling)
		}
		if w < 0 || w > ceiling {
			t.Errorf("wait %d: %s, at most %s", i, w, ceiling)
		}
		longest = max(longest, w)
	}
	if longest < time.Minute {
		t.Errorf("the longest of 30 waits is %s: they do not grow", longest)
	}
	d.faults = []func() error{refuse(wire.CodeTooMany, 90*time.Second)}
	if again, _ := d.step(); again < 90*time.Second || d.up.Floor() != 90*time.Second {
		t.Errorf("again in %s, floor %s", again, d.up.Floor())
	}
	d.drain()
	if again, err := d.step(); err != nil || again < 30*time.Second || again > time.Minute {
		t.Errorf("idle: %s %v", again, err)
	}
}

func TestExpiredTokenIsNoFailure(t *testing.T) {
	d := newDevice(t)
	ids := d.save(1)
	d.faults = []func() error{refuse(wire.CodeUnauthorized, 0)}
	if again, err := d.step(); again != 0 || err != nil {
		t.Errorf("after a 401: again in %s, %v", again, err)
	}
	d.drain()
	d.wantDelivered(ids...)
	if d.tokens != 2 {
		t.Errorf("%d tokens", d.tokens)
	}
	// A server that takes no token at all is an error like any other: no tight loop.
	d.faults = []func() error{refuse(wire.CodeUnauthorized, 0), refuse(wire.CodeUnauthorized, 0), refuse(wire.CodeUnauthorized, 0)}
	d.step()
	if _, err := d.step(); err == nil {
		t.Error("the second 401 in a row is not told")
	}
	if _, err := d.step(); err == nil {
		t.Error("the third 401 in a row is not told")
	}
	d.drain()
}

func TestTooLargeFrameIsHalvedAndLongLineSentAsHash(t *testing.T) {
	d := newDevice(t)
	ids := d.save(5)
	d.faults = []func() error{refuse(wire.CodeTooLarge, 0), refuse(wire.CodeTooLarge, 0)}
	d.drain()
	d.wantDelivered(ids...)
	if fmt.Sprint(d.sizes) != "[5 2 1 1 1 1 1]" {
		t.Errorf("frames of %v lines", d.sizes)
	}

	more := d.saveLargeAmendment()
	ids, big := append(ids, more...), more[len(more)-1]
	d.server.Limits.Line, d.server.Limits.Observations = 4<<10, 500
	d.drain()
	d.wantDelivered(ids...)
	if line := d.server.Lines()[big]; !strings.HasPrefix(line, "#sha256:") {
		t.Errorf("a line that is too large alone went as %.40s", line)
	}
	if st, _ := d.db.Status(ctx); len(st.Quarantined) != 1 {
		t.Error("the tombstone is not shown as quarantined")
	}
	// A small line is never given up for its hash, whoever says 413.
	small := d.save(1)[0]
	d.faults = []func() error{refuse(wire.CodeTooLarge, 0), func() error {
		return &syncer.Refusal{Reason: &wire.Error{Code: "http_413", Retryable: true}, HTTP: 413}
	}}
	d.drain()
	if line := d.server.Lines()[small]; !strings.HasPrefix(line, "{") {
		t.Errorf("a small line went as %.40s", line)
	}
}

// saveLargeAmendment saves observations of one record until the last, naming all it has seen, has more than 4 KiB; all
// but the last are delivered.
func (d *device) saveLargeAmendment() (ids []string) {
	d.t.Helper()
	ids = d.save(1)
	k, _ := schema.Default().Kind("plate")
	v, faults := k.Decode([]byte(`{"remark":"` + strings.Repeat("长", 1000) + `"}`))
	if len(faults) > 0 {
		d.t.Fatal(faults)
	}
	for range 81 {
		d.drain()
		saved, err := d.db.Save(ctx, localdb.Draft{Act: wire.Amend, ID: ids[0], Fields: v})
		if err != nil {
			d.t.Fatal(err)
		}
		ids = append(ids, saved.ID)
	}
	return ids
}

func TestAPoisonLineBlocksNothing(t *testing.T) {
	d := newDevice(t)
	ids := d.save(2)
	d.drain()
	d.server.Poison = "冀F8K2M6"
	ids = append(ids, d.save(2)...)
	d.drain()
	d.wantDelivered(ids...)
	if st, _ := d.db.Status(ctx); len(st.Quarantined) != 2 {
		t.Errorf("%d quarantined", len(st.Quarantined))
	}
}

func TestRetryForEveryLineBacksOff(t *testing.T) {
	d := newDevice(t)
	ids := d.save(2)
	d.server.Retry = true
	if again, err := d.step(); err != nil || d.up.Idle() || again > time.Second {
		t.Errorf("again in %s, %v", again, err)
	}
	d.server.Retry = false
	d.drain()
	d.wantDelivered(ids...)
}

func TestRestoredServerGetsEverythingAgain(t *testing.T) {
	d := newDevice(t)
	ids := d.save(3)
	d.drain()
	backup := d.server.Copy()
	ids = append(ids, d.save(3)...)
	d.drain()
	d.server = backup
	d.server.Epoch = "epoch-2"
	d.drain() // without a new write
	d.wantDelivered(ids...)

	d.server = fakeserver.New() // all is lost, but for the device, known by its certificate
	d.server.Epoch = "epoch-3"
	keys, _ := localdb.NewKeys(rand.NewChaCha8([32]byte{1}))
	d.server.AddDevice(keys.Public())
	d.drain()
	d.wantDelivered(ids...)
}

func TestAClonedDeviceForksAndBothCount(t *testing.T) {
	server := fakeserver.New()
	a, b := newDevice(t), newDevice(t) // the same keys, the same randomness: the same disk
	a.server, b.server = server, server
	keys, _ := localdb.NewKeys(rand.NewChaCha8([32]byte{1}))
	server.AddDevice(keys.Public())
	both := a.save(2)
	if same := b.save(2); same[1] != both[1] {
		t.Fatal("the clones differ from the start")
	}
	a.drain()
	b.drain()
	k, _ := schema.Default().Kind("plate")
	v, _ := k.Decode([]byte(`{"sets":2}`))
	onlyB, err := b.db.Save(ctx, localdb.Draft{Act: wire.Amend, ID: both[0], Fields: v})
	if err != nil {
		t.Fatal(err)
	}
	onlyA := a.save(1)
	a.drain()
	b.drain() // another line stands at its place: a fork, and both count
	later := b.save(1)
	b.drain()
	b.wantDelivered(append(append(both, onlyA...), append(later, onlyB.ID)...)...)
	if id, _ := wire.ParseObsID(later[0]); id.Seq != 1 {
		t.Errorf("%s goes on in the forked stream", later[0])
	}
}

func TestPullsPageByPage(t *testing.T) {
	d := newDevice(t)
	d.server.Pulled = []*wire.Pulled{{Cursor: "a", More: true}, {Cursor: "b", More: true}, {Cursor: "c"}}
	d.drain()
	if len(d.waits) != 3 || d.waits[0] != 0 || d.waits[1] != 0 {
		t.Errorf("waits %v", d.waits)
	}
	d.server.Epoch = "epoch-2"
	d.server.Pulled = []*wire.Pulled{{Cursor: "z", Reset: true}}
	ids := d.save(1)
	d.drain() // a cursor that starts afresh never touches unsent data
	d.wantDelivered(ids...)
	req, err := d.db.NextRequest(ctx, localdb.RequestOptions{Limits: wire.DefaultLimits})
	if err != nil || req.Pull.Cursor != "z" {
		t.Errorf("%+v %v", req.Pull, err)
	}
}

func TestDrainReportsProgressAndStopsAfterFailures(t *testing.T) {
	d := newDevice(t)
	d.server.Limits.Observations = 4
	d.drain()
	ids := d.save(10)
	var progress []string
	wait := func(_ context.Context, least, most time.Duration) error {
		if least > most {
			t.Errorf("wait between %s and %s", least, most)
		}
		return nil
	}
	err := d.up.Drain(ctx, 2, wait, syncer.Progress{Sent: func(sent, total int) { progress = append(progress, fmt.Sprintf("%d/%d", sent, total)) }})
	if err != nil || strings.Join(progress, " ") != "4/10 8/10 10/10" {
		t.Errorf("%v %v", progress, err)
	}
	d.wantDelivered(ids...)

	d.save(1)
	d.faults = []func() error{cutConnection, cutConnection, cutConnection}
	if err := d.up.Drain(ctx, 2, wait, syncer.Progress{}); !errors.Is(err, errCut) || len(d.faults) != 1 {
		t.Errorf("%v, %d faults left", err, len(d.faults))
	}
	d.faults = nil
	d.server.Retry = true
	if err := d.up.Drain(ctx, 2, wait, syncer.Progress{}); !errors.Is(err, syncer.ErrRetryLater) {
		t.Error(err)
	}
}

// TestDrainEndsAtAFinalRefusal: what the server would only say again ends a drain at once, whatever tries are left;
// what passes is waited for, and each wait is told.
func TestDrainEndsAtAFinalRefusal(t *testing.T) {
	d := newDevice(t)
	ids := d.save(1)
	waits := 0
	wait := func(context.Context, time.Duration, time.Duration) error { waits++; return nil }
	for _, code := range []string{wire.CodeForbidden, wire.CodeBadVersion, wire.CodeBadChain, wire.CodeWrongStream, wire.CodeNotFound} {
		d.faults, waits = []func() error{refuse(code, 0)}, 0
		var r *syncer.Refusal
		if err := d.up.Drain(ctx, 50, wait, syncer.Progress{}); !errors.As(err, &r) || r.Reason.Code != code || waits != 0 {
			t.Errorf("%s: %v after %d waits", code, err, waits)
		}
	}
	unknown := refuse(wire.CodeUnknownDevice, 0)
	d.faults, waits = []func() error{unknown, unknown}, 0
	if err := d.up.Drain(ctx, 50, wait, syncer.Progress{}); err == nil || waits != 1 || d.tokens != 2 {
		t.Errorf("unknown, certificate or not: %v after %d waits and %d tokens", err, waits, d.tokens)
	}
	var counts []int
	d.faults = []func() error{refuse(wire.CodeBusy, 0), cutConnection, refuse(wire.CodeInternal, 0)}
	err := d.up.Drain(ctx, 50, wait, syncer.Progress{Wait: func(failures int, _ time.Duration, err error) {
		if counts = append(counts, failures); err == nil {
			t.Error("a wait without its reason")
		}
	}})
	if err != nil || fmt.Sprint(counts) != "[1 2 3]" {
		t.Errorf("%v, told %v", err, counts)
	}
	d.wantDelivered(ids...)
}

func TestRunStopsWithItsContext(t *testing.T) {
	d := newDevice(t)
	ids := d.save(1)
	steps := 0
	err := d.up.Run(ctx, func(_ context.Context, least, most time.Duration) error {
		if d.up.Idle() && least != 0 {
			t.Errorf("idle, and a new observation must wait %s", least)
		}
		if steps++; steps == 3 {
			return context.Canceled
		}
		return nil
	}, nil)
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	d.wantDelivered(ids...)
}
