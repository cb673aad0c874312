package query

import (
	"context"

	"roadbook/sync/clock"
	"roadbook/sync/tally"
)

// addBaselines names at each contribution the baseline that holds it, of the county's figures and in windows that hold the
// baseline's whole month.
func (q *Query) addBaselines(ctx context.Context, out *Record, parts []drillPart) error {
	totals := q.totals(ctx, newLedger(), "")
	var s *snapshot
	for i := range parts {
		p := &parts[i]
		m := totals.sumsIn(monthOf(p.Day))
		if len(m.names) == 0 {
			continue
		}
		if s == nil { // the tree is read only where there are baselines
			var err error
			if s, err = q.takeSnapshot(ctx); err != nil {
				return err
			}
			totals.scope.Tree = s.ledger.tree
		}
		out.Contributions[i].InBaseline = s.ledger.holder(p, totals.standing(m))
	}
	return totals.err
}

// holder is the standing baseline that holds a part already, nil for none.
func (l *ledger) holder(p *drillPart, standing *tally.StandingBaselines) *InBaseline {
	by, held := standing.Replaces(p.Measure, p.unit, p.Day)
	if p.baseline != nil {
		by, held = standing.Over(p.baseline)
	}
	if !held {
		return nil
	}
	return &InBaseline{Unit: by.Unit, UnitName: l.unitName(by.Unit, by.To), From: by.From.String(), To: by.To.String(), NotAdded: p.Amount}
}

// monthOf is the month of a day.
func monthOf(d clock.Day) clock.Window {
	return clock.Window{From: clock.Date(d.Year(), d.Month(), 1), To: lastDayOfMonth(d.Year(), d.Month())}
}
