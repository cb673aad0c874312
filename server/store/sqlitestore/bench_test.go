package sqlitestore_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"roadbook/schema"
	"roadbook/server/store"
	"roadbook/server/store/sqlitestore"
	"roadbook/sync/clock"
	"roadbook/sync/merge"
	"roadbook/sync/tally"
	"roadbook/sync/wire"
)

// The data of the benchmark: devices, units and days of a county; frames of fresh plates, each with a natural key of
// its own. With amend, one line in ten amends an older record.
const (
	benchDevices = 1000
	benchUnits   = 60
	benchDays    = 30
	benchLines   = 500
)

type device struct {
	id   wire.StreamID
	next uint64
	prev wire.Hash
	old  []wire.ObsID
}

// load makes frames and runs their steps.
type load struct {
	s      store.Store
	rng    *rand.Rand
	all    []device
	at     int
	amend  bool
	packed []byte
	plates int
}

func newLoad(s store.Store, amend bool) *load {
	l := &load{s: s, rng: rand.New(rand.NewPCG(1, 2)), all: make([]device, benchDevices), amend: amend}
	for i := range l.all {
		id := wire.StreamID{Device: wire.DeviceID([]byte(fmt.Sprint(i))), Epoch: fmt.Sprintf("%08d", i)}
		l.all[i] = device{id: id, next: 1, prev: wire.Genesis(id)}
	}
	l.packed = make([]byte, 45*benchLines) // the packed size of 500 signed lines
	for i := range l.packed {
		l.packed[i] = byte(l.rng.Uint32())
	}
	return l
}

// made is a frame with the contents of its lines.
type made struct {
	frame store.Frame
	obs   []merge.Obs
	ids   []string // records
	unit  string
	day   clock.Day
}

func (l *load) frame() made {
	d := &l.all[l.at%len(l.all)]
	unit := fmt.Sprintf("check-%d", l.at%benchUnits)
	l.at++
	m := made{unit: unit, day: clock.Date(2020, 12, 1+l.rng.IntN(benchDays))}
	first := d.next
	h := d.prev
	for range benchLines {
		h = wire.ChainHash(h, l.packed[:8])
		id := wire.NewObsID(d.id, d.next, h)
		d.next++
		o := merge.Obs{ID: id, HLC: clock.HLC(1_600_000_000_000+id.Seq) << 16, Act: wire.Create, Kind: "plate", Officer: "01234", Grade: clock.Typed}
		record := id
		if l.amend && len(d.old) > 0 && l.rng.IntN(10) == 0 {
			record = d.old[l.rng.IntN(len(d.old))]
			o.Act, o.Seen = wire.Amend, []wire.ObsID{record}
			o.Fields = schema.Values{{Name: "sets", Value: schema.Value{Type: schema.TypeInt, I: 2}}}
		} else {
			o.Fields = l.plate(unit, m.day)
			if len(d.old) < 200 {
				d.old = append(d.old, id)
			}
		}
		m.obs = append(m.obs, o)
		m.ids = append(m.ids, record.String())
	}
	m.frame = store.Frame{
		Key:  store.FrameKey{Stream: d.id, First: first, Last: d.next - 1, Head: h},
		Prev: d.prev, Sig: make([]byte, 64), Packed: l.packed, Received: 1_608_000_000_000, Unit: unit, Role: "clerk",
	}
	d.prev = h
	return m
}

func (l *load) plate(unit string, day clock.Day) schema.Values {
	l.plates++
	text := func(s string) schema.Value { return schema.Value{Type: schema.TypeText, S: s} }
	return schema.Values{
		{Name: "business", Value: text("register")},
		{Name: "occurred_at", Value: schema.Value{Type: schema.TypeTime, I: day.Start() + l.rng.Int64N(86400000)}},
		{Name: "plate_number", Value: text(fmt.Sprintf("冀F%05X", l.plates%0xfffff))},
		{Name: "plate_type", Value: text("02")},
		{Name: "sets", Value: schema.Value{Type: schema.TypeInt, I: 1}},
		{Name: "unit", Value: text(unit)},
	}
}

// benchFold replaces merge.Fold: place and natural key of a plate, from its create line.
func benchFold(r *store.Record) {
	c := &r.State.Obs[0]
	number, _ := c.Fields.Get("plate_number")
	unit, _ := c.Fields.Get("unit")
	at, _ := c.Fields.Get("occurred_at")
	r.Place = store.Place{Unit: unit.S, Day: clock.DayOf(at.I), Kind: "plate"}
	r.Group = fmt.Sprintf("plate|02|%s|register|%d", number.S, r.Place.Day)
}

func benchSelf(r *store.Record) merge.Member {
	return merge.Member{Record: r.ID, Least: r.State.Obs[0].Stamp(), Eligible: true}
}

func benchCount(r *store.Record, team []merge.Member) []tally.Contribution {
	if len(team) > 0 {
		if winner, _ := merge.Winner(team, ""); winner != r.ID {
			return nil
		}
	}
	sets := int64(1)
	for i := range r.State.Obs {
		if v, ok := r.State.Obs[i].Fields.Get("sets"); ok {
			sets = v.I
		}
	}
	return []tally.Contribution{{Day: r.Place.Day, Measure: "plates", Amount: 1}, {Day: r.Place.Day, Measure: "plate_sets", Amount: sets}}
}

// ingest runs the steps of a frame in order.
func ingest(ctx context.Context, st store.Steps, m *made) error {
	if _, err := st.Stream(ctx, m.frame.Key.Stream); err != nil {
		return err
	}
	if _, existed, err := st.CommitFrame(ctx, m.frame); err != nil || existed {
		return fmt.Errorf("existed %v: %w", existed, err)
	}
	ids := slices.Clone(m.ids)
	slices.Sort(ids)
	ids = slices.Compact(ids)
	recs, err := st.Records(ctx, ids)
	if err != nil {
		return err
	}
	at := make(map[string]*store.Record, len(recs))
	for i := range recs {
		at[recs[i].ID] = &recs[i]
	}
	for i := range m.obs {
		at[m.ids[i]].State.Join(m.ids[i], m.obs[i])
	}
	names, places := make([]string, len(recs)), make([]store.Place, len(recs))
	for i := range recs {
		benchFold(&recs[i])
		names[i], places[i] = recs[i].Group, recs[i].Place
	}
	if places, err = st.BucketsFor(ctx, places); err != nil {
		return err
	}
	if lost, err := st.ReplaceRecords(ctx, recs); err != nil || len(lost) > 0 {
		return fmt.Errorf("lost %v: %w", lost, err)
	}
	members, err := st.Regroup(ctx, names, benchSelf)
	if err != nil {
		return err
	}
	members = append(members, ids...)
	slices.Sort(members)
	members = slices.Compact(members)
	if err := st.Touch(ctx, m.frame.Key, members, []string{m.unit}); err != nil {
		return err
	}
	if err := st.Recount(ctx, places, members, benchCount); err != nil {
		return err
	}
	if err := st.ClearDeparted(ctx, m.frame.Key, ids); err != nil {
		return err
	}
	_, err = st.Mark(ctx, m.frame.Key)
	return err
}

// batch processes frames in one Batch.
func (l *load) batch(ctx context.Context, ms []made) error {
	return l.s.Batch(ctx, func(st store.Steps) error {
		for i := range ms {
			if err := ingest(ctx, st, &ms[i]); err != nil {
				return err
			}
		}
		return nil
	})
}

// BenchmarkIngest measures the steps of the write path, in process: synchronous=FULL, one writer, 16 frames of 500
// lines per commit. The frames are made outside the measured time. One iteration is one Batch.
func BenchmarkIngest(b *testing.B) {
	for _, c := range []struct {
		name   string
		stored int
		amend  bool
	}{{"empty", 0, false}, {"100k", 100_000, false}, {"100k/amend", 100_000, true}, {"1M", 1_000_000, false}} {
		b.Run(c.name, func(b *testing.B) { benchIngest(b, c.stored, c.amend) })
	}
}

func benchIngest(b *testing.B, stored int, amend bool) {
	path := filepath.Join(b.TempDir(), "bench.db")
	s, err := sqlitestore.Open(b.Context(), sqlitestore.Config{Path: path})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	l := newLoad(s, amend)
	group := s.Traits().FramesAtOnce
	next := func() []made {
		ms := make([]made, group)
		for i := range ms {
			ms[i] = l.frame()
		}
		return ms
	}
	for done := 0; done < stored; done += group * benchLines {
		if err := l.batch(b.Context(), next()); err != nil {
			b.Fatal(err)
		}
	}
	b.ResetTimer()
	cpu := time.Duration(0)
	for range b.N {
		b.StopTimer()
		ms := next()
		before := cpuTime()
		b.StartTimer()
		if err := l.batch(b.Context(), ms); err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		cpu += cpuTime() - before
		b.StartTimer()
	}
	b.StopTimer()
	n := float64(b.N * group * benchLines)
	total := float64(b.N*group*benchLines + stored)
	b.ReportMetric(n/b.Elapsed().Seconds(), "obs/s")
	b.ReportMetric(float64(cpu.Microseconds())/n, "cpu-µs/obs")
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(info.Size())/total, "disk-B/obs")
}

// cpuTime is the processor time of the process so far, checkpoints included.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkQuarantineVersion reads the version for a device with 5,000 quarantined or released lines, as each pull of
// the device does.
func BenchmarkQuarantineVersion(b *testing.B) {
	s, err := sqlitestore.Open(b.Context(), sqlitestore.Config{Path: filepath.Join(b.TempDir(), "r.db")})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	var qs []store.Quarantined
	for seq := range 5000 {
		id := wire.ObsID{Device: "dev0000001", Epoch: "epchaaaa", Seq: uint64(seq + 1), Hash: [10]byte{byte(seq), byte(seq >> 8)}}
		by := ""
		if seq%2 == 0 {
			by = "dev0000009.epchaaaa.17.0000000000000000"
		}
		qs = append(qs, store.Quarantined{ID: id, Received: 1, Released: by})
	}
	if err := s.Batch(b.Context(), func(st store.Steps) error { return st.Quarantine(b.Context(), qs) }); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if mark, err := s.QuarantineVersion(b.Context(), "dev0000001"); err != nil || mark == "" {
			b.Fatal(mark, err)
		}
	}
}
