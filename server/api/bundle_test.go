package api

import (
	"encoding/json"
	"net/http"
	"testing"

	"roadbook/server/auth"
	"roadbook/server/ingest"
	"roadbook/sync/wire"
)

// bundleFile seals the lines from..to into a file for the world's server.
func (d *testDevice) bundleFile(from, to int) []byte {
	d.w.t.Helper()
	b := &wire.Bundle{Kind: wire.BundleRequests, Device: d.stream.Device, ServerKey: d.w.auth.PublicKey(), Certificate: d.cert}
	d.w.must(b.AddRequest(&wire.Request{Stream: d.stream, Frame: d.frame(from, to)}))
	file, err := b.Encode(d.key)
	d.w.must(err)
	return file
}

func (w *world) bundle(file []byte) ingest.BundleResult {
	w.t.Helper()
	r := w.ask(http.MethodPost, "/v1/bundles", w.tokenOf(auth.RoleHQ), file)
	if r.status != http.StatusOK {
		w.t.Fatalf("%d %s", r.status, r.body)
	}
	var in ingest.BundleResult
	w.must(json.Unmarshal([]byte(r.body), &in))
	return in
}

func TestBundlesOverHTTP(t *testing.T) {
	w := newWorld(t)
	d := w.newDev(1, "office-1", auth.RoleClerk)
	d.appendPlate("office-1", "冀F8K2M6", "2020-12-15T10:00:00+08:00")
	d.appendPlate("office-1", "冀F8K2M7", "2020-12-15T10:00:00+08:00")
	d.push(0, 1)
	file := d.bundleFile(0, 2)
	if in := w.bundle(file); in.Created != 1 || in.Exists != 1 || in.Unit != "office-1" {
		t.Fatalf("%+v", in)
	}
	in := w.bundle(file)
	b, err := wire.DecodeBundle(in.Answer)
	if err != nil || in.Exists != 2 || b.CheckSignature(w.auth.PublicKey()) != nil {
		t.Fatalf("%+v %v", in, err)
	}
	late, err := b.Answer(d.key, 0, 1<<20)
	if err != nil || late.Last != 2 || late.Head != d.head(2) {
		t.Fatalf("%+v %v", late, err)
	}
	if got := row(t, w.indicators("year=2020"), "P5-1"); *got.Value != "2" {
		t.Fatalf("P5-1 is %s", *got.Value)
	}
	w.wantRefusal(w.ask(http.MethodPost, "/v1/bundles", d.token, file), wire.CodeForbidden)
	w.wantRefusal(w.ask(http.MethodPost, "/v1/bundles", "", file), wire.CodeUnauthorized)
	w.wantRefusal(w.ask(http.MethodPost, "/v1/bundles", w.tokenOf(auth.RoleHQ), file[:len(file)-1]), wire.CodeBadRequest)
	foreign := newWorld(t)
	foreign.wantRefusal(foreign.ask(http.MethodPost, "/v1/bundles", foreign.tokenOf(auth.RoleHQ), file), wire.CodeForbidden)
}

// A revoked device's lines are quarantined when they come in a file, as over the network.
func TestBundleOfARevokedDevice(t *testing.T) {
	w := newWorld(t)
	d := w.newDev(1, "office-1", auth.RoleClerk)
	d.appendPlate("office-1", "冀F8K2M6", "2020-12-15T10:00:00+08:00")
	_, err := w.auth.Revoke(t.Context(), d.stream.Device, "test")
	w.must(err)
	if in := w.bundle(d.bundleFile(0, 1)); in.Quarantined != 1 || in.Created != 0 {
		t.Fatalf("%+v", in)
	}
}

// A certificate of another server is refused, even in an otherwise valid file.
func TestBundleWithAForeignCertificate(t *testing.T) {
	w, foreign := newWorld(t), newWorld(t)
	d := foreign.newDev(1, "office-1", auth.RoleClerk)
	d.appendPlate("office-1", "冀F8K2M6", "2020-12-15T10:00:00+08:00")
	d.w = w // the file names w's server key
	w.wantRefusal(w.ask(http.MethodPost, "/v1/bundles", w.tokenOf(auth.RoleHQ), d.bundleFile(0, 1)), wire.CodeUnknownDevice)
}

// Accept asks for the answer's file itself; anything else gets JSON as before.
func TestBundleAnswerAsAFile(t *testing.T) {
	w := newWorld(t)
	d := w.newDev(1, "车管所;1", auth.RoleClerk)
	d.appendPlate("车管所;1", "冀F8K2M6", "2020-12-15T10:00:00+08:00")
	file := d.bundleFile(0, 1)
	token := w.tokenOf(auth.RoleHQ)
	r := w.ask(http.MethodPost, "/v1/bundles", token, file, "Accept", "application/octet-stream")
	b, err := wire.DecodeBundle([]byte(r.body))
	if err != nil || r.status != http.StatusOK || b.CheckSignature(w.auth.PublicKey()) != nil {
		t.Fatalf("%d %v %.80q", r.status, err, r.body)
	}
	if late, err := b.Answer(d.key, 0, 1<<20); err != nil || late.Last != 1 || late.Head != d.head(1) {
		t.Errorf("%+v %v", late, err)
	}
	want := "created=1&device=" + d.stream.Device + "&exists=0&fork=0&quarantined=0&unit=%E8%BD%A6%E7%AE%A1%E6%89%80%3B1"
	if got := r.header.Get("X-Bundle"); got != want {
		t.Errorf("X-Bundle: %s, want %s", got, want)
	}
	if got := r.header.Get("Content-Disposition"); got != `attachment; filename="`+d.stream.Device+`.rbk.answer"` || r.header.Get("Content-Type") != "application/octet-stream" {
		t.Errorf("%s, %s", got, r.header.Get("Content-Type"))
	}
	for accept, asFile := range map[string]bool{
		"*/*": false, "application/json": false, "application/*": false, "text/html": false, ";;,": false, "application/octet-stream;q=x": false,
		"application/octet-stream;q=0": false, "application/octet-stream, application/json": false,
		"application/json;q=0.5, application/octet-stream": true, "Application/Octet-Stream, */*;q=0.1": true,
	} {
		r := w.ask(http.MethodPost, "/v1/bundles", token, file, "Accept", accept)
		if got := r.header.Get("Content-Type") == "application/octet-stream"; got != asFile || r.status != http.StatusOK {
			t.Errorf("%s: %d, %s", accept, r.status, r.header.Get("Content-Type"))
		}
	}
	w.wantRefusal(w.ask(http.MethodPost, "/v1/bundles", token, file[:len(file)-1], "Accept", "application/octet-stream"), wire.CodeBadRequest)
	w.wantRefusal(w.ask(http.MethodPost, "/v1/bundles", d.token, file, "Accept", "application/octet-stream"), wire.CodeForbidden)
}
