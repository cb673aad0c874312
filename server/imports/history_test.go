package imports_test

import (
	"strings"
	"testing"

	"roadbook/server/imports"
)

// A field about the file is no change of a row that has one already, but a row without one gets it.
func TestFieldsAboutTheFileAreNoChange(t *testing.T) {
	eachStore(t, func(t *testing.T, w *world) {
		const remark = `  remark: {template: "{Town} {Id}"}`
		without := load(t, strings.Replace(accidents, remark, "", 1))
		with := load(t, strings.Replace(accidents, remark, `  remark: {template: "{@row}"}`, 1))
		for i, step := range []struct {
			mapping *imports.Mapping
			table   string
			want    imports.Changes
		}{
			{without, one + two, imports.Changes{Created: 2}},
			{without, one + two, imports.Changes{Unchanged: 2}},
			{with, one + two, imports.Changes{Amended: 2}},
			{with, two + one, imports.Changes{Unchanged: 2}},
			{with, two + three + one, imports.Changes{Created: 1, Unchanged: 2}},
			{with, three + two + one, imports.Changes{Unchanged: 3}},
			{with, strings.Replace(three, "01-04", "01-05", 1) + two + one, imports.Changes{Amended: 1, Unchanged: 2}},
		} {
			if got := w.importTable(step.mapping, header+step.table); got.Changes != step.want {
				t.Errorf("step %d: %+v, want %+v", i+1, got.Changes, step.want)
			}
		}
		for key, remark := range map[string]string{"1": `"2"`, "2": `"3"`, "3": `"2; Severity=Z; Weather=Hurricane; Light=Moon"`} {
			if v := w.views("accident")[key]; text(v, "remark") != remark {
				t.Errorf("%s has the remark %s, want %s", key, text(v, "remark"), remark)
			}
		}
	})
}
