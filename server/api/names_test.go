package api

import (
	"net/http"
	"net/url"
	"testing"

	"roadbook/server/auth"
	"roadbook/server/query"
)

// Ids and units come from chats with characters that nobody sees, and from input methods in full width.
func TestIDsAndUnitsInAnySpelling(t *testing.T) {
	w := newWorld(t)
	d := w.newDev(1, "office-1", auth.RoleClerk)
	a := d.appendPlate("office-1", "冀F8K2M6", "2020-12-15T10:00:00+08:00")
	b := d.appendPlate("office-1", "冀F8K2M7", "2020-12-15T10:00:00+08:00")
	d.push(0, 2)
	body := `{"act":"link","record":"` + a.String() + "\u200b" + `","with":"` + "\ufeff" + b.String() + `"}`
	if link := w.ask(http.MethodPost, "/v1/acts", w.tokenOf(auth.RoleHQ), []byte(body)); link.status != http.StatusOK {
		t.Fatal(link)
	}
	unit := url.QueryEscape("ｏｆｆｉｃｅ－１\u200b")
	if got := row(t, w.indicators("year=2020&unit="+unit), "P5-1"); got.Value == nil || *got.Value != "1" {
		t.Errorf("P5-1 of the unit is %v", got.Value)
	}
	all := lines[query.Record](t, w.ask(http.MethodGet, "/v1/export/records?unit="+unit, w.tokenOf(auth.RoleHQ), nil))
	if len(all) != 2 || all[0].Unit != "office-1" {
		t.Errorf("%+v", all)
	}
}
