package web_test

import (
	"net/http"
	"strings"
	"testing"

	"roadbook/server/auth"
)

// HQ exports the sheet from the project's page, as a page or a workbook; a viewer gets neither the links nor the
// sheet.
func TestSheet(t *testing.T) {
	viewer, _ := newYear(t)
	const project, sheet = "/projects/451-0501-YXN-0V4M?year=2020&at=2020-12-31", "/projects/451-0501-YXN-0V4M/sheet?year=2020&at=2020-12-31"
	hq := newBrowser(t, viewer.w).signedInAs(auth.RoleHQ)
	if r := hq.get(project); !strings.Contains(r.body, "/projects/451-0501-YXN-0V4M/sheet") {
		t.Errorf("no way to the sheet: %d", r.status)
	}
	r := hq.get(sheet)
	if r.status != http.StatusOK || !strings.Contains(r.body, "项目支出绩效自评表") || !strings.Contains(r.body, "机动车及驾驶人管理经费") ||
		!strings.HasPrefix(r.header.Get("X-Digest"), "sha256:") || strings.Contains(r.header.Get("Content-Security-Policy"), "script") {
		t.Errorf("%d %v", r.status, r.header)
	}
	if r := hq.get(sheet + "&format=xlsx"); r.status != http.StatusOK || !strings.HasPrefix(r.body, "PK") ||
		!strings.Contains(r.header.Get("Content-Disposition"), ".xlsx") {
		t.Errorf("workbook: %d %v", r.status, r.header)
	}
	if r := hq.get(sheet + "&format=pdf"); r.status != http.StatusBadRequest {
		t.Errorf("pdf: %d", r.status)
	}
	if r := viewer.get(project); strings.Contains(r.body, "/sheet") {
		t.Error("a viewer is shown the way to the sheet")
	}
	if r := viewer.get(sheet); r.status != http.StatusForbidden {
		t.Errorf("a viewer gets %d", r.status)
	}
}
