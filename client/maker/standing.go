package maker

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"time"

	"roadbook/client/localdb"
	"roadbook/client/station"
	"roadbook/schema"
	"roadbook/sync/wire"
)

// hello is the shape Hello of maker.js.
type hello struct {
	Maker    string       `json:"maker"`
	Version  string       `json:"version"`
	Word     string       `json:"word"`
	Training bool         `json:"training"`
	Enrolled *enrolledOut `json:"enrolled"`
	Pending  *pendingOut  `json:"pending"`
	Officers []string     `json:"officers"`
	Officer  string       `json:"officer"`
	Locked   bool         `json:"locked"`
	Begin    string       `json:"begin"` // of plates here, "" = unknown
}

type enrolledOut struct {
	Device      string `json:"device"`
	Unit        string `json:"unit"`
	Role        string `json:"role"`
	Server      string `json:"server"`
	Fingerprint string `json:"fingerprint"`
}

type pendingOut struct {
	Server      string `json:"server"`
	Fingerprint string `json:"fingerprint"`
	Own         string `json:"own"` // fingerprint of the device's own server
	Lines       int64  `json:"lines"`
}

func (m *Maker) hello(ctx context.Context, _ json.RawMessage) (any, error) {
	out := hello{Maker: "station", Version: m.cfg.Version, Word: m.word(), Officers: []string{}}
	db, notSetUp := m.device()
	if notSetUp != nil {
		return out, nil
	}
	if id, err := db.Identity(ctx); err == nil {
		out.Enrolled = &enrolledOut{id.Device, id.Unit, id.Role, id.Server, wire.Fingerprint(id.ServerKey)}
		out.Begin = m.plateBegin()
	} else if !errors.Is(err, localdb.ErrNotEnrolled) {
		return nil, err
	}
	names, err := db.Officers(ctx)
	if err != nil {
		return nil, err
	}
	if p, err := db.Pending(ctx); err == nil && p != nil {
		out.Pending = &pendingOut{p.Server, wire.Fingerprint(p.Enrolled.ServerKey), wire.Fingerprint(p.OwnKey), p.Lines}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	out.Officers = append(out.Officers, names...)
	out.Officer, out.Locked = m.officer, len(names) > 0 && !m.open
	return out, nil
}

type wordParams struct {
	Word string `json:"word"`
}

func (m *Maker) callChooseWord(_ context.Context, p wordParams) (any, error) {
	return nothing, m.chooseWord(p.Word)
}

// nothing is the answer of a call without one.
var nothing = struct{}{}

type inspectParams struct {
	Text string `json:"text"`
}

// inspected is the shape Inspected of maker.js.
type inspected struct {
	Server      string `json:"server"`
	Code        string `json:"code"`
	Fingerprint string `json:"fingerprint"` // as the text says, "" if it does not
	Secure      bool   `json:"secure"`
}

// inspect reads an enrollment text: an address, and after # a code and perhaps, after another #, the fingerprint of the
// server's key. Blanks and line ends, as a chat adds, do not matter.
func (m *Maker) inspect(_ context.Context, p inspectParams) (any, error) {
	parts := strings.Split(strings.Join(strings.Fields(schema.CleanName(p.Text)), ""), "#")
	u, err := url.Parse(strings.TrimRight(parts[0], "/"))
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || len(parts) > 3 {
		return nil, errEnrollText
	}
	out := inspected{Server: u.Scheme + "://" + u.Host + u.EscapedPath(), Secure: u.Scheme == "https"}
	if len(parts) > 1 {
		out.Code = parts[1]
	}
	if len(parts) > 2 {
		out.Fingerprint = parts[2]
	}
	return out, nil
}

type enrolParams struct {
	Server      string `json:"server"`
	Code        string `json:"code"`
	Fingerprint string `json:"fingerprint"`
}

// enrolTime bounds an enrollment: a slow network, twice.
const enrolTime = 60 * time.Second

// enrol enrolls the device. On a device at work its officer must be.
func (m *Maker) enrol(ctx context.Context, p enrolParams) (any, error) {
	db, err := m.device()
	if err == nil {
		if err := m.admit(ctx, atWork); err != nil {
			return nil, err
		}
		if _, err := db.Identity(ctx); err == nil {
			return nil, errEnrolled // a second enrollment goes through the command, which asks
		}
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), enrolTime)
	defer cancel()
	m.mu.Lock()
	if m.station != nil {
		err = m.station.Close()
		m.station = nil
	} else {
		err = nil
	}
	m.mu.Unlock()
	if err != nil {
		return nil, err
	}
	s, e, err := station.Enroll(ctx, station.Config{Dir: m.cfg.Dir, Server: strings.TrimRight(p.Server, "/"), Fingerprint: p.Fingerprint}, p.Code)
	if s == nil {
		s, _ = station.New(ctx, station.Config{Dir: m.cfg.Dir})
	}
	m.mu.Lock()
	m.station = s
	m.mu.Unlock()
	if err != nil {
		return nil, err
	}
	m.news.tell("status")
	return enrolledOut{e.Device, e.Unit, e.Role, p.Server, wire.Fingerprint(e.ServerKey)}, nil
}

type confirmParams struct {
	Yes bool `json:"yes"`
}

// confirm answers a change of server.
func (m *Maker) confirm(ctx context.Context, p confirmParams) (any, error) {
	db, err := m.device()
	if err != nil {
		return nil, err
	}
	defer m.news.tell("status", "records")
	if p.Yes {
		return nothing, db.Confirm(ctx)
	}
	return nothing, db.Decline(ctx)
}

type pinParams struct {
	Officer string `json:"officer"`
	PIN     string `json:"pin"`
	By      *struct {
		Officer string `json:"officer"`
		PIN     string `json:"pin"`
	} `json:"by,omitempty"` // an officer of the device, if there is any
}

// setPIN adds an officer or changes a PIN. On a device with officers one of them vouches.
func (m *Maker) setPIN(ctx context.Context, p pinParams) (any, error) {
	db, err := m.device()
	if err != nil {
		return nil, err
	}
	names, err := db.Officers(ctx)
	if err != nil {
		return nil, err
	}
	if len(names) > 0 {
		if p.By == nil {
			return nil, localdb.ErrPINNeeded
		}
		if _, err := m.checkPIN(ctx, db, p.By.Officer, p.By.PIN); err != nil {
			return nil, err
		}
	}
	if err := db.SetPIN(ctx, p.Officer, p.PIN); err != nil {
		return nil, err
	}
	m.news.tell("officers")
	return nothing, nil
}

type unlockParams struct {
	Officer string `json:"officer"`
	PIN     string `json:"pin"`
}

// unlockOfficer begins an officer's shift.
func (m *Maker) unlockOfficer(ctx context.Context, p unlockParams) (any, error) {
	db, err := m.device()
	if err != nil {
		return nil, err
	}
	name, err := m.checkPIN(ctx, db, p.Officer, p.PIN)
	if err != nil {
		return nil, err
	}
	m.mu.Lock()
	m.officer, m.open, m.last = name, true, m.cfg.Now()
	m.mu.Unlock()
	m.news.tell("officers")
	return name, nil
}

// checkPIN slows guessing: from the fifth wrong PIN in a row on, one second, two, four … up to the time of a call.
func (m *Maker) checkPIN(ctx context.Context, db *localdb.DB, officer, pin string) (string, error) {
	const free = 4
	wrong, err := db.WrongPINs(ctx, officer)
	if err != nil {
		return "", err
	}
	if wrong > free {
		wait := min(time.Second<<min(wrong-free-1, 6), callTime/2)
		if err := station.Sleep(ctx, wait, wait); err != nil {
			return "", err
		}
	}
	return db.CheckPIN(ctx, officer, pin)
}

// lock ends the shift.
func (m *Maker) lock(context.Context, json.RawMessage) (any, error) {
	m.mu.Lock()
	m.officer, m.open = "", false
	m.mu.Unlock()
	m.news.tell("officers")
	return nothing, nil
}

func (m *Maker) atWork() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.officer
}
