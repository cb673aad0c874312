package clock

// BootSample is a device's reading of its clocks in the running boot, at the time of sending.
type BootSample struct {
	Boot string `json:"boot"`
	Mono int64  `json:"mono"`           // now, ms since the start of the boot
	Wall int64  `json:"wall,omitempty"` // now by the device's wall clock, Unix ms; 0 = not told
}

// ServerReading is a server's reading of its clock, with the result of the clock check.
type ServerReading struct {
	Now    int64 // by the server's clock, Unix ms
	FarOff bool  // the server found its own clock far off
	Latest int64 // if FarOff: the best known upper bound of the present, Unix ms
}

// The bounds of a sleep, ms: the wall clock runs that much ahead of a steady clock that stopped.
const (
	MaxDrift = 2000                   // two clocks that both ran differ by less
	MaxSleep = 366 * 24 * 3600 * 1000 // a greater gap is a wall clock that was set
)

// FixBoot decides, once and for all, the server's statement about a boot whose lines arrived. A statement signed
// earlier (offered, its signature checked) stands. The running boot (sample) gets a base, of version 2 if the sample
// tells the wall clock. Every other boot gets a ceiling: its lines had arrived by now. A server whose clock is far off
// gives no base.
func FixBoot(bootID string, sample *BootSample, at ServerReading, offered *Boot) Boot {
	if offered != nil && offered.ID == bootID && (offered.Base != 0 || offered.Ceiling != 0) {
		return *offered
	}
	if at.FarOff {
		return Boot{ID: bootID, Ceiling: at.Latest}
	}
	if sample == nil || sample.Boot != bootID || sample.Mono < 0 || sample.Mono > at.Now {
		return Boot{ID: bootID, Ceiling: at.Now}
	}
	b := Boot{ID: bootID, Base: at.Now - sample.Mono}
	if sample.Wall != 0 {
		b.V, b.Offset, b.Mono = BootVersion, clamp(sample.Wall, 0, MaxMs)-sample.Mono, sample.Mono
	}
	return b
}

// Correct turns the evidence of a line into the moment of saving, Unix ms, with the grade of this time. The result
// depends only on the line and on the fixed boot. Without a base it is the wall clock, limited by the last server time
// known before (ev.Known) and by the time of the line's arrival (boot.Ceiling).
func Correct(ev Evidence, boot Boot) (ms int64, grade Grade) {
	if boot.Base != 0 {
		return correctByBase(ev, boot)
	}
	ceiling := boot.Ceiling
	if ceiling == 0 {
		ceiling = MaxMs
	}
	return clamp(clamp(max(ev.Wall, ev.Known), 0, MaxMs), 0, ceiling), Estimated
}

// correctByBase takes base + mono. In a boot of version 2 this is exact only while wall clock and steady clock keep the
// distance of the fixing. Where they do not, either the steady clock stopped in sleep, or the wall clock was set. A sleep
// before the fixing leaves the wall clock behind, a sleep after it ahead: then the wall clock is right but for its
// error at the fixing. In every other case the wall clock was set, and base + mono stands.
func correctByBase(ev Evidence, boot Boot) (ms int64, grade Grade) {
	mono := clamp(ev.Mono, 0, MaxMs)
	ms, grade = boot.Base+mono, Exact
	if boot.V < BootVersion {
		return clamp(ms, 0, MaxMs), grade
	}
	d := clamp(ev.Wall, 0, MaxMs) - mono - clamp(boot.Offset, -MaxMs, MaxMs)
	if max(d, -d) > MaxDrift {
		grade = Estimated
		slept := d < 0 && mono <= boot.Mono || d > 0 && mono >= boot.Mono
		if slept && max(d, -d) <= MaxSleep && ms+d >= ev.Known {
			ms += d
		}
	}
	return clamp(ms, 0, MaxMs), grade
}
