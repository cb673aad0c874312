package clock

// BootSample is what a device tells about the boot that is running at the moment it sends.
type BootSample struct {
	Boot string `json:"boot"`
	Mono int64  `json:"mono"`           // now, ms since that boot
	Wall int64  `json:"wall,omitempty"` // now by the device's wall clock, Unix ms; 0 = not told
}

// ServerReading is a server's clock at a moment, and whether it may be reckoned from.
type ServerReading struct {
	Now    int64 // by that clock, Unix ms
	FarOff bool  // the clock is far off, as far as the server can tell
	Latest int64 // where Off: the best bound of the moment that there is, Unix ms
}

// FixBoot decides once and for all what is known of a boot whose lines have arrived. What a server has signed before
// (offered, its signature checked) stands; a boot that is running (sample) gets its base; of any other is known only
// that its lines had arrived by now. By a clock that is off no boot gets a base.
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

// Correct turns the evidence of a line into the moment it was saved, Unix ms, and says how good it is.
// It is a function of the line and of the boot as it was fixed, and of nothing else:
// base + mono if the base is known, else the wall clock held between what the device knew before
// (ev.Known) and the time by which the line had arrived (boot.Ceiling).
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
