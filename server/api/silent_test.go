package api

import (
	"strings"
	"testing"
	"time"

	"roadbook/schema"
	"roadbook/server/auth"
	"roadbook/server/query"
)

// A silent device is named by the officer of its last line: people ask a person.
func TestSilentDeviceNamesItsOfficer(t *testing.T) {
	w := newWorld(t)
	d := w.newDev(1, "office-1", auth.RoleClerk)
	plate := `{"v":1,"kind":"plate","act":"create","catalogue":"shunping-2020@1","officer":"OFFICER","clock":` + d.clockText() +
		`,"fields":{"occurred_at":"2020-12-15T10:00:00+08:00","unit":"office-1","plate_type":"02","plate_number":"冀F8K2M6","business":"register"}}`
	for _, officer := range []string{"张三", "李四"} {
		d.appendLine(strings.Replace(plate, "OFFICER", officer, 1))
	}
	d.appendLine(strings.Replace(plate, `"officer":"OFFICER",`, "", 1))
	d.push(0, 1)
	d.push(1, 3)
	q := query.New(query.Config{Store: w.store, Schema: schema.Default(), DeliveringDevices: w.deliveringDevices,
		Now: func() time.Time { return time.Now().Add(24 * time.Hour) }})
	table, err := q.Silent(t.Context(), "", "")
	w.must(err)
	if len(table.Devices) != 1 || table.Devices[0].Device != d.stream.Device || table.Devices[0].Officer != "李四" || table.Devices[0].Heard == nil {
		t.Errorf("%+v", table)
	}
}
