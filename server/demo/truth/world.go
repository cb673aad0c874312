// Package truth holds the facts of a simulated county. The story decides the facts first; the devices then observe the
// facts, late, twice, wrongly or not at all. recounttest counts the facts. Projects have the numbers of the county's target
// document.
package truth

import "time"

// World is all facts. The order within a list has no meaning.
type World struct {
	Incidents    []Incident
	Accidents    []Accident
	Cases        []Case
	Offences     []Offence // handled on the road
	Cameras      []Camera  // counted by machines
	LastYear     []LastYear
	CountyMonths []CountyMonth // of the year before
	Segments     []Segment
	Patrols      []Patrol
	Traffic      []Traffic
	Hazards      []Hazard
	Facilities   []Facility
	Plan         []PlanItem // facilities to build
	Tasks        []Task
	Answers      []Answer // of surveys
	Assets       []Asset
	Plates       []Plate
	Certificates []Certificate // vehicle licences and registration certificates
	Checks       []Check       // due and missed registrations and inspections
	Payments     []Payment
	Budgets      []Budget
	Attested     []Attested
	Counts       []Count
	Complaints   []LastCount // of the year before
	Ledger       []Due       // due vehicles, from the ledger
	Duties       []Duty      // expected reports
	Deliveries   []Delivery  // reports of a unit on a kind for a day, zero reports included
	Doubts       []Doubt
}

// Incident is an emergency. Dispatched and Arrived are zero without a dispatch, Cleared if nobody recorded the end.
type Incident struct {
	Unit                                   string
	Reported, Dispatched, Arrived, Cleared time.Time
}

// Accident is one accident, however often recorded. Deaths are the moments of later deaths, as typed.
type Accident struct {
	Unit        string
	At          time.Time
	SelfSettled bool
	DeadAtScene int
	Deaths      []time.Time
	Closed      time.Time // of a simple procedure; zero: open or unknown

	Case, Platform string // numbers of 122 and of the platform, "" for none
}

// Case is a hit-and-run. Solved is zero for an open case.
type Case struct {
	Unit           string
	Opened, Solved time.Time
}

// Offence is a violation handled by an officer on the road.
type Offence struct {
	Unit     string
	At       time.Time
	RoadType int

	Document, Plate, Violation string // plate "-": none
}

// Camera is a count of violations of a whole period on one type of road.
type Camera struct {
	To       Day // the last day of the period: the count belongs to this day
	RoadType int
	Number   int64
}

// LastYear is a unit's figures in one month of the year before, as the yearbook has them: they hold all that happened, also
// what an officer records late.
type LastYear struct {
	Unit              string
	To                Day // the last day of the month
	Accidents         int64
	Deaths            int64
	DeathsUnknown     bool // the yearbook has no number of the unit's deaths
	HighwayOffences   int64
	CongestedMetreMin int64 // metres × minutes of road at a congested level
	MonitoredMetreMin int64
}

// CountyMonth is the county's number of accidents in one month of the year before. It takes the place of the units' numbers.
type CountyMonth struct {
	To        Day // the last day of the month
	Accidents int64
}

// Segment is a stretch of road with one length.
type Segment struct {
	Name   string
	Metres int64
	From   Day
	To     Day // exclusive; 0: no end
}

// Patrol is a segment patrolled in a shift, possibly by two units.
type Patrol struct {
	Unit    string
	Segment string
	Shift   int // 0 early, 1 middle, 2 night
	Day     Day // on which the shift starts
}

// Level of traffic.
type Level int

// The levels, best first.
const (
	Smooth Level = iota
	MostlySmooth
	Light
	Moderate
	Severe
)

// Traffic is one observation of a stretch of road.
type Traffic struct {
	Unit    string
	At      time.Time
	Metres  int64
	Minutes int64
	Level   Level
}

// Hazard is a dangerous spot. Verified is zero until the verified repair.
type Hazard struct {
	Unit            string
	Found, Verified time.Time
}

// Status of a facility.
type Status int

// The statuses.
const (
	Building Status = iota
	InUse
	Idle
	Broken
	Removed
)

// Facility is a roadside facility with its states.
type Facility struct {
	Unit   string
	Name   string
	Phases []Phase // by day, without gaps
}

// Phase is a state of a facility until the next phase, or until now.
type Phase struct {
	From   Day
	Status Status
}

// PlanItem is a planned number of facilities, and the day of complete acceptance: 0 before.
type PlanItem struct {
	Name     string
	Type     string
	Planned  int64
	From     Day // the plan's
	Accepted Day
}

// Task is work due from a project by a day. Done is zero for an open task.
type Task struct {
	Project int // 1 … 5
	Due     Day
	Done    time.Time
}

// Grade of an answer.
type Grade int

// The grades, best first.
const (
	VerySatisfied Grade = iota
	Satisfied
	Fair
	Dissatisfied
	Invalid
)

// Answer is one returned questionnaire.
type Answer struct {
	At      time.Time
	Project int    // 0: the sheet names none of the projects
	Topic   string // accident, petition, beneficiary, vehicle
	Grade   Grade
}

// Asset is a purchase of a project. InService is 0 before its first use.
type Asset struct {
	Project           int
	Bought, InService Day
}

// Plate is an issue of number plates.
type Plate struct {
	Unit     string
	At       time.Time
	Business string // register, replace, renew
	Sets     int64
	Spoiled  bool

	Type, Number string
}

// Certificate is an issue of vehicle certificates.
type Certificate struct {
	Unit    string
	At      time.Time
	Licence bool // otherwise a registration certificate
	Number  int64
	Spoiled bool
}

// Check is an office's latest count of a month: due and missed registrations and inspections.
type Check struct {
	Unit        string
	Day         Day
	Due, Missed int64
}

// Payment is money spent by a project; a refund is negative.
type Payment struct {
	Project int
	Day     Day
	Fen     int64
}

// Budget is a project's money for the year, in force from a day on.
type Budget struct {
	Project                int
	Day                    Day
	AdjustedFen, CarryOver int64
}

// Attested is a value stated by HQ, in ten thousandths of a percent.
type Attested struct {
	Row   string
	Day   Day
	Value int64
}

// Count is a number of business of a period; it belongs to the period's last day.
type Count struct {
	What   string
	To     Day
	Number int64
}

// LastCount is the number of a month of the year before.
type LastCount struct {
	To     Day
	Number int64
}

// Due is an office's number of vehicles due for registration or inspection, from the ledger entry of a day.
type Due struct {
	Unit   string
	Day    Day
	Number int64
}

// Duty is a report expected of a unit each day or each month.
type Duty struct {
	Unit, Kind string
	Monthly    bool
	From       Day
}

// Doubt is a sign, on a record, that the record misses a figure or needs another look.
type Doubt struct {
	Code        string // schema/data/doubts.yaml
	Kind, Unit  string
	Day         Day    // of the record
	Field, Text string // a field of the record and its text: names the record to people, as a plate does
}

// Delivery is a unit's report on a kind for a day.
type Delivery struct {
	Unit, Kind string
	Day        Day
}
