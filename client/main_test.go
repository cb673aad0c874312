package main

import (
	"crypto/ed25519"
	"encoding/json"
	"net/http/httptest"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"roadbook/client/syncer/fakeserver"
	"roadbook/sync/clock"
	"roadbook/sync/wire"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"client": main})
}

type serverKey struct{}

// TestTranscripts runs testdata/*.txtar: commands as typed, and the program's answers. Each script has its own device
// ($ROADBOOK_DATA) and its own server ($SERVER), directed by the command "server":
//
//	server fail 401|503|lost|portal|204|{}|cut|redirect|CODE ...   one fault for each of the next sync requests
//	server front portal|…|none            a fault for every request from now on
//	server poison TEXT                    lines with this text are quarantined
//	server epoch NAME                     the server was restored: another epoch
//	server forget                         … from a backup older than the enrollment
//	server lost EPOCH                     … from nothing but its key
//	server other                          another server stands at the address: another key, nothing stored
//	server mute                           an older program: signs no answer
//	server move UNIT                      HQ gives the device to another unit
//	server gone RECORD UNIT               the next pull says that the record left for another unit
//	server linked RECORD UNIT GROUP       … that another unit has a record of the group
//	server hq ACT RECORD WORDS [TARGET]   the next pull brings a line of HQ's officer wang; of a link TARGET is the group
//	server released LINE                  … a later word on a quarantined line
//	server reference FILE                 HQ's lists
//	server doubt TEXT CODE                new lines with this text are told this doubt; without arguments: none
//	server doubts RECORD [JSON]           the next pull tells these doubts about a record
//	server down                           nothing listens any more
//	server lines N                        N lines have arrived
//	server until N                        wait until N lines have arrived
//	server bundle FILE ANSWER [json]      takes a bundle in and writes its answer, as POST /v1/bundles does
//
// "waiting N" waits until the device reports N waiting observations. "server until" is not enough there: the server
// sends an answer before the device has applied the answer. "envsubst FROM TO" writes a file with variables as
// another one. "keep NAME PATTERN" sets $NAME to the pattern's group in
// the last output. $LONG has 1001 characters; $THISYEAR and $LASTYEAR are years.
func TestTranscripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(env *testscript.Env) error {
			fake := fakeserver.NewHTTP("window-1/clerk")
			web := httptest.NewServer(fake)
			web.Config.ErrorLog = nil
			env.Defer(web.Close)
			env.Values[serverKey{}] = &testServer{HTTP: fake, web: web}
			env.Setenv("SERVER", web.URL)
			env.Setenv("ROADBOOK_DATA", env.WorkDir+"/data")
			env.Setenv("LANG", "C")
			year := clock.DayOf(time.Now().UnixMilli()).Year()
			env.Setenv("THISYEAR", strconv.Itoa(year))
			env.Setenv("LASTYEAR", strconv.Itoa(year-1))
			env.Setenv("LONG", strings.Repeat("长", 1001))
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"server": directServer, "keep": keepMatch, "envsubst": substitute, "waiting": waitForWaiting},
	})
}

type testServer struct {
	*fakeserver.HTTP
	web     *httptest.Server
	hqLines int
}

// hqLine is the next line of HQ: act, record, words, target.
func (s *testServer) hqLine(args []string) wire.PulledLine {
	s.hqLines++
	at := s.Now + int64(s.hqLines)*60_000
	l := wire.Line{V: 1, Kind: "plate", Act: wire.Act(args[0]), Catalogue: "shunping-2020@1", Officer: "wang", Record: args[1], Reason: args[2],
		Clock: clock.Evidence{HLC: clock.HLCAt(at), Boot: "hqbt0000", Mono: 1, Wall: at}}
	switch {
	case len(args) > 3 && l.Act == wire.Link:
		l.Group = args[3]
	case len(args) > 3:
		l.Target = args[3]
	}
	id := wire.NewObsID(wire.StreamID{Device: "hqhqhqhqhq", Epoch: "hqep0000"}, uint64(s.hqLines), wire.Hash{byte(s.hqLines)})
	return wire.PulledLine{ID: id.String(), Line: string(l.Marshal()), HQ: true}
}

func directServer(ts *testscript.TestScript, neg bool, args []string) {
	s := ts.Value(serverKey{}).(*testServer)
	switch args[0] {
	case "fail":
		for _, f := range args[1:] {
			s.Fail(fakeserver.Fault(f))
		}
	case "front":
		f := fakeserver.Fault(args[1])
		if f == "none" {
			f = ""
		}
		s.Set(func(h *fakeserver.HTTP) { h.EveryRequest = f })
	case "poison":
		s.Set(func(h *fakeserver.HTTP) { h.Poison = args[1] })
	case "epoch":
		s.Set(func(h *fakeserver.HTTP) { h.Epoch = args[1] })
	case "forget":
		s.Forget()
	case "lost":
		s.Set(func(h *fakeserver.HTTP) { h.Server = fakeserver.New(); h.Epoch = args[1] })
	case "other":
		s.Set(func(h *fakeserver.HTTP) {
			h.Server = fakeserver.New()
			h.Epoch, h.Key = "other-1", ed25519.NewKeyFromSeed([]byte("another server's seed, for tests"))
		})
	case "mute":
		s.Set(func(h *fakeserver.HTTP) { h.Unsigned = true })
	case "move":
		s.Set(func(h *fakeserver.HTTP) {
			moved := wire.Moved{Unit: args[1], Earlier: []string{"window-1"}, At: h.Now, Certificate: "of " + args[1]}
			h.Moved = &moved
		})
	case "gone":
		s.pulls(wire.Pulled{Gone: []wire.Elsewhere{{Record: args[1], Unit: args[2]}}})
	case "linked":
		s.pulls(wire.Pulled{Linked: []wire.Elsewhere{{Record: args[1], Unit: args[2], Group: args[3]}}})
	case "hq":
		s.pulls(wire.Pulled{Observations: []wire.PulledLine{s.hqLine(args[1:])}})
	case "released":
		s.pulls(wire.Pulled{Fates: []wire.Fate{{ID: args[1], Status: "released"}}})
	case "reference":
		s.Set(func(h *fakeserver.HTTP) { h.Reference = []byte(strings.TrimSpace(ts.ReadFile(args[1]))) })
	case "doubt":
		s.Set(func(h *fakeserver.HTTP) {
			h.Doubts = func(line string) (out []wire.Doubt) {
				if len(args) == 3 && strings.Contains(line, args[1]) {
					out = []wire.Doubt{{Code: args[2]}}
				}
				return out
			}
		})
	case "doubts":
		told := wire.RecordDoubts{Record: args[1]}
		if len(args) > 2 {
			ts.Check(json.Unmarshal([]byte(args[2]), &told.Doubts))
		}
		s.pulls(wire.Pulled{Doubts: []wire.RecordDoubts{told}})
	case "down":
		s.web.Close()
	case "code":
		s.Set(func(h *fakeserver.HTTP) { h.Code = args[1] })
	case "bundle":
		answer, err := s.Bundle([]byte(ts.ReadFile(args[1])))
		ts.Check(err)
		if len(args) > 3 { // as JSON
			answer, err = json.Marshal(map[string]any{"device": "x", "created": 1, "answer": answer})
			ts.Check(err)
		}
		ts.Check(os.WriteFile(ts.MkAbs(args[2]), answer, 0o600))
	case "lines":
		if got := strconv.Itoa(len(s.Lines())); got != args[1] {
			ts.Fatalf("%s lines have arrived, want %s", got, args[1])
		}
	case "until":
		for range 3000 { // enough for a slow machine
			if strconv.Itoa(len(s.Lines())) == args[1] {
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
		ts.Fatalf("%d lines have arrived, want %s", len(s.Lines()), args[1])
	default:
		ts.Fatalf("server %s", args[0])
	}
	if neg {
		ts.Fatalf("! server")
	}
}

func (s *testServer) pulls(p wire.Pulled) {
	s.Set(func(h *fakeserver.HTTP) {
		if n := len(h.Pulled); n > 0 {
			h.Pulled[n-1].More = true
		}
		h.Pulled = append(h.Pulled, &p)
	})
}

func waitForWaiting(ts *testscript.TestScript, _ bool, args []string) {
	for range 300 { // enough for a slow machine
		if err := ts.Exec("client", "status", "--json"); err == nil && strings.Contains(ts.ReadFile("stdout"), `"waiting":`+args[0]+`,`) {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	ts.Fatalf("%s, want %s waiting", ts.ReadFile("stdout"), args[0])
}

func keepMatch(ts *testscript.TestScript, _ bool, args []string) {
	m := regexp.MustCompile("(?m)" + args[1]).FindStringSubmatch(ts.ReadFile("stdout"))
	if m == nil {
		ts.Fatalf("%s does not stand in %q", args[1], ts.ReadFile("stdout"))
	}
	ts.Setenv(args[0], m[1])
}

// TestHelpNamesEveryExitCode keeps the help and the codes together.
func TestHelpNamesEveryExitCode(t *testing.T) {
	for code := exitOK; code <= exitOtherServer; code++ {
		if !regexp.MustCompile(`(?m)^ {1,2}` + strconv.Itoa(code) + `  \S`).MatchString(description) {
			t.Errorf("exit code %d is not in the help", code)
		}
	}
}

// substitute writes a file as another one, with the script's variables in it.
func substitute(ts *testscript.TestScript, _ bool, args []string) {
	text := os.Expand(ts.ReadFile(args[0]), ts.Getenv)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(text), 0o600))
}
