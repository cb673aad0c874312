package web_test

import (
	"strings"
	"testing"

	"roadbook/server/auth"
	"roadbook/server/web/browsertest"
)

// The page of a record that counts tells what the event's other records hold: a casualty left out with a void record, one
// that is likely recorded twice, and a value from another record. The other records' pages do not claim to count.
func TestPageTellsOfTheEvent(t *testing.T) {
	w := browsertest.New(t)
	e := w.RecordEvents()
	b := newBrowser(t, w).signedInAs(auth.RoleViewer)
	const leftOut, alike, lent = "随作废记录一并不计的内容 1", "可能重复登记 1", "取自同一事件的另一条记录"
	for _, x := range []struct {
		record    string
		says, not []string
	}{
		{e.Accident, []string{"计入", leftOut, "2020-10-03 11:11", alike, "2020-10-02 09:00"}, []string{"不计入 ·", lent}},
		{e.SecondAccident, []string{"不计入", alike}, []string{leftOut, "2020-10-03 11:11"}},
		{e.VoidAccident, []string{"已作废"}, []string{leftOut}},
		{e.Case, []string{"计入", "侦破时间 2020-10-06 12:34:00 " + lent, "当年立案并侦破的逃逸案件"}, []string{alike, leftOut}},
		{e.SolvedCase, []string{"不计入"}, []string{lent}},
	} {
		text := textOf(b.page("/records/" + x.record))
		for _, s := range x.says {
			if !strings.Contains(text, s) {
				t.Errorf("%s lacks %q: %s", x.record, s, text)
			}
		}
		for _, s := range x.not {
			if strings.Contains(text, s) {
				t.Errorf("%s says %q: %s", x.record, s, text)
			}
		}
	}
	b.page("/overview?lang=en")
	if text := textOf(b.page("/records/" + e.Accident)); !strings.Contains(text, "Left out with a void record 1") || !strings.Contains(text, "Likely recorded twice 1") {
		t.Errorf("in English: %s", text)
	}
}
