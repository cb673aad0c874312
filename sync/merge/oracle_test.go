package merge

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"roadbook/schema"
	"roadbook/sync/clock"
	"roadbook/sync/wire"
)

// The second implementation of Fold, written to be obvious and slow: all values are text in maps. Each register is
// found by replaying its writers from the smallest stamp to the greatest and skipping each writer that another writer
// names. The oracle shares no code with Fold. rules lets a test break the oracle on purpose.
type rules struct {
	ignoreSeen   bool // the last writer wins, whether or not an observation has seen another
	onlyLive     bool // a replaced observation cannot replace: an old value rises again
	anyWriter    bool // an observation of another register replaces as well
	gradeFirst   bool // a better clock beats a later correction
	perField     bool // coupled fields are won separately
	smallestWins bool
	deviceClock  bool // the device's own clock decides
	createWins   bool // a create beats amendments with smaller stamps

	everyoneMay bool // a device may speak about every unit's records
	shareOnce   bool // a unit that was given the record by a share cannot share it further
	sharesOfAll bool // a share counts, whoever made it
	unitByAmend bool // a device may write the record's unit
	itemsClosed bool // a device may not add an item to another unit's record
	anyItem     bool // a device may speak about every unit's items
}

// oracleView is a record or item as text: fields, void, group, conflicts, items by id.
type oracleView struct {
	Kind, Void, Group string
	Fields            map[string]string
	Conflicts         []string
	Foreign           []string
	Items             map[string]oracleView
	Complete          bool
}

func valueText(v schema.Value) string { return fmt.Sprint(v.Type, "/", v.I, "/", v.S) }

func naiveFold(record string, obs []Obs, r rules) oracleView {
	obs, foreign := naiveEffects(record, obs, r)
	var own []Obs
	items := map[string][]Obs{}
	for _, o := range obs {
		switch {
		case o.Item.String() != "":
			items[o.Item.String()] = append(items[o.Item.String()], o)
		case o.Kind == "casualty" && o.Act == "create":
			items[o.ID.String()] = append(items[o.ID.String()], o)
		case o.Act == "create" && o.ID.String() != record:
			continue // begins another record: no effect
		default:
			own = append(own, o)
		}
	}
	out := naiveSubject(record, own, r, false)
	out.Foreign = foreign
	out.Group = record
	if w, others := naiveRegister(own, hasAct("link", "separate"), r); w != nil {
		out.Group = naiveGroup(*w, record)
		for _, o := range others {
			if naiveGroup(o, record) != out.Group && (o.Act == "link" || w.Act == "link") {
				out.Conflicts = append(out.Conflicts, o.ID.String()+" group "+naiveGroup(o, record))
			}
		}
	}
	sort.Strings(out.Conflicts)
	out.Items = map[string]oracleView{}
	for id, about := range items {
		item := naiveSubject(id, about, r, true)
		item.Complete = item.Complete && (out.Kind == "" || out.Kind == "accident")
		out.Items[id] = item
	}
	return out
}

func naiveGroup(o Obs, record string) string {
	if o.Act == "link" {
		return o.Group
	}
	return "alone|" + o.ID.String()
}

func hasAct(names ...string) func(Obs) bool {
	return func(o Obs) bool { return slices.Contains(names, string(o.Act)) }
}

// naiveSubject folds a record or an item from its observations.
func naiveSubject(id string, obs []Obs, r rules, item bool) oracleView {
	out := oracleView{Fields: map[string]string{}, Void: "no"}
	kindName := ""
	sort.Slice(obs, func(i, j int) bool { return obs[i].ID.Compare(obs[j].ID) < 0 })
	for _, o := range obs {
		k, known := sch.Kind(o.Kind)
		if o.Act == "amend" && kindName == "" && known && (k.ItemOf != "") == item {
			kindName = o.Kind
		}
	}
	for _, o := range obs {
		if o.Act == "create" && o.ID.String() == id {
			kindName, out.Kind = o.Kind, o.Kind
		}
	}
	if k, ok := sch.Kind(kindName); ok {
		var now schema.Values
		for _, f := range k.Fields {
			if v, ok := naiveField(obs, k, f, r, &out); ok {
				out.Fields[f.Name] = valueText(v)
				now = now.With(f.Name, v)
			}
		}
		out.Complete = out.Kind != "" && len(k.CheckState(now)) == 0
	}
	if w, others := naiveRegister(obs, hasAct("void", "restore"), r); w != nil {
		if w.Act == "void" {
			out.Void = "yes: " + w.Reason
		}
		for _, o := range others {
			if o.Act != w.Act {
				out.Conflicts = append(out.Conflicts, o.ID.String()+" "+string(o.Act))
			}
		}
	}
	sort.Strings(out.Conflicts)
	return out
}

// naiveField finds a single field's value, from the winner of the field's register.
func naiveField(obs []Obs, k *schema.Kind, f *schema.Field, r rules, out *oracleView) (schema.Value, bool) {
	register := k.Registers[f.Register]
	if r.perField {
		register = []string{f.Name}
	}
	writes := func(o Obs) bool {
		mentions := slices.ContainsFunc(register, func(name string) bool { return o.Fields.Has(name) })
		return mentions && (o.Act == "create" || o.Act == "amend") && o.Kind == k.Name
	}
	w, others := naiveRegister(obs, writes, r)
	if w == nil {
		return schema.Value{}, false
	}
	if f.Name == register[0] { // once a register
		for _, o := range others {
			if registerText(o, register) != registerText(*w, register) {
				out.Conflicts = append(out.Conflicts, o.ID.String()+" "+registerText(o, register))
			}
		}
	}
	return w.Fields.Get(f.Name)
}

func registerText(o Obs, register []string) string {
	var parts []string
	for _, name := range register {
		v, _ := o.Fields.Get(name)
		parts = append(parts, name+"="+valueText(v))
	}
	return strings.Join(parts, " ")
}

// naiveRegister replays the writers from the smallest stamp to the greatest.
func naiveRegister(obs []Obs, writes func(Obs) bool, r rules) (winner *Obs, others []Obs) {
	var writers []Obs
	for _, o := range obs {
		if writes(o) {
			writers = append(writers, o)
		}
	}
	replacers := writers
	if r.anyWriter {
		replacers = obs
	}
	sort.Slice(writers, func(i, j int) bool { return naiveLess(writers[i], writers[j], r) })
	for _, o := range writers {
		if !r.ignoreSeen && !r.gradeFirst && replaced(o, replacers, r) {
			continue
		}
		if winner != nil {
			others = append(others, *winner)
		}
		winner = &o
	}
	return winner, others
}

// replaced reports whether another writer has seen o. Under onlyLive the other writer must not be replaced itself.
func replaced(o Obs, writers []Obs, r rules) bool {
	for _, w := range writers {
		for _, id := range w.Seen {
			if id.String() == o.ID.String() && (!r.onlyLive || !replaced(w, writers, r)) {
				return true
			}
		}
	}
	return false
}

func naiveLess(a, b Obs, r rules) bool {
	grades := map[clock.Grade]int{clock.Estimated: 1, clock.Exact: 2, clock.Typed: 3}
	if r.gradeFirst && grades[a.Grade] != grades[b.Grade] {
		return grades[a.Grade] < grades[b.Grade]
	}
	if r.createWins && (a.Act == wire.Create) != (b.Act == wire.Create) {
		return b.Act == wire.Create
	}
	less := a.HLC < b.HLC || a.HLC == b.HLC && idText(a.ID) < idText(b.ID)
	if a.Moment != b.Moment && !r.deviceClock {
		less = a.Moment < b.Moment
	}
	return less != r.smallestWins
}

// idText gives texts that sort as ids do: the sequence is padded.
func idText(id wire.ObsID) string {
	return fmt.Sprintf("%s.%s.%020d.%x", id.Device, id.Epoch, id.Seq, id.Hash)
}

// oracleViewOf converts a View to the oracle's form.
func oracleViewOf(v View) oracleView {
	out := oracleView{
		Kind: v.Kind, Void: voidText(v.Void, v.VoidReason), Group: v.Group, Complete: v.Complete(),
		Fields: fieldTexts(v.Fields), Conflicts: conflictTexts(v.Conflicts), Items: map[string]oracleView{},
	}
	for _, id := range v.Foreign() {
		out.Foreign = append(out.Foreign, id.String())
	}
	sort.Strings(out.Foreign)
	for _, i := range v.Items {
		out.Items[i.ID.String()] = oracleView{
			Kind: i.Kind, Void: voidText(i.Void, ""), Complete: i.Complete(),
			Fields: fieldTexts(i.Fields), Conflicts: conflictTexts(i.Conflicts),
		}
	}
	return out
}

func voidText(void bool, reason string) string {
	if void {
		return "yes: " + reason
	}
	return "no"
}

func fieldTexts(vs schema.Values) map[string]string {
	out := map[string]string{}
	for _, n := range vs {
		out[n.Name] = valueText(n.Value)
	}
	return out
}

func conflictTexts(cs []Conflict) (out []string) {
	for _, c := range cs {
		switch c.Register[0] {
		case RegisterVoid:
			act := map[int64]string{0: "restore", 1: "void"}[c.Values[0].Value.I]
			out = append(out, c.By.String()+" "+act)
		case RegisterGroup:
			out = append(out, c.By.String()+" group "+c.Values[0].Value.S)
		default:
			out = append(out, c.By.String()+" "+registerText(Obs{Fields: c.Values}, c.Register))
		}
	}
	sort.Strings(out)
	return out
}
