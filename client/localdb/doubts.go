package localdb

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"

	"roadbook/schema"
	"roadbook/sync/clock"
	"roadbook/sync/doubt"
	"roadbook/sync/merge"
)

// Doubt is a doubt about a record or one of its items, in words.
type Doubt struct {
	Code     string          `json:"code"`
	Severity schema.Severity `json:"severity"`
	Field    string          `json:"field,omitempty"`
	Item     string          `json:"item,omitempty"`
	Value    string          `json:"value,omitempty"`
	Other    string          `json:"other,omitempty"` // the other record, if this device may know it
	Text     schema.Text     `json:"text"`
	Here     bool            `json:"here,omitempty"` // found among this device's records alone: the server has not told
	Seen     bool            `json:"seen,omitempty"` // HQ has looked at the doubt
	Words    string          `json:"words,omitempty"`
}

// InDoubt reports whether HQ has yet to look at a doubt about the record.
func (r *Record) InDoubt() bool {
	return slices.ContainsFunc(r.Doubts, func(d Doubt) bool { return !d.Seen })
}

// Uncounted reports whether an open doubt keeps the record, or the part meant, out of a figure.
func (r *Record) Uncounted() bool {
	return slices.ContainsFunc(r.Doubts, func(d Doubt) bool { return !d.Seen && d.Severity == schema.Uncounted })
}

// InDoubt counts the records in doubt among the newest records of this device.
type InDoubt struct {
	Records   int
	Looked    int         // records looked at
	NoTargets []EmptyYear // years near the present, sorted
}

// EmptyYear is a year without targets, with the records that wait for the targets.
type EmptyYear struct {
	Year    int `json:"year"`
	Records int `json:"records"`
}

// CountInDoubt looks at the newest records of this device.
func (db *DB) CountInDoubt(ctx context.Context, most int) (n InDoubt, err error) {
	err = db.readTx(ctx, func() error {
		now, err := db.presentYear()
		if err != nil {
			return err
		}
		d, err := db.newDoubter()
		if err != nil {
			return err
		}
		waiting := map[int]int{}
		err = db.eachRecord("", func(record string) error {
			if n.Looked++; n.Looked > most {
				n.Looked = most
				return errStop
			}
			r, err := db.loadRecord(record)
			if err != nil || !r.Listed() {
				return err
			}
			if r.Doubts, err = d.doubtsAbout(&r); err == nil && r.InDoubt() {
				n.Records++
			}
			if year := r.yearWithoutTargets(); now-1 <= year && year <= now+1 {
				waiting[year]++
			}
			return err
		})
		for _, year := range slices.Sorted(maps.Keys(waiting)) {
			n.NoTargets = append(n.NoTargets, EmptyYear{year, waiting[year]})
		}
		if errors.Is(err, errStop) {
			return nil
		}
		return err
	})
	return n, err
}

// codeNoTargets is the doubt about a record of a year without targets.
const codeNoTargets = "no_targets"

// yearWithoutTargets is the record's year if that year has no targets, else 0.
func (r *Record) yearWithoutTargets() int {
	if slices.ContainsFunc(r.Doubts, func(d Doubt) bool { return d.Code == codeNoTargets }) {
		return r.View.Day.Year()
	}
	return 0
}

// LacksTargets reports whether HQ's lists say that the present year has no targets.
func (db *DB) LacksTargets(ctx context.Context) (lacks bool, err error) {
	err = db.readTx(ctx, func() error {
		ref, err := db.reference()
		if err != nil || ref == nil {
			return err
		}
		year, err := db.presentYear()
		listed, some := ref.Listed(schema.ListYear, strconv.Itoa(year), 0)
		lacks = some && !listed
		return err
	})
	return lacks, err
}

// presentYear is the year by the wall clock, but not before the last known time of the server.
func (db *DB) presentYear() (int, error) {
	known, err := db.getMetaInt(metaServerTime)
	return clock.DayOf(max(known, db.cfg.Clock.Wall())).Year(), err
}

// doubter finds doubts within one transaction.
type doubter struct {
	db    *DB
	ref   *schema.Reference
	views map[string]*merge.View // of other records; at most maxViews
}

const maxViews = 4096

func (db *DB) newDoubter() (*doubter, error) {
	ref, err := db.reference()
	return &doubter{db, ref, map[string]*merge.View{}}, err
}

// doubtsAbout returns the doubts about a record, in the order of the rules. Doubts about the record alone and reference data are
// found here, at once. Doubts about other records are the server's word, once there is one about the record as it is now; before
// that they are found among the records of this device.
func (d *doubter) doubtsAbout(r *Record) (out []Doubt, err error) {
	v := &r.View
	if v.Void || v.Kind == "" {
		return nil, nil
	}
	told, found, err := d.db.toldDoubts(v.Record)
	if err != nil {
		return nil, err
	}
	stands := found && d.db.stands(v.Record, r.Observations)
	here, err := d.find(r)
	if err != nil {
		return nil, err
	}
	for i := range here {
		if of := here[i].Rule.Of != ""; !of || !stands {
			shown, err := d.show(v, &here[i])
			if err != nil {
				return nil, err
			}
			if of {
				shown.Here, shown.Text = true, byThisDevice(shown.Text)
			}
			shown.takeReview(told)
			out = append(out, shown)
		}
	}
	for i := range told {
		shown, ok, err := d.showTold(r, &told[i], stands)
		if err != nil {
			return nil, err
		}
		if ok && !slices.ContainsFunc(out, shown.same) {
			out = append(out, shown)
		}
	}
	order := func(code string) uint { // unknown codes last
		rule, _ := d.db.cfg.Schema.Doubt(code)
		return uint(slices.Index(d.db.cfg.Schema.Doubts(), rule))
	}
	slices.SortStableFunc(out, func(a, b Doubt) int { return cmp.Compare(order(a.Code), order(b.Code)) })
	return out, nil
}

// find evaluates the rules on what this device knows.
func (d *doubter) find(r *Record) ([]doubt.Doubt, error) {
	v := &r.View
	about := doubt.Record{View: v}
	if keys := recordKeys(v, d.db.cfg.Schema); len(keys) > 0 {
		var err error
		if about.Group, err = d.members(v); err != nil {
			return nil, err
		}
		if about.Neighbours, err = d.neighbours(v); err != nil {
			return nil, err
		}
	}
	found := doubt.Of(about, d.db.cfg.Schema, d.ref)
	if !savedWhen(r) {
		found = slices.DeleteFunc(found, func(f doubt.Doubt) bool { return f.Rule.AsksClock() })
	}
	return found, nil
}

// savedWhen reports whether the moment of saving proves anything here. Another device's lines may be HQ's imports of old tables; and
// before a server has fixed the boot, a wall clock that showed a time before the last known time of the server was wrong.
func savedWhen(r *Record) bool {
	for i := range r.Observations {
		if o := &r.Observations[i]; o.ID.String() == r.View.Record {
			return o.Own && (o.Boot.Base != 0 || o.Line.Clock.Wall >= o.Line.Clock.Known)
		}
	}
	return false
}

// members are the records of this device in the event of a record, itself among them.
func (d *doubter) members(v *merge.View) ([]merge.Member, error) {
	group := []merge.Member{v.Member()}
	records, err := d.db.recordsUnder(groupKey+v.Group, v.Record, maxGroup)
	for _, record := range records {
		var other *merge.View
		if other, err = d.view(record); err != nil {
			return nil, err
		}
		if other.Group == v.Group {
			group = append(group, other.Member())
		}
	}
	return group, err
}

// neighbours are the records of this device that count and are near a record, or have its number.
func (d *doubter) neighbours(v *merge.View) (out []doubt.Neighbour, err error) {
	for _, key := range doubt.Looks(v, d.db.cfg.Schema) {
		records, err := d.db.recordsUnder(key, v.Record, maxNeighbours)
		if err != nil {
			return nil, err
		}
		for _, record := range records {
			other, err := d.view(record)
			if err != nil {
				return nil, err
			}
			group, err := d.members(other)
			if err != nil {
				return nil, err
			}
			if merge.Counts(other, group) {
				out = append(out, doubt.Neighbour{Code: doubt.CodeOf(key), Record: record, Unit: other.Unit, Day: other.Day.String()})
			}
		}
	}
	return out, nil
}

func (d *doubter) view(record string) (*merge.View, error) {
	if v := d.views[record]; v != nil {
		return v, nil
	}
	v, err := d.db.viewOf(record)
	if err == nil && len(d.views) < maxViews {
		d.views[record] = v
	}
	return v, err
}

// stands reports whether the server's word about a record holds for the record as it is now: no waiting line changes an item, or
// the names under which other records find the record.
func (db *DB) stands(record string, all []Observation) bool {
	var delivered []Observation
	for i := range all {
		o := &all[i]
		if !o.Own || o.Status != "" {
			delivered = append(delivered, *o)
			continue
		}
		if k, known := db.cfg.Schema.Kind(o.Line.Kind); !known || k.ItemOf != "" {
			return false
		}
	}
	if len(delivered) == len(all) {
		return true
	}
	sch := db.cfg.Schema
	now, then := merge.Fold(record, mergeState(record, all, sch), sch), merge.Fold(record, mergeState(record, delivered, sch), sch)
	return slices.Equal(recordKeys(&now, sch), recordKeys(&then, sch))
}
