// Package truth holds what happened in a simulated county, as plain facts, and what follows from them by plain
// loops. The story decides the facts before any device speaks; the devices then observe them, late, twice, wrongly
// or not at all. What a server counts must equal what is recounted here.
//
// It imports the standard library only: nothing of how observations travel, are merged or counted, and nothing of
// the catalogue, so that a fault there can't be repeated here. The numbers of projects and rows are those of the
// county's target document, the rules those of schema/DOMAIN.md#indicators.
package truth

import "time"

// World is everything that happened. The order within a list means nothing.
type World struct {
	Incidents    []Incident
	Accidents    []Accident
	Cases        []Case
	Offences     []Offence // dealt with on the road
	Cameras      []Camera  // counted by machines
	LastYear     []LastYear
	Segments     []Segment
	Patrols      []Patrol
	Traffic      []Traffic
	Hazards      []Hazard
	Facilities   []Facility
	Plan         []PlanItem // facilities to be built
	Tasks        []Task
	Answers      []Answer // of surveys
	Assets       []Asset
	Plates       []Plate
	Certificates []Certificate // vehicle licences and registration certificates
	Checks       []Check       // registrations and inspections due and missed
	Payments     []Payment
	Budgets      []Budget
	Attested     []Attested
	Counts       []Count
	Complaints   []LastCount // of last year
	Ledger       []Due       // vehicles due as the ledger has them
	Duties       []Duty      // who has to report what
	Deliveries   []Delivery  // that a unit reported a kind for a day, be it that there was nothing
}

// Incident is an emergency. Dispatched is zero where nobody was sent.
type Incident struct {
	Unit                 string
	Reported, Dispatched time.Time
}

// Accident is one accident, whoever wrote it down. Deaths are the moments of those who died later.
type Accident struct {
	Unit        string
	At          time.Time
	SelfSettled bool
	DeadAtScene int
	Deaths      []time.Time
	Closed      time.Time // of a simple procedure; zero: not, or not known
}

// Case is a hit-and-run. Solved is zero while it is not.
type Case struct {
	Unit           string
	Opened, Solved time.Time
}

// Offence is a violation that an officer dealt with on the road.
type Offence struct {
	Unit     string
	At       time.Time
	RoadType int
}

// Camera is a count of violations of a whole period on one type of road.
type Camera struct {
	To       Day // the last day of the period, on which it counts
	RoadType int
	Number   int64
}

// LastYear is what a unit had in one month of the year before.
type LastYear struct {
	Unit              string
	To                Day // the last day of the month
	Accidents         int64
	Deaths            int64
	HighwayOffences   int64
	CongestedMetreMin int64 // metres × minutes of road at a congested level
	MonitoredMetreMin int64
}

// Segment is a stretch of road while it had one length.
type Segment struct {
	Name   string
	Metres int64
	From   Day
	To     Day // exclusive; 0: it still has
}

// Patrol is a segment patrolled in a shift. Two units may have been on it.
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

// Traffic is one look at a stretch of road.
type Traffic struct {
	Unit    string
	At      time.Time
	Metres  int64
	Minutes int64
	Level   Level
}

// Hazard is a dangerous spot. Verified is zero while it is not known to be gone.
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

// Facility is a thing by the road with the states it went through.
type Facility struct {
	Unit   string
	Name   string
	Phases []Phase // by day, without gaps
}

// Phase is a state of a facility until the next, or until now.
type Phase struct {
	From   Day
	Status Status
}

// PlanItem is a number of facilities that were to be built, and the day on which all were accepted: 0 while not.
type PlanItem struct {
	Name     string
	Type     string
	Planned  int64
	From     Day // the plan's
	Accepted Day
}

// Task is a piece of work that a project owes by a day. Done is zero while it is not.
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

// Answer is one questionnaire that came back.
type Answer struct {
	At      time.Time
	Project int
	Topic   string // accident, petition, beneficiary, vehicle
	Grade   Grade
}

// Asset is something that a project bought. InService is 0 while it is not in use.
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
}

// Paper is an issue of vehicle papers.
type Certificate struct {
	Unit    string
	At      time.Time
	Licence bool // else a registration certificate
	Number  int64
	Spoiled bool
}

// Check is the latest that an office said in a month of the vehicles that had to register or be inspected.
type Check struct {
	Unit        string
	Day         Day
	Due, Missed int64
}

// Payment is money that left a project; a refund is negative.
type Payment struct {
	Project int
	Day     Day
	Fen     int64
}

// Budget is a project's money for the year as it stands from a day on.
type Budget struct {
	Project                int
	Day                    Day
	AdjustedFen, CarryOver int64
}

// Attested is a value that headquarters state, in ten thousandths of a percent.
type Attested struct {
	Row   string
	Day   Day
	Value int64
}

// Count is a number of something in a period, on whose last day it counts.
type Count struct {
	What   string
	To     Day
	Number int64
}

// LastCount is how many there were in a month of the year before.
type LastCount struct {
	To     Day
	Number int64
}

// Due is how many vehicles of an office had to register or be inspected, by the ledger's entry of a day.
type Due struct {
	Unit   string
	Day    Day
	Number int64
}

// Duty is a report that a unit owes each day or each month.
type Duty struct {
	Unit, Kind string
	Monthly    bool
	From       Day
}

// Report says that a unit told something of a kind for a day.
type Delivery struct {
	Unit, Kind string
	Day        Day
}
