package merge

import (
	"crypto/sha256"
	"fmt"

	"pgregory.net/rapid"

	"roadbook/schema"
	"roadbook/sync/clock"
	"roadbook/sync/wire"
)

var sch = schema.Default()

// Short forms of values for tests.
func code(s string) schema.Value { return schema.Value{Type: schema.TypeCode, S: s} }
func text(s string) schema.Value { return schema.Value{Type: schema.TypeText, S: s} }
func num(n int64) schema.Value   { return schema.Value{Type: schema.TypeInt, I: n} }
func ms(n int64) schema.Value    { return schema.Value{Type: schema.TypeTime, I: n} }

var cleared schema.Value

// values makes sorted Values from name, value pairs.
func values(pairs ...any) (vs schema.Values) {
	for i := 0; i < len(pairs); i += 2 {
		vs = append(vs, schema.Named{Name: pairs[i].(string), Value: pairs[i+1].(schema.Value)})
	}
	vs.Sort()
	return vs
}

var devices = [3]string{"0000000000", "a000000000", "zzzzzzzzzz"}

// obsID makes the id of a device's observation; the hash is invented, there is no chain.
func obsID(device int, seq uint64) wire.ObsID {
	s := wire.StreamID{Device: devices[device], Epoch: "epch0000"}
	return wire.NewObsID(s, seq, sha256.Sum256(fmt.Append(nil, device, seq)))
}

// history holds the observations of a single record in the order in which they were made. An observation has seen only
// earlier ones.
type history struct {
	record string
	obs    []Obs
}

const noon = 1608004800000 // 2020-12-15 12:00 +08:00

// histories generates the observations of several devices about a single accident: creates, amendments of single and of
// coupled registers, voids, links, casualties and their amendments, stray creates and amendments of the wrong kind.
// Equal stamps, wrong clocks and partial knowledge are frequent. Half of the histories lack the create.
var histories = rapid.Custom(func(t *rapid.T) history {
	create := Obs{
		ID: obsID(0, 1), Moment: moments.Draw(t, "moment"), HLC: hlcs.Draw(t, "hlc"), Act: wire.Create, Kind: "accident",
		Grade: clock.Typed, Officer: "01234", Sender: senders.Draw(t, "sender"), Share: shares.Draw(t, "share"),
		Fields: accidentFields(t, true),
	}
	h := history{record: create.ID.String(), obs: []Obs{create}}
	n := rapid.IntRange(0, 12).Draw(t, "more")
	for i := range n {
		o := Obs{
			ID: obsID(rapid.IntRange(0, 2).Draw(t, "device"), uint64(i+2)), Moment: moments.Draw(t, "moment"), HLC: hlcs.Draw(t, "hlc"),
			Officer: rapid.SampledFrom([]string{"", "01234", "98765"}).Draw(t, "officer"), Kind: "accident",
		}
		o.Sender, o.Share = senders.Draw(t, "sender"), shares.Draw(t, "share")
		drawAct(t, &o, h.obs)
		h.obs = append(h.obs, o)
	}
	if rapid.Bool().Draw(t, "create missing") && n > 0 {
		h.obs = h.obs[1:]
	}
	return h
})

// senders and shares are of few units, so that a chain of shares is frequent. Every second sender may do everything.
var (
	senders = rapid.SampledFrom([]Sender{
		{}, {}, FromHQ(), FromHQ(), SenderOf("squad-1"), SenderOf("squad-2"), SenderOf("squad-3"), SenderOf("squad-3", "squad-1"),
	})
	shares = rapid.SampledFrom([][]string{nil, nil, nil, nil, {"squad-2"}, {"squad-2", "squad-3"}})
)

var hlcs = rapid.Custom(func(t *rapid.T) clock.HLC {
	return clock.HLCAt(noon) + clock.HLC(rapid.IntRange(0, 5).Draw(t, "tick"))
})

// moments are few, so that equal ones are frequent.
var moments = rapid.Int64Range(noon-1, noon+1)

// drawAct draws the act of an observation, given the earlier observations.
func drawAct(t *rapid.T, o *Obs, before []Obs) {
	for _, b := range before {
		if rapid.IntRange(0, 2).Draw(t, "seen") == 0 {
			o.Seen = append(o.Seen, b.ID)
		}
	}
	sortIDs(o.Seen)
	switch rapid.IntRange(0, 12).Draw(t, "act") {
	case 0:
		o.Act, o.Reason = wire.Void, rapid.SampledFrom([]string{"重复", "误录"}).Draw(t, "reason")
	case 1:
		o.Act = wire.Restore
	case 2:
		o.Act, o.Group = wire.Link, rapid.SampledFrom([]string{"g1", "g2"}).Draw(t, "group")
	case 3:
		o.Act = wire.Separate
	case 4, 5:
		o.Act, o.Kind = wire.Create, "casualty"
		o.Grade, o.Fields = clock.Estimated, casualtyFields(t, true)
	case 6, 7:
		o.Kind, o.Item = "casualty", rapid.SampledFrom(before).Draw(t, "item").ID
		o.Act = rapid.SampledFrom([]wire.Act{wire.Amend, wire.Void, wire.Restore}).Draw(t, "item act")
		if o.Act == wire.Amend {
			o.Fields = casualtyFields(t, false)
		}
	case 8:
		o.Act, o.Fields = rapid.SampledFrom([]wire.Act{wire.Create, wire.Amend}).Draw(t, "stray"), accidentFields(t, false)
		o.Kind = rapid.SampledFrom([]string{"plate", "accident", "from the future"}).Draw(t, "stray kind")
	default:
		o.Act, o.Fields = wire.Amend, accidentFields(t, false)
		o.Grade = rapid.SampledFrom([]clock.Grade{clock.Typed, clock.Exact, clock.Estimated}).Draw(t, "grade")
	}
}

// accidentFields draws values; all: every register is mentioned, as in a create.
func accidentFields(t *rapid.T, all bool) (vs schema.Values) {
	draw := func(name string, among ...schema.Value) {
		v := rapid.SampledFrom(append(among, cleared)).Draw(t, name)
		vs = append(vs, schema.Named{Name: name, Value: v})
	}
	with := func(name string) bool { return all || rapid.IntRange(0, 2).Draw(t, "with "+name) == 0 }
	if with("unit") {
		draw("unit", text("squad-1"), text("squad-2"))
	}
	if with("occurred_at") {
		draw("occurred_at", ms(noon), ms(noon+86400000))
	}
	if with("consequence") { // all three form a single register
		draw("severity", code("property"), code("injury"), code("fatal"))
		draw("procedure", code("self"), code("simple"), code("general"))
		draw("dead", num(0), num(1), num(2))
	}
	if with("remark") {
		draw("remark", text("one"), text("two"))
	}
	vs.Sort()
	return vs
}

func casualtyFields(t *rapid.T, all bool) (vs schema.Values) {
	if all {
		vs = values("unit", text("squad-1"), "occurred_at", ms(noon))
	}
	died := rapid.SampledFrom([]schema.Value{ms(noon), ms(noon + 3600000), cleared}).Draw(t, "died_at")
	return vs.With("died_at", died)
}

// stateOf joins observations in the given order. The record has no device of its own: a test with more than MaxPerOther
// observations joins them itself.
func stateOf(obs []Obs) *State {
	s := new(State)
	for _, o := range obs {
		s.Join("", o)
	}
	return s
}

func shuffled(t *rapid.T, obs []Obs) []Obs {
	if len(obs) == 0 {
		return nil
	}
	return rapid.Permutation(obs).Draw(t, "order")
}
