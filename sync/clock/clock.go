// Package clock holds what the system knows about time: a hybrid logical clock that orders what one
// device says, the evidence about its clock that stands in every line, and the correction that turns
// such evidence into a moment. It is pure: the present is always an argument.
package clock

import "time"

// HLC is a hybrid logical stamp: 48 bits of Unix milliseconds, 16 bits of counter.
// It never goes back on a device, whatever the wall clock does.
type HLC uint64

// Evidence is what a device knew about its clock when it saved a line. It is signed with the line.
// All times are milliseconds.
type Evidence struct {
	HLC   HLC    `json:"hlc,string"`
	Boot  string `json:"boot"`            // id of this boot of the device
	Mono  int64  `json:"mono"`            // since that boot, monotonic
	Wall  int64  `json:"wall"`            // the device's wall clock, Unix
	Known int64  `json:"known,omitempty"` // the last server time seen before, Unix; 0 = none yet
	Base  int64  `json:"base,omitempty"`  // Unix time of the boot's mono 0 as the server fixed it; 0 = unknown
}

// Boot is what a server fixed, once, about one boot of a stream: either Base, when the boot has met a
// server, or Ceiling, the server time by which its first line had arrived.
type Boot struct {
	ID      string `json:"boot" cbor:"1,keyasint"`
	Base    int64  `json:"base,omitempty" cbor:"2,keyasint,omitempty"`    // Unix ms of mono 0
	Ceiling int64  `json:"ceiling,omitempty" cbor:"3,keyasint,omitempty"` // Unix ms
}

// Grade says how good a time is.
type Grade string

// The grades of a time, best first.
const (
	Typed     Grade = "typed"     // a person gave it: never corrected
	Exact     Grade = "exact"     // by the boot's fixed base
	Estimated Grade = "estimated" // by the wall clock, held between what was known before and after
)

// Shanghai is the time zone of every day and month in the system: UTC+8, no daylight saving since 1992.
var Shanghai = time.FixedZone("Asia/Shanghai", 8*3600)

// Day is a day of Asia/Shanghai written as the number yyyymmdd.
type Day int32
