package main

import (
	"strconv"

	"roadbook/client/localdb"
	"roadbook/client/station"
	"roadbook/client/typed"
	"roadbook/schema"
	"roadbook/sync/wire"
)

type statusCmd struct{}

// statusOut is the status as JSON. Times are RFC 3339 in Shanghai, null for none.
type statusOut struct {
	Enrolled         bool             `json:"enrolled"`
	Device           string           `json:"device"`
	Unit             string           `json:"unit"`
	Earlier          []string         `json:"earlier_units,omitempty"` // units to which HQ had given the device before
	Role             string           `json:"role"`
	Server           string           `json:"server"`
	Fingerprint      string           `json:"server_fingerprint"`
	Epoch            string           `json:"epoch"`
	Saved            int64            `json:"saved"`
	Waiting          int64            `json:"waiting"`
	Oldest           any              `json:"oldest"`
	LastContact      any              `json:"last_contact"`
	Quarantined      int              `json:"quarantined"`
	QuarantinedLines []quarantinedOut `json:"held,omitempty"`
	Catalogue        string           `json:"catalogue"`
	InDoubt          int              `json:"in_doubt"` // records among the newest mostCounted
	Lists            bool             `json:"lists"`    // HQ's lists are on this device

	NoTargets []localdb.EmptyYear `json:"no_targets,omitempty"` // years near the present without targets, and the records that wait

	Officers []string      `json:"officers,omitempty"`
	Returned []returnedOut `json:"returned,omitempty"` // records that HQ wants corrected
	Acts     []actOut      `json:"acts"`               // of HQ, not shown before; newest first
	ActsMore int64         `json:"acts_more,omitempty"`

	Pending *pendingOut `json:"pending,omitempty"` // a server of another key, until a person confirms the change
}

type quarantinedOut struct {
	ID     string        `json:"id"`
	Record string        `json:"record"`
	Kind   string        `json:"kind"`
	Faults schema.Faults `json:"faults"`
}

// Run prints the device's status. No PIN is needed: without one nothing of a record is shown but its kind and id.
func (statusCmd) Run(e *env) error {
	return e.withStation("", func(s *station.Station) error {
		st, err := s.DB.Status(e.ctx)
		if err != nil {
			return err
		}
		if !st.Enrolled {
			return localdb.ErrNotEnrolled
		}
		news, returned, err := e.readReturned(s.DB)
		if err != nil {
			return err
		}
		inDoubt, err := s.DB.CountInDoubt(e.ctx, mostCounted)
		if err != nil {
			return err
		}
		if e.JSON {
			officers, err := s.DB.Officers(e.ctx)
			if err != nil {
				return err
			}
			out := statusJSON(&st, officers)
			out.Returned, out.Acts, out.ActsMore = returnedJSON(s.DB.Schema(), returned, news.open), news.json(s.DB.Schema()), news.more
			defer e.markShown(s.DB, &news)
			out.InDoubt, out.NoTargets = inDoubt.Records, inDoubt.NoTargets
			return e.printJSON(out)
		}
		e.printStatus(&st)
		e.printInDoubt(&inDoubt, &st)
		e.printReturned(s.DB.Schema(), returned, news.open)
		e.tellNews(s.DB, &news)
		return nil
	})
}

func statusJSON(st *localdb.Status, officers []string) statusOut {
	out := statusOut{
		Enrolled: true, Device: st.Device, Unit: st.Unit, Earlier: st.Earlier, Role: st.Role, Server: st.Server,
		Fingerprint: wire.Fingerprint(st.ServerKey), Epoch: st.Epoch,
		Saved: st.Saved, Waiting: st.Waiting, Oldest: jsonTime(st.Oldest), LastContact: jsonTime(st.LastContact),
		Quarantined: len(st.Quarantined), Catalogue: st.Catalogue, Lists: st.Lists, Officers: officers,
	}
	if p := st.Pending; p != nil {
		out.Pending = &pendingOut{p.Server, wire.Fingerprint(p.OwnKey), wire.Fingerprint(p.Enrolled.ServerKey), p.Lines}
	}
	for _, h := range st.Quarantined {
		out.QuarantinedLines = append(out.QuarantinedLines, quarantinedOut{h.ID, h.Record, h.Kind, h.Observation.Faults})
	}
	return out
}

func (e *env) printStatus(st *localdb.Status) {
	line := func(label schema.Text, value string) { e.print("%s  %s\n", label.In(e.Lang), value) }
	line(schema.Text{ZH: "设备", EN: "device"}, st.Device)
	line(schema.Text{ZH: "单位", EN: "unit"}, st.Unit+" ("+st.Role+")")
	line(schema.Text{ZH: "服务器", EN: "server"}, st.Server+" ("+wire.Fingerprint(st.ServerKey)+")")
	if p := st.Pending; p != nil {
		e.print("! %s\n", otherServerText(p).In(e.Lang))
	}
	line(schema.Text{ZH: "待同步", EN: "waiting"}, strconv.FormatInt(st.Waiting, 10))
	line(schema.Text{ZH: "最早一条", EN: "oldest"}, typed.Time(st.Oldest))
	line(schema.Text{ZH: "上次联系", EN: "last contact"}, typed.Time(st.LastContact))
	line(schema.Text{ZH: "被隔离", EN: "quarantined"}, strconv.Itoa(len(st.Quarantined)))
	for _, h := range st.Quarantined {
		e.print("  %s\n", h.ID)
		for _, f := range h.Observation.Faults {
			e.print("    ! %s\n", e.faultText(f))
		}
	}
}
