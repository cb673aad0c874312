package wire

import "roadbook/sync/clock"

// PulledRecord is one of Pulled.Records: every accepted observation of the record, so that a device can fold
// it, and name what it has seen when it amends.
type PulledRecord struct {
	Record       string              `json:"record"`
	Observations []PulledObservation `json:"observations"`
}

// PulledObservation is an observation with what is needed to correct its times.
type PulledObservation struct {
	ID   ObsID       `json:"id"`
	Line string      `json:"line"` // verbatim, as signed
	Boot *clock.Boot `json:"boot,omitempty"`
}
