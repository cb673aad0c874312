package main

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"roadbook/server/command"

	"roadbook/sync/wire"
)

// carried is an enrolled device without a network: its lines travel as files.
type carried struct {
	t      *testing.T
	key    ed25519.PrivateKey
	stream wire.StreamID
	e      wire.Enrolled
	lines  [][]byte
}

func enrolCarried(t *testing.T, url, code string, seed byte) *carried {
	t.Helper()
	c := &carried{t: t, key: ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize))}
	public := c.key.Public().(ed25519.PublicKey)
	c.stream = wire.StreamID{Device: wire.DeviceID(public), Epoch: "ab12cd34"}
	body, err := json.Marshal(wire.EnrollRequest{PublicKey: public, Code: strings.TrimSpace(code)})
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/v1/enroll", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(&c.e); err != nil || c.e.Device != c.stream.Device {
		t.Fatalf("%+v %v", c.e, err)
	}
	return c
}

// export writes all lines of the device into a file.
func (c *carried) export(name string) string {
	c.t.Helper()
	f := wire.NewFrame(c.stream, 1, wire.Genesis(c.stream), c.lines)
	wire.SignFrame(c.key, f)
	b := &wire.Bundle{Kind: wire.BundleRequests, Device: c.e.Device, ServerKey: c.e.ServerKey, Certificate: c.e.Certificate}
	if err := b.AddRequest(&wire.Request{Stream: c.stream, Frame: f}); err != nil {
		c.t.Fatal(err)
	}
	file, err := b.Encode(c.key)
	if err == nil {
		err = os.WriteFile(name, file, 0o600)
	}
	if err != nil {
		c.t.Fatal(err)
	}
	return name
}

func (c *carried) plate(number string) {
	c.lines = append(c.lines, []byte(`{"v":1,"kind":"plate","act":"create","catalogue":"shunping-2020@1",`+
		`"clock":{"hlc":"105381888000000000","boot":"b1111111","mono":1,"wall":1608000000000},"fields":{"business":"register",`+
		`"occurred_at":"2020-12-15T10:00:00+08:00","plate_number":"`+number+`","plate_type":"02","sets":1,"unit":"`+c.e.Unit+`"}}`))
}

func TestBundleImport(t *testing.T) {
	dir, stick := t.TempDir(), t.TempDir()
	s := launch(t, "serve", "--data", dir, "--listen", "127.0.0.1:0", "--json")
	var devices []*carried
	for i := range byte(2) {
		_, code, _ := try(t, "", "device", "code", "--new", "--unit", "window-1", "--role", "clerk", "--data", dir)
		devices = append(devices, enrolCarried(t, s.Ready.URL, code, i+1))
	}
	a, b := devices[0], devices[1]
	a.plate("冀F8K2M6")
	first := a.export(filepath.Join(stick, "a1.rbk"))
	a.plate("冀F8K2M7")
	second := a.export(filepath.Join(stick, "a2.rbk"))
	b.plate("冀F8K2M8")
	other := b.export(filepath.Join(stick, "b.rbk"))

	if code, _, errs := try(t, "", "bundle", "import", first, "--data", dir); code != command.ExitInUse || !strings.Contains(errs, "/v1/bundles") {
		t.Fatalf("beside a server: %d %s", code, errs)
	}
	s.Stop()

	cut := filepath.Join(stick, "cut.rbk")
	whole, err := os.ReadFile(first)
	if err == nil {
		err = os.WriteFile(cut, whole[:len(whole)-20], 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	code, out, errs := try(t, "", "bundle", "import", cut, second, filepath.Join(stick, "none.rbk"), other, first, "--data", dir, "--json")
	if code != command.ExitUsage || !strings.Contains(errs, "cut.rbk: 数据包不完整") || !strings.Contains(errs, "none.rbk: 读不到文件") {
		t.Fatalf("%d %s", code, errs)
	}
	want := []struct {
		device  *carried
		created uint64
		exists  uint64
	}{{a, 2, 0}, {b, 1, 0}, {a, 0, 1}} // second, other, first: a truncated or missing file leaves the other files alone
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if len(lines) != len(want) {
		t.Fatal(out)
	}
	for i, line := range lines {
		var got struct {
			Device, Answer  string
			Created, Exists uint64
		}
		if err := json.Unmarshal([]byte(line), &got); err != nil {
			t.Fatal(err)
		}
		if w := want[i]; got.Device != w.device.e.Device || got.Created != w.created || got.Exists != w.exists {
			t.Errorf("%s, want %+v", line, w)
		}
		want[i].device.reads(got.Answer)
	}
}

// reads opens an answer as the device would.
func (c *carried) reads(name string) {
	c.t.Helper()
	info, err := os.Stat(name)
	if err != nil || info.Mode().Perm() != 0o600 {
		c.t.Fatalf("%v %v", info, err)
	}
	file, err := os.ReadFile(name)
	if err != nil {
		c.t.Fatal(err)
	}
	b, err := wire.DecodeBundle(file)
	if err != nil {
		c.t.Fatal(err)
	}
	if err := b.CheckSignature(c.e.ServerKey); err != nil {
		c.t.Fatal(err)
	}
	late, err := b.Answer(c.key, 0, 1<<20)
	if err != nil || late.Answer == nil || len(late.Answer.Results) != 1 || !late.Answer.Results[0].Status.Acknowledges() {
		c.t.Fatalf("%+v %v", late, err)
	}
}
