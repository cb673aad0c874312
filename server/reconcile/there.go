package reconcile

import (
	"cmp"
	"strings"

	"roadbook/schema"
	"roadbook/server/imports"
	"roadbook/sync/clock"
)

// cancelledWords in the column of a row's state say that the platform has taken the row back.
var cancelledWords = []string{"作废", "撤销", "撤消", "注销", "删除", "退办", "取消", "cancel", "void", "revoked", "withdrawn", "deleted"}

func isCancelled(status string) bool {
	status = strings.ToLower(status)
	if strings.HasPrefix(status, "未") || strings.HasPrefix(status, "not ") {
		return false
	}
	for _, w := range cancelledWords {
		if strings.Contains(status, w) {
			return true
		}
	}
	return false
}

// entriesOf are the rows of a table in comparable form. unit is the unit of rows that name none.
func entriesOf(c *imports.Comparison, unit string) ([]Entry, error) {
	kind := c.Batch.Mapping.Kind
	out, units := make([]Entry, 0, c.Len()), map[string]string{}
	err := c.Each(func(r *imports.ComparedRow) error {
		at := momentOf(r.Values)
		named, _ := r.Values.Get("unit")
		if _, known := units[named.S]; !known {
			units[named.S] = strings.Clone(cmp.Or(named.S, unit))
		}
		e := Entry{
			Row: r.Number, index: int32(r.Index), Unit: units[named.S], At: at, Day: dayOf(at), DayOnly: isMidnight(at), Fields: comparableFields(r.Values),
			Amount: 1, Cancelled: isCancelled(r.Status),
		}
		if sets, ok := r.Values.Get("sets"); ok {
			e.Amount = sets.I
		}
		if e.Cancelled {
			e.Amount = 0
		}
		e.prepare(kind)
		out = append(out, e)
		return nil
	})
	return out, err
}

// isMidnight: a table of days has all its moments at midnight, and no officer's row is of the very second.
func isMidnight(at int64) bool { return at == clock.DayOf(at).Start() }

// aboutTheRecord are fields without a share in a comparison; left out of memory. A row's key is made for an import, so rows that differ
// by it alone are the same.
var aboutTheRecord = map[string]bool{"source_key": true, "remark": true, "photos": true, "site": true}

func comparableFields(values schema.Values) (out schema.Values) {
	for _, v := range values {
		if !aboutTheRecord[v.Name] {
			out = append(out, v)
		}
	}
	return out
}
