package simtest

import (
	"crypto/ed25519"
	"encoding/json"
	"strconv"

	"roadbook/server/ingest"
	"roadbook/sync/wire"
)

// hqUser is an HQ user at a server.
type hqUser struct {
	w           *world
	officer     ingest.Officer
	serverIndex int
	busy        bool
}

// hqAct is a decision of HQ.
type hqAct struct {
	tag, act, record string
	confirmed        bool
	epoch            int // of the database then
}

func newHQUser(w *world, at int) *hqUser {
	key := ed25519.NewKeyFromSeed(w.bytes(32))
	return &hqUser{w: w, serverIndex: at, officer: ingest.Officer{Name: "hq" + strconv.Itoa(at), Unit: "hq", Key: key}}
}

func (o *hqUser) device() string { return wire.DeviceID(o.officer.Key.Public().(ed25519.PublicKey)) }

// act lets HQ decide about a record.
func (o *hqUser) act() {
	w := o.w
	records := w.truth.records("plate", "accident", "incident")
	if o.busy || len(records) == 0 {
		return
	}
	w.serial++
	a := &hqAct{tag: "r" + strconv.Itoa(w.serial), record: records[w.rng.IntN(len(records))]}
	a.act = w.pickOf("void", "restore", "link", "link", "link", "separate", "review", "release", "release", "amend", "amend")
	act := ingest.Act{Act: wire.Act(a.act), Record: a.record, Reason: a.tag}
	switch a.act {
	case "link":
		act.With = records[w.rng.IntN(len(records))]
		if w.truth.observations[act.With].kind != w.truth.observations[a.record].kind {
			return
		}
	case "amend": // gives the record to a unit
		act.Fields = json.RawMessage(`{"unit":"` + w.pickOf(units...) + `"}`)
	case "release":
		if act.Target = w.quarantinedLine(); act.Target == "" {
			return
		}
	}
	o.do(a, act)
}

// do takes an act to the officer's server.
func (o *hqUser) do(a *hqAct, act ingest.Act) {
	w, s := o.w, o.w.servers[o.serverIndex]
	if !s.alive {
		return
	}
	o.busy = true
	epoch := w.databaseEpoch
	w.truth.acts = append(w.truth.acts, a)
	w.spawn(o.officer.Name, func() {
		defer w.enter(s)()
		ans, err := s.ingest.Do(bg, o.officer, act)
		o.busy = false
		if err == nil && len(ans.Results) > 0 && epoch == w.databaseEpoch {
			a.confirmed, a.epoch = ans.Results[0].Status == wire.Created || ans.Results[0].Status == wire.Exists, epoch
		}
		w.tracef("%s: %s %s (%s) %v", o.officer.Name, a.act, short(a.record), a.tag, err)
	})
}

// quarantinedLine is the id of a quarantined line in the database.
func (w *world) quarantinedLine() string {
	if !w.allUp() {
		return ""
	}
	held, err := w.backend.inspect().QuarantinedLines(bg, wire.StreamID{}, wire.ObsID{}, false, 50)
	if err != nil || len(held) == 0 {
		return ""
	}
	return held[w.rng.IntN(len(held))].ID.String()
}
