package query

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"sync"
	"time"

	"roadbook/schema"
	"roadbook/schema/catalogue"
	"roadbook/sync/merge"
)

// references keeps the reference data for Config.ReferenceAge: every pull asks for their digest.
type references struct {
	mu   sync.Mutex
	last *schema.Reference
	read time.Time
}

// Reference returns HQ's lists as they are in force, not older than Config.ReferenceAge.
func (q *Query) Reference(ctx context.Context) (*schema.Reference, error) {
	q.references.mu.Lock()
	defer q.references.mu.Unlock()
	if q.references.last != nil && time.Since(q.references.read) < q.cfg.ReferenceAge { //nolint:forbidigo // the age of a cache is measured on the steady clock
		return q.references.last, nil
	}
	began := time.Now() //nolint:forbidigo // as above
	r, err := q.readReference(ctx)
	if err == nil {
		q.references.last, q.references.read = r, began
	}
	return r, err
}

// readReference reads the lists from HQ's records and the units', and from the catalogues.
func (q *Query) readReference(ctx context.Context) (*schema.Reference, error) {
	lists := map[string][]schema.Entry{}
	for _, cat := range catalogue.LatestOf(q.inForce.Load().all) {
		from, to := int32(cat.Year)*10000+101, int32(cat.Year+1)*10000+101
		lists[schema.ListYear] = append(lists[schema.ListYear], schema.Entry{Value: strconv.Itoa(cat.Year)})
		for _, p := range cat.Projects {
			lists[schema.ListProject] = append(lists[schema.ListProject], schema.Entry{Value: p.Code, Label: p.Name, From: from, To: to})
		}
	}
	for _, of := range []struct {
		kind, list string
		entry      func(v *merge.View, counts bool) (schema.Entry, bool)
	}{
		{kindUnit, schema.ListUnit, periodOf("code")},
		{"segment", schema.ListSegment, periodOf("segment")},
		{"facility_plan", schema.ListPlanItem, periodOf("plan_item")},
		{"facility", schema.ListFacility, standingFacility},
		{"task", schema.ListTask, plannedTask},
	} {
		var entries []schema.Entry
		err := q.eachStandingRecord(ctx, of.kind, func(v *merge.View, counts bool) {
			if e, ok := of.entry(v, counts); ok {
				entries = append(entries, e)
			}
		})
		if err != nil {
			return nil, err
		}
		lists[of.list] = endAtNext(entries)
	}
	return schema.NewReference(lists), nil
}

// periodOf makes an entry of a ledger's row that counts.
func periodOf(field string) func(*merge.View, bool) (schema.Entry, bool) {
	return func(v *merge.View, counts bool) (schema.Entry, bool) {
		return schema.Entry{
			Value: textOf(v.Fields, field), Label: textOf(v.Fields, "name"),
			From: int32(dayOf(v.Fields, "from_day")), To: int32(dayOf(v.Fields, "to_day")),
		}, counts
	}
}

// standingFacility makes an entry of a facility recorded as being built or in use: known on every day, for a state may be recorded
// before it.
func standingFacility(v *merge.View, counts bool) (schema.Entry, bool) {
	status := textOf(v.Fields, "status")
	return schema.Entry{Value: textOf(v.Fields, "facility")}, counts && (v.FromHQ || status == "building" || status == "in_use")
}

// plannedTask makes an entry of a task of the plan, which HQ imports. Once a unit finishes the task, the unit's record counts in
// place of the plan's, and the task stays planned.
func plannedTask(v *merge.View, _ bool) (schema.Entry, bool) {
	return schema.Entry{Value: textOf(v.Fields, "project") + "|" + textOf(v.Fields, "task")}, v.FromHQ
}

// endAtNext ends each entry on the day on which the next one of its value begins, as the tally does: the row that began last is in force.
func endAtNext(entries []schema.Entry) []schema.Entry {
	slices.SortStableFunc(entries, func(a, b schema.Entry) int {
		return cmp.Or(cmp.Compare(a.Value, b.Value), cmp.Compare(a.From, b.From))
	})
	for i := range entries {
		if i+1 == len(entries) || entries[i].Value != entries[i+1].Value {
			continue
		}
		if next := entries[i+1].From; next != 0 && (entries[i].To == 0 || entries[i].To > next) {
			entries[i].To = next
		}
	}
	return slices.DeleteFunc(entries, func(e schema.Entry) bool { return e.To != 0 && e.To <= e.From })
}
