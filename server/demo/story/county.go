package story

import (
	"time"

	"roadbook/server/demo/truth"
)

// The county of the demo: units, devices, roads, and the story's year.

var shanghai = time.FixedZone("Asia/Shanghai", 8*3600)

// Unit is a unit of the demo.
type Unit struct {
	Code string `json:"unit"`
	Role string `json:"role"` // of its devices
	Type string `json:"type"` // of the unit_type code table
	ZH   string `json:"zh"`
	EN   string `json:"en"`
}

// DevicesPerUnit is the number of devices a unit has.
const DevicesPerUnit = perUnit

const perUnit = 2

// The units by their place in the list.
const (
	check1 = iota
	check2
	check3
	office1
	office2
	squad
	unitCount
)

// Devices by number: the devices of a unit are neighbours.
const (
	clonedDevice   = check1*perUnit + 1  // its disk is copied in May
	hiddenDevice   = check2 * perUnit    // no network over the end of March
	phoneDevice    = check2*perUnit + 1  // its steady clock stops in sleep, and the hidden device's too
	wrongDevice    = check3 * perUnit    // its clock starts at 1970 in February
	silentDevice   = check3*perUnit + 1  // no network over the end of October
	restoredDevice = office1 * perUnit   // put back to an old copy of its disk in August
	moneyDevice    = office1*perUnit + 1 // also enters the vouchers
	lateDevice     = office2*perUnit + 1 // sends its last weeks in January
	squadFirst     = squad * perUnit
	aheadDevice    = squad*perUnit + 1 // its clock is years ahead in July
	deviceCount    = unitCount * perUnit
)

// hq is the unit of HQ.
const hq = "hq"

// officerOn names the officer on a device that day: several officers share a device.
func officerOn(device int, day truth.Day) string {
	const names = 3
	n := int(day) + device
	return string([]byte{'0' + byte(1+device/perUnit), '0' + byte(device%perUnit), '0' + byte(n%names), '1', '3'})
}

// road is a segment of the county's roads. Its length may change once, on the day changed.
type road struct {
	code, name string
	roadType   int
	metres     int64
	changed    truth.Day
	then       int64
	opened     truth.Day // 0: before the story
}

var roads = []road{
	{code: "G107-K152", name: "国道107线顺平段", roadType: 12, metres: 14200},
	{code: "S335-E", name: "省道335线东段", roadType: 12, metres: 11650},
	{code: "S335-W", name: "省道335线西段", roadType: 12, metres: 12480, changed: 20200701, then: 13060},
	{code: "X321", name: "县道321线", roadType: 13, metres: 9375},
	{code: "X325", name: "县道325线", roadType: 13, metres: 8120},
	{code: "Y018", name: "乡道018线", roadType: 14, metres: 6540},
	{code: "PY-LU", name: "平阳路", roadType: 22, metres: 4310},
	{code: "YT-JIE", name: "永泰街", roadType: 22, metres: 3285},
	{code: "ZX-JIE", name: "政新街", roadType: 22, metres: 2760},
	{code: "BH-LU", name: "北环路新线", roadType: 21, metres: 5125, opened: 20200501},
}

// project is one of the five projects, by number.
type project struct {
	code  string
	total int64 // fen, at the year's start
}

var projects = [...]project{
	1: {"451-0401-YZN-Y5U1", 300_000_00},
	2: {"451-0401-YZN-RX4L", 150_000_00},
	3: {"451-0401-YXN-B3W8", 1_500_000_00},
	4: {"451-0601-YXN-EMSE", 4_687_600_00},
	5: {"451-0501-YXN-0V4M", 700_000_00},
}

// The story's year and its surroundings.
var (
	began   = date(2019, 12, 28) // devices enroll, ledgers are imported
	newYear = date(2020, 1, 1)
	nextEra = date(2021, 1, 1)
	over    = date(2021, 1, 20) // the last lines have arrived
)

func date(year int, month time.Month, day int) time.Time {
	return time.Date(year, month, day, 0, 0, 0, 0, shanghai)
}
