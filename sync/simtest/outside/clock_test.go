package outside

import (
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"

	"roadbook/sync/simtest/programs"
)

// gradeOnNewDevice logs a plate on a new device with a right clock. The device fills in the time and delivers. The
// results are the server's grade of the time, and the time's error.
func (s *server) gradeOnNewDevice() (grade string, off time.Duration) {
	s.w.t.Helper()
	return s.gradeOn(s.enroll("office-1", "clerk"))
}

// gradeOn is gradeOnNewDevice for an existing device.
func (s *server) gradeOn(d *device) (grade string, off time.Duration) {
	s.w.t.Helper()
	s.w.serial++
	id := d.log("plate", "plate_type=02", "business=注册", fmt.Sprintf("plate_number=冀F%05d", s.w.serial))
	now := time.Now()
	d.deliver("")
	raw, err := s.hq.Ask(s.URL, http.MethodGet, "/v1/export/observations", nil)
	s.w.must(err)
	for line := range strings.Lines(string(raw)) {
		var o struct {
			ID     string
			Server struct {
				Grade    string
				Occurred time.Time `json:"occurred_at"`
			}
		}
		if s.w.must(fromJSON([]byte(line), &o)); o.ID == id {
			return o.Server.Grade, o.Server.Occurred.Sub(now)
		}
	}
	s.w.t.Fatalf("%s is not in the export", id)
	return "", 0
}

// wantDate checks a time's grade and error.
func (w *world) wantDate(what, grade, want string, off, least, most time.Duration) {
	w.t.Helper()
	if grade != want || off < least || off > most {
		w.t.Errorf("%s: the time is %q and %v off, want it %q and %v to %v off", what, grade, off, want, least, most)
	}
}

// wantClockWarning checks for the server's clock warning, in /readyz and on HQ's first page.
func (s *server) wantClockWarning(want bool) {
	s.w.t.Helper()
	if got := strings.Contains(s.wantReady(http.StatusOK), `"clock_off"`); got != want {
		s.w.t.Errorf("/readyz warns of the clock: %v, want %v", got, want)
	}
	for lang, words := range map[string]string{"zh": "服务器时钟可能不准", "en": "clock may be wrong"} {
		if got := strings.Contains(s.overview(lang), words); got != want {
			s.w.t.Errorf("HQ's page in %s warns of the clock: %v, want %v", lang, got, want)
		}
	}
}

// overview is HQ's first page.
func (s *server) overview(lang string) string {
	s.w.t.Helper()
	jar, err := cookiejar.New(nil)
	s.w.must(err)
	browser := http.Client{Jar: jar}
	form := url.Values{"user": {s.hq.User}, "password": {s.hq.Password}, "next": {"/overview?lang=" + lang}}
	req, err := http.NewRequest(http.MethodPost, s.URL+"/signin", strings.NewReader(form.Encode()))
	s.w.must(err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Origin", s.URL)
	resp, err := browser.Do(req)
	s.w.must(err)
	defer resp.Body.Close()
	page, err := io.ReadAll(resp.Body)
	s.w.must(err)
	if resp.StatusCode != http.StatusOK || !strings.Contains(string(page), "page-overview") {
		s.w.t.Fatalf("HQ's page: %s %.200s", resp.Status, page)
	}
	return string(page)
}

const (
	tolerance = time.Minute // largest error of a right time
	clockBack = 26 * time.Hour
)

// TestServerClockFallsBack: a server's clock falls a day behind its own signed times. The server continues, warns, and
// grades no time exact in boots not fixed before. After ten devices their median bounds the times. With the clock
// mended, times are exact again.
func TestServerClockFallsBack(t *testing.T) {
	w := newWorld(t)
	s := w.serve("")
	early := s.enroll("office-1", "clerk")
	grade, off := s.gradeOn(early)
	w.wantDate("with a right clock", grade, "exact", off, -tolerance, tolerance)
	s.wantClockWarning(false)

	s.restart(clock(-clockBack))
	s.wantClockWarning(true)
	grade, off = s.gradeOnNewDevice()
	w.wantDate("with a clock that fell back", grade, "estimated", off, -clockBack-tolerance, -clockBack+tolerance)
	grade, off = s.gradeOn(early)
	w.wantDate("in a boot that was fixed before", grade, "exact", off, -tolerance, tolerance)
	for range 7 {
		s.gradeOnNewDevice()
	}
	grade, off = s.gradeOnNewDevice() // the tenth device
	w.wantDate("with ten devices heard", grade, "estimated", off, -tolerance, tolerance)
	if n := strings.Count(s.Errs(), "server clock accept"); n < 1 || n > 6 {
		t.Errorf("the log names what to do %d times, want it once a change:\n%s", n, s.Errs())
	}

	s.restart()
	s.wantClockWarning(false)
	grade, off = s.gradeOnNewDevice()
	w.wantDate("with the clock mended", grade, "exact", off, -tolerance, tolerance)
}

// TestServerClockRanAhead: nobody can notice a fast clock at first. With the clock mended, the server reports having
// signed later times, and grades no time exact until a person accepts the clock, beside the running server.
func TestServerClockRanAhead(t *testing.T) {
	w := newWorld(t)
	s := w.serve("", clock(400*time.Hour))
	s.gradeOnNewDevice()
	s.wantClockWarning(false)
	s.restart()
	s.wantClockWarning(true)
	grade, off := s.gradeOnNewDevice()
	w.wantDate("after a clock that ran ahead", grade, "estimated", off, -tolerance, tolerance)

	if o := s.command("clock", "accept"); o.Exit != 2 || !strings.Contains(o.Errs, "--yes") {
		t.Errorf("accept without a yes: %v", o)
	}
	s.wantClockWarning(true)
	if o := s.command("clock", "accept", "--yes"); o.Exit != 0 {
		t.Errorf("accept: %v", o)
	}
	for until := time.Now().Add(programs.Patience / 4); strings.Contains(s.wantReady(http.StatusOK), "clock_off"); time.Sleep(programs.Pause) {
		if time.Now().After(until) {
			t.Fatal("the server does not hear that its clock was accepted")
		}
	}
	s.wantClockWarning(false)
	grade, off = s.gradeOnNewDevice()
	w.wantDate("after it was accepted", grade, "exact", off, -tolerance, tolerance)
	s.restart()
	s.wantClockWarning(false)
}

// TestServerClockBeforeTheProgram: a clock before the program's build is known to be wrong from the first start on, and
// cannot be accepted.
func TestServerClockBeforeTheProgram(t *testing.T) {
	w := newWorld(t)
	long := time.Since(time.Date(2009, time.February, 13, 0, 0, 0, 0, time.UTC)).Round(time.Hour)
	s := w.serve("", clock(-long))
	s.wantClockWarning(true)
	grade, _ := s.gradeOnNewDevice()
	w.wantDate("before the program was built", grade, "estimated", 0, 0, 0)
	o := w.run(append(programs.ServerArgs(w.bin, "--data", s.dir), "clock", "accept", "--yes"), clock(-long))
	if o.Exit != 2 || !strings.Contains(o.Errs, "必定有误") {
		t.Errorf("a clock before the program was accepted: %v", o)
	}
}
