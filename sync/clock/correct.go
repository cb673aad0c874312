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

// FixBoot decides, once and for all, the server's statement about a boot whose lines arrived. A statement signed
// earlier (offered, its signature checked) stands. The running boot (sample) gets a base. Every other boot gets a
// ceiling: its lines had arrived by now. A server whose clock is far off gives no base.
func FixBoot(bootID string, sample *BootSample, at ServerReading, offered *Boot) Boot {
	if offered != nil && offered.ID == bootID && (offered.Base != 0 || offered.Ceiling != 0) {
		return *offered
	}
	if at.FarOff {
		return Boot{ID: bootID, Ceiling: at.Latest}
	}
	if sample != nil && sample.Boot == bootID && sample.Mono >= 0 && sample.Mono <= at.Now {
		return Boot{ID: bootID, Base: at.Now - sample.Mono}
	}
	return Boot{ID: bootID, Ceiling: at.Now}
}

// Correct turns the evidence of a line into the moment of saving, Unix ms, with the grade of this time. The result
// depends only on the line and on the fixed boot: base + mono if the base is known, else the wall clock, limited by the
// last server time known before (ev.Known) and by the time of the line's arrival (boot.Ceiling).
func Correct(ev Evidence, boot Boot) (ms int64, grade Grade) {
	if boot.Base != 0 {
		return clamp(boot.Base+clamp(ev.Mono, 0, MaxMs), 0, MaxMs), Exact
	}
	ceiling := boot.Ceiling
	if ceiling == 0 {
		ceiling = MaxMs
	}
	return clamp(clamp(max(ev.Wall, ev.Known), 0, MaxMs), 0, ceiling), Estimated
}
