package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"roadbook/server/command"
	"roadbook/server/command/commandtest"

	"roadbook/schema"
	"roadbook/server/fleet"
)

// Another county: only its catalogue file is new; server and devices are the usual programs.

const (
	county     = "testdata/yunchuan-2020.yaml"
	countyName = "yunchuan-2020@1"
)

// post is a device, enrolled through the command line and HTTP.
type post struct {
	t      *testing.T
	unit   string
	device *fleet.Device
	link   *fleet.Link
}

func newPost(t *testing.T, s *commandtest.Server, dir, unit, role, catalogue string) *post {
	t.Helper()
	code, out, errs := try(t, "", "device", "code", "--new", "--unit", unit, "--role", role, "--data", dir)
	if code != command.ExitOK {
		t.Fatal(errs)
	}
	p := &post{t, unit, fleet.NewDevice(rand.New(rand.NewPCG(20, uint64(len(unit+role+catalogue)))), unit, time.Now().UnixMilli()), fleet.NewLink(s.Ready.URL)}
	if err := p.link.Enroll(t.Context(), p.device, strings.TrimSpace(out), catalogue); err != nil {
		t.Fatal(err)
	}
	return p
}

// say records fields written as name=text.
func (p *post) say(kind, day string, typed ...string) {
	p.t.Helper()
	k, ok := schema.Default().Kind(kind)
	if !ok {
		p.t.Fatal(kind)
	}
	said := fleet.Observation{Kind: k, Act: "create", At: time.Now().UnixMilli()}
	for _, f := range append(typed, "unit="+p.unit, "occurred_at="+day+"T08:00:00+08:00") {
		name, text, _ := strings.Cut(f, "=")
		v, fault := k.Parse(name, text)
		if fault != nil {
			p.t.Fatal(fault)
		}
		said.Fields = append(said.Fields, schema.Named{Name: name, Value: v})
	}
	said.Fields.Sort()
	p.device.Save(said)
}

func (p *post) send() {
	p.t.Helper()
	if err := p.link.Drain(p.t.Context(), p.device, time.Now().UnixMilli(), 1); err != nil {
		p.t.Fatal(err)
	}
}

// yearTable is HQ's table of a year.
type yearTable struct {
	Code      string // of a refusal
	Catalogue string
	Rows      []struct {
		ID, Literal                   string
		Value, Numerator, Denominator *string
		Lints                         []struct{ Code string }
		Companions                    []struct {
			ID    string
			Value *string
		}
	}
}

func tableOf2020(t *testing.T, s *commandtest.Server) (tab yearTable, rows map[string]string) {
	t.Helper()
	return tableOf(t, s, 2020)
}

func tableOf(t *testing.T, s *commandtest.Server, year int) (tab yearTable, rows map[string]string) {
	t.Helper()
	body, err := json.Marshal(map[string]string{"user": s.Ready.User, "password": s.Ready.Password})
	if err != nil {
		t.Fatal(err)
	}
	var session struct{ Token string }
	resp, err := http.Post(s.Ready.URL+"/v1/signin", "application/json", bytes.NewReader(body))
	decode(t, resp, err, &session)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, fmt.Sprintf("%s/v1/indicators?year=%d&at=%[2]d-12-31", s.Ready.URL, year), nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+session.Token)
	resp, err = http.DefaultClient.Do(req)
	if err == nil && resp.StatusCode == http.StatusNotFound {
		resp.StatusCode = http.StatusOK // the refusal is decoded too
	}
	decode(t, resp, err, &tab)
	text := func(s *string) string {
		if s == nil {
			return "-"
		}
		return *s
	}
	rows = map[string]string{}
	for _, r := range tab.Rows {
		rows[r.ID] = text(r.Value) + " " + text(r.Numerator) + "/" + text(r.Denominator) + " " + r.Literal
		for _, co := range r.Companions {
			rows[co.ID] = text(co.Value)
		}
	}
	return tab, rows
}

func TestAnotherCountyNeedsOnlyItsFile(t *testing.T) {
	dir := t.TempDir()
	s := launch(t, "serve", "--data", dir, "--listen", "127.0.0.1:0", "--json")
	before(newPost(t, s, dir, "qiaotou", "officer", "shunping-2020@1"), newPost(t, s, dir, "window", "clerk", "shunping-2020@1"))

	code, out, errs := try(t, "", "catalogue", "publish", county, "--data", dir) // beside the server
	if code != command.ExitOK || !strings.Contains(out, countyName) || !strings.Contains(out, "2 处口径疑点") {
		t.Fatal(code, out, errs)
	}
	for tries := 0; ; tries++ { // within seconds, without a restart
		if tab, _ := tableOf2020(t, s); tab.Catalogue == countyName {
			break
		}
		if tries == 200 {
			t.Fatal("the publication never came")
		}
		time.Sleep(50 * time.Millisecond)
	}

	// Four of five incidents were reached, one of the four a minute late: 3 / 4. The fifth stayed unattended.
	// One of three accidents was at night. 2020: 4 + 5 injured, 2019: 10. Two of three offences are drink-driving.
	// Plates: one set of type 52, 2 + 1 sets of type 02, renewed and replaced. A sum has the denominator 1; a drop is the
	// difference over the earlier number.
	want := map[string]string{
		"Y1-1": "75 3/4 pass", "Y1-1.waiting": "1", "Y1-2": "33.3333 1/3 pass", "Y1-3": "2 2/1 pass",
		"Y2-1": "3 3/1 fail", "Y2-2": "25 1/4 pass", "Y-1": "10 1/10 pass",
	}
	tab, got := tableOf2020(t, s)
	check(t, tab, got, want)

	// Two more sets, under the county's own catalogue: 5 of 5, and 1 of 6 is 16.6667 %.
	p := newPost(t, s, dir, "window", "clerk", countyName)
	p.say("plate", "2020-11-02", "plate_type=02", "plate_number=冀F23456", "business=换领", "sets=2")
	p.send()
	want["Y2-1"], want["Y2-2"] = "5 5/1 pass", "16.6667 1/6 fail"
	tab, got = tableOf2020(t, s)
	check(t, tab, got, want)
	s.Stop()
}

func before(road, desk *post) {
	for i, arrived := range []string{"08:30", "08:31", "08:05", "08:10", ""} {
		day := "2020-03-0" + string(rune('1'+i))
		fields := []string{"category=other", "reported_at=" + day + "T08:00:00+08:00"}
		if arrived != "" {
			fields = append(fields, "arrived_at="+day+"T"+arrived+":00+08:00")
		}
		road.say("incident", day, fields...)
	}
	accident := []string{"severity=injury", "procedure=general", "dead=0"}
	road.say("accident", "2019-08-01", append(accident, "light=1", "injured=10")...)
	road.say("accident", "2020-04-01", append(accident, "light=2", "injured=4")...)
	road.say("accident", "2020-04-02", append(accident, "light=1", "injured=5")...)
	road.say("accident", "2020-04-03", append(accident, "light=1")...)
	for _, violation := range []string{"1604", "1712", "1344"} {
		road.say("enforcement", "2020-05-01", "violation_code="+violation, "plate_number=-", "road_type=22", "action=fine")
	}
	desk.say("plate", "2020-06-01", "plate_type=52", "plate_number=冀FD01234", "business=注册")
	desk.say("plate", "2020-06-02", "plate_type=02", "plate_number=冀F12345", "business=换领", "sets=2")
	desk.say("plate", "2020-06-03", "plate_type=02", "plate_number=冀F12346", "business=补领")
	road.send()
	desk.send()
}

func check(t *testing.T, tab yearTable, got, want map[string]string) {
	t.Helper()
	if tab.Catalogue != countyName || len(tab.Rows) != 6 {
		t.Errorf("%s with %d rows", tab.Catalogue, len(tab.Rows))
	}
	for id, w := range want {
		if got[id] != w {
			t.Errorf("%s is %q, want %q", id, got[id], w)
		}
	}
	for _, r := range tab.Rows {
		if r.ID == "Y1-2" && (len(r.Lints) != 1 || r.Lints[0].Code != "OP_STRICT") {
			t.Errorf("%s has the doubts %v", r.ID, r.Lints)
		}
	}
}
