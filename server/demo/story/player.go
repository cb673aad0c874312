package story

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"roadbook/server/demo/truth"
	"roadbook/server/fleet"
	"roadbook/sync/wire"
)

// player plays a story: its devices and HQ talk to a server.
type player struct {
	cfg     Config
	story   *story
	rng     *rand.Rand // for ids, not for facts
	devices []*fleet.Device
	links   []*fleet.Link
	hq      *fleet.HQ
	now     time.Time

	copiedDevice *fleet.Device     // the copied disk, while it is in use
	backupDevice *fleet.Device     // the backup of a disk
	used         map[int]time.Time // when each phone was last used
	turn         int
	sends        int
	done         int
	total        int
}

// play works through the agenda.
func (l *player) play(ctx context.Context) error {
	agenda := l.story.agenda
	for i := 0; i < len(agenda); i++ {
		e := &agenda[i]
		if err := ctx.Err(); err != nil {
			return err
		}
		l.now = e.at
		switch {
		case e.note != nil:
			l.say(e.note)
			if l.done++; l.cfg.Progress != nil {
				l.cfg.Progress(l.done, l.total)
			}
		case e.rows != nil:
			rows := e.rows
			for i+1 < len(agenda) && agenda[i+1].rows != nil && agenda[i+1].at.Equal(e.at) {
				i++
				rows = append(slices.Clip(rows), agenda[i].rows...)
			}
			l.cfg.Clock.Move(e.at)
			if err := l.cfg.Import(ctx, rows); err != nil {
				return fmt.Errorf("import of %s: %w", e.at.Format(time.DateOnly), err)
			}
		default:
			l.cfg.Clock.Move(e.at)
			if err := e.action(ctx, l); err != nil {
				return fmt.Errorf("%s: %w", e.at.Format(time.DateTime), err)
			}
		}
	}
	return nil
}

// wake ends the sleep of a phone: a phone sleeps from ten minutes after its last use on, and its steady clock with it.
func (l *player) wake(who int) {
	if who != phoneDevice && who != hiddenDevice {
		return
	}
	const awake = 10 * time.Minute
	if idle := l.now.Sub(l.used[who]); !l.used[who].IsZero() && idle > awake {
		l.devices[who].Asleep += (idle - awake).Milliseconds()
	}
	l.used[who] = l.now
}

// say records a note on its device.
func (l *player) say(n *note) {
	l.wake(n.who)
	d := l.deviceOf(n.who)
	k := l.story.kind(n.kind)
	s := fleet.Observation{
		Kind: k, Act: n.act, Officer: officerOn(n.who, truth.DayOf(l.now)), Reason: n.reason, At: l.now.UnixMilli(),
	}
	switch {
	case n.act != wire.Create:
		s.Record, s.Seen = n.mark.ids[0], n.mark.ids
	case n.item != nil:
		s.Record = n.item.ids[0]
	}
	if n.auto {
		n.fields["occurred_at"] = clockText(l.now.Add(time.Duration(d.Skew) * time.Millisecond))
		s.Auto = []string{"occurred_at"}
	}
	if len(n.fields) > 0 {
		s.Fields = values(k, n.fields)
	}
	n.mark.ids = append(n.mark.ids, d.Save(s).String())
}

// deviceOf is a person's machine: of a copied disk there are two machines, used in turn.
func (l *player) deviceOf(who int) *fleet.Device {
	if who == clonedDevice && l.copiedDevice != nil {
		if l.turn++; l.turn%2 == 0 {
			return l.copiedDevice
		}
	}
	return l.devices[who]
}

// sync sends all waiting lines. The answer to every third frame is lost, and the frame is sent again; sometimes the
// younger lines arrive first.
func (l *player) sync(ctx context.Context, who int) error {
	l.wake(who)
	return l.drain(ctx, l.devices[who], l.links[who])
}

func (l *player) drain(ctx context.Context, d *fleet.Device, link *fleet.Link) error {
	const few, many = 20, 400
	if n := d.Waiting(); n > few && n < many && l.rng.IntN(5) == 0 {
		if err := l.sendYoungerFirst(ctx, d, link); err != nil {
			return err
		}
	}
	for f := d.Next(); f != nil; f = d.Next() {
		if l.sends++; l.sends%3 == 0 {
			if _, err := link.Push(ctx, d, f, l.now.UnixMilli()); err != nil {
				return fmt.Errorf("device %s: %w", d.Name, err)
			}
		}
		if err := l.push(ctx, d, link, f); err != nil {
			return err
		}
	}
	d.Renew(l.rng)
	return nil
}

// sendYoungerFirst sends the younger half of the waiting lines before the older half.
func (l *player) sendYoungerFirst(ctx context.Context, d *fleet.Device, link *fleet.Link) error {
	from, to := d.Sent(), d.Sent()+d.Waiting()
	middle := (from + to) / 2
	older, younger := d.Frame(from, middle), d.Frame(middle, to)
	a, err := link.Push(ctx, d, younger, l.now.UnixMilli())
	if err != nil {
		return fmt.Errorf("device %s: %w", d.Name, err)
	}
	if err := l.push(ctx, d, link, older); err != nil {
		return err
	}
	return d.Acknowledge(younger, a)
}

func (l *player) push(ctx context.Context, d *fleet.Device, link *fleet.Link, f *wire.Frame) error {
	a, err := link.Push(ctx, d, f, l.now.UnixMilli())
	if err != nil {
		return fmt.Errorf("device %s: %w", d.Name, err)
	}
	d.Known = a.ServerTime
	return d.Acknowledge(f, a)
}

// restart begins a new boot.
func (l *player) restart(who int) {
	l.wake(who)
	l.devices[who].Reboot(l.rng, l.now.UnixMilli())
}

// setClock sets the error of a device's clock, right after a contact. A new boot begins.
func (l *player) setClock(who int, skew time.Duration) {
	l.restart(who)
	l.devices[who].Skew = skew.Milliseconds()
}

// copyDisk makes a second machine of a device.
func (l *player) copyDisk() { l.copiedDevice = l.devices[clonedDevice].Clone() }

// syncCopy syncs the copy after the original: the server reports a fork, and the copy begins a new epoch.
func (l *player) syncCopy(ctx context.Context) error {
	return l.drain(ctx, l.copiedDevice, l.links[clonedDevice])
}

func (l *player) retireCopy(ctx context.Context) error {
	err := l.syncCopy(ctx)
	l.copiedDevice = nil
	return err
}

// backUp copies a disk; putBack restores the copy: later lines exist on the server only.
func (l *player) backUp() { l.backupDevice = l.devices[restoredDevice].Clone() }

func (l *player) putBack() {
	l.devices[restoredDevice] = l.backupDevice
	l.restart(restoredDevice)
}

// link lets HQ link two records of one accident.
func (l *player) link(ctx context.Context, a, b *mark) error {
	return l.hq.Act(ctx, map[string]string{"act": string(wire.Link), "record": a.ids[0], "with": b.ids[0]})
}
