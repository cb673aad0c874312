package story

import (
	"context"
	"math/rand/v2"
	"time"

	"roadbook/server/demo/truth"
)

// The troubles of the year: dead zones, wrong clocks, phones that sleep, a copied disk, a restored disk.

// offlinePeriods are the times without a network, by device.
var offlinePeriods = map[int][2]time.Time{
	hiddenDevice: {date(2020, 3, 10), date(2020, 4, 12)},  // across one checkpoint
	silentDevice: {date(2020, 9, 20), date(2020, 11, 8)},  // across another checkpoint
	lateDevice:   {date(2020, 12, 12), date(2021, 1, 18)}, // the last weeks arrive in the new year
}

// wrongClocks are the times and errors of wrong clocks, by device. The device does not restart in that time, so that the
// server can tell the true time of its observations.
var wrongClocks = map[int]struct {
	from, to time.Time
	skew     time.Duration
}{
	wrongDevice: {date(2020, 2, 2), date(2020, 2, 27), time.Duration(-date(2020, 2, 1).UnixNano())}, // 1970
	aheadDevice: {date(2020, 7, 1), date(2020, 7, 29), 5 * 365 * 24 * time.Hour},
	moneyDevice: {date(2020, 1, 2), over, 3 * time.Minute},
}

// The copied disk: two machines continue one stream, until the copy learns of the fork. And the restored disk.
var (
	copied  = date(2020, 5, 15)
	noticed = date(2020, 5, 21)
	retired = date(2020, 6, 30)
	backup  = date(2020, 8, 1)
	putBack = date(2020, 8, 12)
)

// planTroubles plans the devices' syncs, and every trouble.
func (s *story) planTroubles() {
	rng := rand.New(rand.NewPCG(s.seed, 99))
	for who := range deviceCount {
		s.planSyncs(rng, who)
		s.planRestarts(rng, who)
	}
	for who, w := range wrongClocks {
		s.addSync(w.from, who)
		s.addAction(w.from, func(_ context.Context, l *player) error { l.setClock(who, w.skew); return nil })
		s.addSync(w.to, who)
		s.addAction(w.to, func(_ context.Context, l *player) error { l.setClock(who, 0); return nil })
	}
	s.addSync(copied, clonedDevice)
	s.addAction(copied, func(_ context.Context, l *player) error { l.copyDisk(); return nil })
	s.addSync(noticed, clonedDevice)
	s.addAction(noticed, func(ctx context.Context, l *player) error { return l.syncCopy(ctx) })
	s.addAction(retired, func(ctx context.Context, l *player) error { return l.retireCopy(ctx) })
	s.addSync(backup, restoredDevice)
	s.addAction(backup, func(_ context.Context, l *player) error { l.backUp(); return nil })
	s.addSync(putBack, restoredDevice)
	s.addAction(putBack, func(_ context.Context, l *player) error { l.putBack(); return nil })
}

// planSyncs: a device syncs every few days, unless out of reach. At the end all devices sync.
func (s *story) planSyncs(rng *rand.Rand, who int) {
	for day := newYear.AddDate(0, 0, 1+who%5); day.Before(nextEra); day = day.AddDate(0, 0, 3+rng.IntN(6)) {
		at := day.Add(20*time.Hour + time.Duration(who)*time.Minute)
		if z, ok := offlinePeriods[who]; !ok || at.Before(z[0]) || at.After(z[1]) {
			s.addSync(at, who)
		}
	}
	if who != lateDevice {
		s.addSync(date(2021, 1, 4).Add(time.Duration(9*60+who)*time.Minute), who)
	}
	s.addSync(lastMeeting.Add(time.Duration(who)*time.Minute), who)
}

// After lastMeeting every line has been sent; lastWord is the end of recording.
var (
	lastMeeting = date(2021, 1, 18).Add(9 * time.Hour)
	lastWord    = date(2021, 1, 18)
)

func (s *story) addSync(at time.Time, who int) {
	s.addAction(at, func(ctx context.Context, l *player) error { return l.sync(ctx, who) })
}

// planRestarts: every few weeks, but not while the clock is wrong.
func (s *story) planRestarts(rng *rand.Rand, who int) {
	for at := newYear.AddDate(0, 0, 5+rng.IntN(20)); at.Before(nextEra); at = at.AddDate(0, 0, 12+rng.IntN(25)) {
		moment := at.Add(6*time.Hour + time.Duration(rng.IntN(3600))*time.Second)
		if w, ok := wrongClocks[who]; ok && who != moneyDevice && moment.After(w.from.AddDate(0, 0, -1)) && moment.Before(w.to.AddDate(0, 0, 1)) {
			continue
		}
		s.addAction(moment, func(_ context.Context, l *player) error { l.restart(who); return nil })
	}
}

// zeroReports: on a day without records a unit usually delivers a zero report.
func (s *story) zeroReports(rng *rand.Rand) {
	type slip struct {
		unit, kind string
		day        truth.Day
	}
	told := map[slip]bool{}
	for _, r := range s.world.Deliveries {
		told[slip{r.Unit, r.Kind, r.Day}] = true
	}
	for _, d := range s.world.Duties {
		if d.Monthly {
			continue
		}
		unit := s.unitIndex(d.Unit)
		days(func(day time.Time) {
			on := truth.DayOf(day)
			if told[slip{d.Unit, d.Kind, on}] || rng.IntN(100) < 12 {
				return
			}
			at := day.Add(22*time.Hour + time.Duration(rng.IntN(90))*time.Minute)
			s.create(at, unit*perUnit+rng.IntN(perUnit), "nil", fields{"kind": d.Kind, "day": dayText(on)})
			s.noteDelivery(d.Unit, d.Kind, on)
		})
	}
}

func (s *story) unitIndex(code string) int {
	for i, u := range s.units {
		if u.Code == code {
			return i
		}
	}
	panic("story: no unit " + code)
}
