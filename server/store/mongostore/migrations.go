package mongostore

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"go.mongodb.org/mongo-driver/bson"

	"roadbook/server/store"
)

// migration is one step from a format of the database to the next. It may be interrupted anywhere and run again, may
// run in two servers at once, and may run in a stalled server after the format has advanced: it must do no harm in any
// of these cases.
type migration struct {
	what string
	do   func(ctx context.Context, docs Docs, progress func(done string)) error
}

// migrations are the steps in order; the format of a database is the number of steps done. The list only grows.
var migrations = []migration{
	{"the indexes of the write path", makeIndexes(
		Index{recordsByBucket, Records, []string{"leaves"}, false},
		Index{"roadbook_02", Records, []string{"groups"}, false},
		Index{"roadbook_03", Records, []string{"leftby"}, true},
		Index{"roadbook_04", Buckets, []string{"plot"}, false},
		Index{bucketsByUnit, Buckets, []string{"unit", "to"}, false},
		Index{framesByLast, Frames, []string{"stream", "last"}, false},
		Index{framesByNumber, Frames, []string{"stream", "n"}, false},
		Index{"roadbook_08", Frames, []string{"waiting"}, false},
	)},
	{"indexes for what grew slow with the years: expiry, sums of all units, lines that are held", makeIndexes(
		Index{"roadbook_09", Entries, []string{"expires"}, false},
		Index{"roadbook_10", Buckets, []string{"to", "from"}, false},
		Index{"roadbook_11", QuarantinedLines, []string{"released", "_id"}, false},
	)},
	{"by stream, the units that its frames touched: what a unit's feed looks for", addUnitsToStreams},
	{"records are squeezed as they are written, and a frame's own ids packed: older servers can't read it", makeIndexes()},
	{"by leaf, its kind and day: how the records of a kind are found", addKindsToBuckets},
	{"records and sums are made by numbered rules: older servers would count them back", makeIndexes()},
	{"frames keep their rules and all units of their device: older servers would drop both", makeIndexes()},
}

// Indexes named by scans.
const (
	recordsByBucket = "roadbook_01"
	bucketsByUnit   = "roadbook_05"
	framesByLast    = "roadbook_06"
	framesByNumber  = "roadbook_07"
)

func makeIndexes(indexes ...Index) func(context.Context, Docs, func(string)) error {
	return func(ctx context.Context, docs Docs, progress func(string)) error {
		for _, ix := range indexes {
			if err := docs.Index(ctx, ix); err != nil {
				return err
			}
			progress(ix.Name + " of " + string(ix.Coll))
		}
		return nil
	}
}

// migrationPage is the number of documents a migration reads at once; progressEvery is the number of pages between two
// reports of progress.
const (
	migrationPage = 1000
	progressEvery = 100
)

// addUnitsToStreams adds to each summary the units that Mark writes since format 3.
func addUnitsToStreams(ctx context.Context, docs Docs, progress func(string)) error {
	if err := docs.Index(ctx, Index{"roadbook_12", Streams, []string{"units"}, false}); err != nil {
		return err
	}
	after := ""
	for page := 1; ; page++ {
		raws, err := docs.Scan(ctx, Frames, Query{
			Where: []Cond{{"_id", Above, after}}, Sort: "_id", Limit: migrationPage, Only: []string{"stream", "units"},
		})
		if err != nil || len(raws) == 0 {
			return err
		}
		fs, err := decodeAll[frameDoc](raws)
		if err != nil {
			return err
		}
		units := map[string][]string{}
		for i := range fs {
			units[fs[i].Stream] = append(units[fs[i].Stream], fs[i].Units...)
		}
		var changes []Change
		for _, stream := range slices.Sorted(maps.Keys(units)) {
			if us := unique(units[stream]); len(us) > 0 {
				changes = append(changes, Change{ID: stream, Union: bson.D{{Key: "units", Value: us}}})
			}
		}
		if len(changes) > 0 {
			if _, err := docs.Change(ctx, Streams, changes); err != nil {
				return err
			}
		}
		if after = fs[len(fs)-1].ID; page%progressEvery == 0 {
			progress(fmt.Sprintf("%d frames", page*migrationPage))
		}
	}
}

// addKindsToBuckets adds to each bucket the kind and day that a count writes since format 5.
func addKindsToBuckets(ctx context.Context, docs Docs, progress func(string)) error {
	if err := docs.Index(ctx, Index{"roadbook_13", Buckets, []string{"kind", "day"}, false}); err != nil {
		return err
	}
	after := ""
	for page := 1; ; page++ {
		raws, err := docs.Scan(ctx, Buckets, Query{
			Where: []Cond{{"_id", Above, after}}, Sort: "_id", Limit: migrationPage, Only: []string{"_id"},
		})
		if err != nil || len(raws) == 0 {
			return err
		}
		changes := make([]Change, len(raws))
		for i, raw := range raws {
			after, _ = raw.Lookup("_id").StringValueOK()
			p, err := parseBucketID(after)
			if err != nil {
				return err
			}
			changes[i] = Change{ID: after, Set: bson.D{{Key: "kind", Value: p.Kind}, {Key: "day", Value: int64(p.Day)}}}
		}
		if _, err := docs.Change(ctx, Buckets, changes); err != nil {
			return err
		}
		if page%progressEvery == 0 {
			progress(fmt.Sprintf("%d leaves", page*migrationPage))
		}
	}
}

// Format is the format to which this program brings a database.
func Format() int { return len(migrations) }

// migrate brings a database to this program's format, step by step. The format advances after the effect of a step is
// complete, and only from the format just read to the next. If two servers start at once, both may do a step, and both
// continue from the format stored afterwards. store.ErrNewer: the format is beyond the list; nothing was written.
func (s *Store) migrate(ctx context.Context, steps []migration) error {
	fresh := false
	for range len(steps) + maxAttempts {
		d, err := readMeta(ctx, s.docs, "format")
		if err != nil {
			return err
		}
		switch known := int64(len(steps)); {
		case d.Format > known:
			return fmt.Errorf("%w: format %d, this program knows %d", store.ErrNewer, d.Format, known)
		case d.Format == known:
			return nil
		}
		step := steps[d.Format]
		progress := func(string) {}
		if fresh = fresh || d.Format == 0; !fresh { // a new database needs no progress messages
			s.log.Info("the database is brought to a newer format", "format", d.Format+1, "step", step.what)
			progress = func(done string) { s.log.Info("bringing it there", "format", d.Format+1, "done", done) }
		}
		if err := step.do(ctx, s.docs, progress); err != nil {
			return fmt.Errorf("step %d of the database's formats (%s): %w", d.Format+1, step.what, err)
		}
		if err := s.advanceFormat(ctx, d.Format); err != nil {
			return err
		}
	}
	return fmt.Errorf("the database's format: %w: changed too often", store.ErrUnavailable)
}

// advanceFormat stores the next format, if the stored format is still the format read.
func (s *Store) advanceFormat(ctx context.Context, was int64) error {
	if was == 0 {
		_, err := s.docs.Insert(ctx, Meta, []any{metaDoc{ID: "format", Format: 1}})
		return err
	}
	_, err := s.docs.Change(ctx, Meta, []Change{{
		ID: "format", If: []Cond{{"format", Is, was}}, Set: bson.D{{Key: "format", Value: was + 1}},
	}})
	return err
}
