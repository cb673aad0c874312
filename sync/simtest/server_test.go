package simtest

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"roadbook/client/syncer"
	"roadbook/server/ingest"
	"roadbook/server/query"
	"roadbook/server/store"
	"roadbook/server/timecheck"
	"roadbook/sync/wire"
)

// server is a server process: the real ingest and the real puller on a store.
type server struct {
	w      *world
	number int
	skew   int64 // of its clock, ms
	newer  bool  // this server knows the second version of the catalogue

	life  int // counts its deaths
	alive bool
	upAt  int64 // time of the next start

	heard  map[string]bool // devices, in this life
	signed int64           // the greatest time signed in this life, Unix ms

	times  *timecheck.Watch
	ingest *ingest.Ingest
	pull   *query.Puller
	store  store.Store
}

func (s *server) clock() time.Time { return time.UnixMilli(s.w.now + s.skew) }

func (s *server) catalogues() []string {
	if s.newer {
		return []string{"shunping-2020@2", "shunping-2020@1"}
	}
	return []string{"shunping-2020@1"}
}

func (s *server) start() (err error) {
	w := s.w
	if s.store, err = w.backend.open(); err != nil {
		return fmt.Errorf("server %d does not come up: %w", s.number, err)
	}
	s.heard, s.signed = map[string]bool{}, 0
	s.times = timecheck.New(timecheck.Config{
		Registry: s.store, Now: s.clock, Steady: func() time.Duration { return time.Duration(w.now) * time.Millisecond },
	})
	if err := s.times.Refresh(bg); err != nil {
		return fmt.Errorf("server %d does not read what was signed: %w", s.number, err)
	}
	epoch := w.serverEpoch()
	s.ingest = ingest.New(ingest.Config{
		Store: s.store, Schema: w.schema, Catalogues: s.catalogues(), Counter: counter(), Key: w.serverKey,
		Epoch: epoch, Now: s.clock, ClockCheck: s.times, Rand: w.random(), Limits: limits, Inline: true, Without: w.broken.server,
	})
	s.pull = &query.Puller{Store: s.store, Schema: w.schema, Epoch: epoch, Catalogues: query.Always(s.catalogues()...), Now: s.clock, FatePage: 20}
	s.alive = true
	return nil
}

// limits are small, so that small worlds reach them.
var limits = wire.Limits{Observations: 7, Soft: 8 << 10, Hard: 64 << 10, Line: 4 << 10}

// serverEpoch is the server epoch announced by the servers.
func (w *world) serverEpoch() string { return "epoch" + strconv.Itoa(w.announcedEpoch) }

// enrolledLimits are a device's limits until the first answer: larger than the servers' own, so that the device saves
// lines too long for the servers.
var enrolledLimits = wire.Limits{Observations: 7, Soft: 8 << 10, Hard: 64 << 10, Line: 64 << 10}

func (s *server) crash() {
	s.life++
	s.alive = false
	s.upAt = s.w.now + int64(s.w.rng.IntN(1500))
	s.w.backend.crash()
}

// registration is the database's entry about a device.
type registration struct {
	Unit, Role string
	Earlier    []string // units given before
	Revoked    bool
}

const deviceBucket = "device"

var errNet = errors.New("simtest: no answer")

func refusal(err error) error {
	var reason *wire.Error
	if !errors.As(err, &reason) {
		return errNet
	}
	r := &syncer.Refusal{Reason: reason, HTTP: reason.HTTP()}
	if r.HTTP == http.StatusServiceUnavailable {
		r.RetryAfter = 30 * time.Second
	}
	return r
}

// token admits a device: by its entry in the database, or by its certificate.
func (s *server) token(f *identity) (string, error) {
	if !s.alive {
		return "", errNet
	}
	defer s.w.enter(s)()
	life := s.life
	_, err := s.store.Get(bg, deviceBucket, f.id)
	if errors.Is(err, store.ErrNotFound) { // the database is older than the enrollment
		s.w.tracef("%s is let in by its certificate", f.name)
		raw, _ := json.Marshal(registration{Unit: f.unit, Role: f.role}) //nolint:errchkjson // plain
		_, err = s.store.Put(bg, store.Entry{Section: deviceBucket, Name: f.id, Data: raw})
	}
	if s.life != life || err != nil && !errors.Is(err, store.ErrExists) {
		return "", errNet
	}
	return strconv.FormatInt(s.w.now, 10), nil
}

const tokenLife = 15 * 60 * 1000

func (s *server) identify(f *identity, token string) (who ingest.Device, err error) {
	at, _ := strconv.ParseInt(token, 10, 64)
	if s.w.now-at > tokenLife {
		return who, wire.Refuse(wire.CodeUnauthorized, "")
	}
	e, err := s.store.Get(bg, deviceBucket, f.id)
	if errors.Is(err, store.ErrNotFound) {
		return who, wire.Refuse(wire.CodeUnknownDevice, "")
	}
	if err != nil {
		return who, err
	}
	var known registration
	if err := json.Unmarshal(e.Data, &known); err != nil {
		return who, err
	}
	return ingest.Device{ID: f.id, Key: f.keys.Public(), Unit: known.Unit, Earlier: known.Earlier, Role: known.Role, Deposit: known.Revoked}, nil
}

// serve takes a request's body and makes the answer's, as the api does.
func (s *server) serve(f *identity, token string, body []byte) (*wire.SignedAnswer, error) {
	w := s.w
	if !s.alive {
		return nil, errNet
	}
	defer w.enter(s)()
	life := s.life
	who, err := s.identify(f, token)
	if err != nil {
		return nil, refusal(err)
	}
	req, err := wire.DecodeRequest(body, string(wire.Identity), limits)
	if err != nil {
		return nil, refusal(err)
	}
	since, epoch := w.turns, w.databaseEpoch
	s.noteRequest(f, req, who.Deposit)
	if w.broken.noWall && req.Now != nil {
		req.Now = &wire.BootSample{Boot: req.Now.Boot, Mono: req.Now.Mono}
	}
	ans, err := s.ingest.Sync(bg, who, req)
	if s.life != life || w.databaseEpoch != epoch {
		return nil, errNet
	}
	if err != nil {
		w.tracef("%s refused: %v", f.name, err)
		return nil, refusal(err)
	}
	w.truth.noteAcknowledged(since, req.Frame, ans)
	if req.Pull != nil {
		if err := s.addPull(who, req, ans); err != nil {
			w.tracef("no pull for %s: %v", f.name, err)
			ans.Pull = nil
		}
	}
	if s.life != life {
		return nil, errNet
	}
	sealed, err := s.ingest.Seal(ans, req, wire.Identity)
	return &sealed, err
}

// addPull adds the news, as the api does. A revoked device gets only the fates of its own lines.
func (s *server) addPull(who ingest.Device, req *wire.Request, ans *wire.Answer) (err error) {
	if who.Deposit {
		ans.Pull, err = s.pull.Fates(bg, who.ID, who.Unit, req.Pull)
		return err
	}
	if ans.Pull, err = s.pull.Pull(bg, req.Stream, who.Unit, req.Pull); err != nil {
		return err
	}
	if req.Pull.Cursor != "" && !ans.Pull.Reset {
		return nil
	}
	return s.ingest.AddBoots(bg, req, ans)
}

// network is the network between a device and the servers.
type network struct {
	d    *device
	life int // of the device when the database was opened
}

func (l *network) Token(context.Context) (string, error) {
	w := l.d.w
	w.yield()
	if l.d.life != l.life {
		return "", errDead
	}
	if w.now < w.outageUntil || w.now < l.d.offlineUntil {
		return "", errNet
	}
	token, err := w.pickServer().token(l.d.identity)
	if l.d.life != l.life {
		return "", errDead
	}
	return token, err
}

func (w *world) pickServer() *server { return w.servers[w.rng.IntN(len(w.servers))] }

func (l *network) Sync(_ context.Context, token string, req *wire.Request) (*wire.Answer, error) {
	body, err := req.Encode(wire.Identity)
	if err != nil {
		return nil, err
	}
	got, err := l.deliver(token, body)
	l.d.w.yield()
	if l.d.life != l.life {
		return nil, errDead
	}
	if err != nil {
		return nil, err
	}
	ans, err := l.open(req, got)
	if err != nil {
		l.d.w.tracef("%s: an answer is not believed: %v", l.d.name, err)
		return nil, errNet
	}
	l.d.noteForkHint(req.Stream, ans)
	l.d.tamper(req.Stream, ans)
	return ans, nil
}

// open reads an answer as the device's transport does.
func (l *network) open(req *wire.Request, got *wire.SignedAnswer) (*wire.Answer, error) {
	if l.d.w.broken.anyAnswer {
		ans, err := wire.DecodeAnswer(got.Body, string(wire.Identity), limits.Hard*64)
		if err == nil {
			ans.Signed = true
		}
		return ans, err
	}
	id, err := l.d.db.Identity(bg)
	if err != nil {
		return nil, err
	}
	trust := wire.Trust{Server: id.ServerKey, Signs: id.Signed}
	return trust.OpenAnswer(req, got.Body, string(wire.Identity), got.Signature, limits.Hard*64)
}

// deliver brings a request to a server and the answer back, or not, or late, or twice.
func (l *network) deliver(token string, body []byte) (*wire.SignedAnswer, error) {
	d, w := l.d, l.d.w
	w.yield()
	s := w.pickServer()
	if d.home != nil {
		s = d.home
	}
	if w.now < w.outageUntil || w.now < d.offlineUntil || w.faultDue(w.rates.cut) {
		return nil, errNet
	}
	if w.now < w.busyUntil {
		return nil, refusal(wire.Refuse(wire.CodeBusy, ""))
	}
	if w.faultDue(w.rates.late) {
		w.deliverLater(d.identity, w.pickServer(), token, body)
		return nil, errNet
	}
	if w.faultDue(w.rates.twice) {
		w.deliverLater(d.identity, w.pickServer(), token, body)
	}
	if w.answer != nil && w.faultDue(w.rates.crossed) {
		w.tracef("%s: the answer to another request comes, and this one never arrives", d.name)
		return w.answer, nil
	}
	answer, err := s.serve(d.identity, token, body)
	if err != nil {
		return nil, err
	}
	if bytes.Count(body, []byte("\n")) > 1 {
		w.answer = answer
	}
	if w.faultDue(w.rates.lost) {
		w.tracef("%s: the answer is lost", d.name)
		return nil, errNet
	}
	return answer, nil
}

func (w *world) faultDue(n int) bool { return !w.ending && w.chance(n) }

// deliverLater delivers a request after its sender has stopped waiting.
func (w *world) deliverLater(f *identity, s *server, token string, body []byte) {
	body = slices.Clone(body)
	w.spawn(f.name+" late", func() {
		_, err := s.serve(f, token, body)
		w.tracef("%s: a late request came to %d: %v", f.name, s.number, err)
	})
	w.tasks[len(w.tasks)-1].asleep = w.rng.IntN(600)
}

// identity is a device as known to the servers: all disks with the same key.
type identity struct {
	name, id   string
	unit, role string
	keys       deviceKeys
	revoked    bool // revoked at any time so far
	disks      int
}

type deviceKeys interface{ Public() ed25519.PublicKey }
