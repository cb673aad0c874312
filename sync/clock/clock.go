// Package clock is the system's knowledge about time: a hybrid logical clock that orders a device's observations, the
// evidence about the device's clock in every line, and the correction that turns this evidence into a moment. The
// package is pure: the present is always an argument.
package clock

import "time"

// HLC is a hybrid logical stamp: 48 bits of Unix milliseconds, 16 bits of counter. The stamps of a device never go
// back, whatever the wall clock does.
type HLC uint64

// Evidence is a device's knowledge about its clock at the time of saving a line. The signature of the line covers the
// evidence. All times are milliseconds.
type Evidence struct {
	HLC   HLC    `json:"hlc,string"`
	Boot  string `json:"boot"`            // id of this boot of the device
	Mono  int64  `json:"mono"`            // monotonic, since the start of the boot
	Wall  int64  `json:"wall"`            // the device's wall clock, Unix
	Known int64  `json:"known,omitempty"` // the last server time seen before, Unix; 0 = none yet
	Base  int64  `json:"base,omitempty"`  // Unix time of the boot's mono 0, fixed by the server; 0 = unknown
}

// Boot is a server's statement about a boot of a stream, fixed once: either Base, for a boot that met a server while
// running, or Ceiling, the server time by which the boot's first line had arrived. A boot of version 2 has a Base and
// the device's clocks at the fixing as well, which show a steady clock that stopped while the machine slept.
type Boot struct {
	ID      string `json:"boot" cbor:"1,keyasint"`
	Base    int64  `json:"base,omitempty" cbor:"2,keyasint,omitempty"`    // Unix ms of mono 0, if the steady clock never stopped
	Ceiling int64  `json:"ceiling,omitempty" cbor:"3,keyasint,omitempty"` // Unix ms
	V       int    `json:"v,omitempty" cbor:"4,keyasint,omitempty"`       // BootVersion, or 0: version 1, without Offset and Mono
	Offset  int64  `json:"offset,omitempty" cbor:"5,keyasint,omitempty"`  // ms, at the fixing: wall clock less steady clock
	Mono    int64  `json:"mono,omitempty" cbor:"6,keyasint,omitempty"`    // ms, at the fixing: steady clock
}

// BootVersion is the newest version of a Boot.
const BootVersion = 2

// In returns the boot in the form of a version, for a reader who knows no later one.
func (b Boot) In(version int) Boot {
	if version < BootVersion {
		b.V, b.Offset, b.Mono = 0, 0, 0
	}
	return b
}

// Grade is the quality of a time.
type Grade string

// The grades of a time, best first.
const (
	Typed     Grade = "typed"     // given by a person: never corrected
	Exact     Grade = "exact"     // by the boot's fixed base
	Estimated Grade = "estimated" // by the best of clocks that disagree, or by a wall clock limited by known times
)

// Shanghai is the time zone of every day and month in the system: UTC+8, no daylight saving since 1992.
var Shanghai = time.FixedZone("Asia/Shanghai", 8*3600)

// Day is a day of Asia/Shanghai written as the number yyyymmdd.
type Day int32
