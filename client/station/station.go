// Package station puts a device together: keys, local database, transport and syncer. Commands and whole-system tests
// start a device here, with the real clock and network as defaults.
package station

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"io/fs"
	mathrand "math/rand/v2"
	"net/http"
	"time"

	"roadbook/client/localdb"
	"roadbook/client/syncer"
	"roadbook/client/transport"
	"roadbook/schema"
	"roadbook/sync/wire"
)

// Catalogue is the version named in lines until a server sends another.
const Catalogue = "shunping-2020@1"

// Config configures a device. Nil members get the system's.
type Config struct {
	Dir    string // directory of the device's files
	Server string // URL; "" = the server of the enrollment
	Clock  localdb.Clock
	Rand   io.Reader
	HTTP   *http.Client
	Schema *schema.Schema

	Fingerprint string // of the server's key, as HQ gave it with the code; "" = not compared
}

// ErrFingerprint: the server has another key than HQ said. Nothing was kept.
var ErrFingerprint = errors.New("station: the server's key is not the expected one")

// Station is one device at work.
type Station struct {
	cfg  Config
	keys *localdb.Keys
	DB   *localdb.DB
}

// New opens an existing device. localdb.ErrNotEnrolled: the directory has no device, or its first enrollment was
// interrupted. localdb.ErrGone: the device's database is lost.
func New(ctx context.Context, cfg Config) (*Station, error) {
	keys, err := localdb.LoadKeys(cfg.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		if err := localdb.CheckKeysPresent(cfg.Dir); err != nil {
			return nil, err
		}
		return nil, localdb.ErrNotEnrolled
	}
	if err != nil {
		return nil, err
	}
	return open(ctx, cfg, keys, true)
}

func open(ctx context.Context, cfg Config, keys *localdb.Keys, known bool) (*Station, error) {
	db, err := localdb.Open(ctx, localdb.Config{
		Dir: cfg.Dir, Keys: keys, Known: known, Clock: cfg.Clock, Rand: cfg.Rand, Schema: cfg.Schema, Catalogue: Catalogue})
	if err != nil {
		return nil, err
	}
	return &Station{cfg: cfg, keys: keys, DB: db}, nil
}

// Enroll sets up a device, or enrolls an existing device again. The keys are saved first and kept, so that a lost
// answer can be requested again. With localdb.ErrOtherServer the station is returned open: a person must confirm the
// new server.
func Enroll(ctx context.Context, cfg Config, code string) (*Station, *wire.Enrolled, error) {
	random := cfg.Rand
	if random == nil {
		random = rand.Reader
	}
	s, err := setUp(ctx, cfg, random)
	if err != nil {
		return nil, nil, err
	}
	e, err := transport.New(cfg.Server, nil, cfg.HTTP).
		Enroll(ctx, wire.EnrollRequest{PublicKey: s.keys.Public(), Code: code})
	if err == nil && cfg.Fingerprint != "" && wire.Fingerprint(e.ServerKey) != cfg.Fingerprint {
		err = ErrFingerprint
	}
	if err == nil {
		err = s.DB.Enroll(ctx, cfg.Server, *e)
	}
	if errors.Is(err, localdb.ErrOtherServer) {
		return s, e, err
	}
	if err != nil {
		return nil, nil, errors.Join(err, s.Close())
	}
	return s, e, nil
}

// setUp opens or creates the device: keys under a temporary name, then the database, then the keys' final name. A key
// file without a database thus always means a lost database.
func setUp(ctx context.Context, cfg Config, random io.Reader) (*Station, error) {
	if err := localdb.CheckKeysPresent(cfg.Dir); err != nil {
		return nil, err
	}
	keys, known, err := localdb.PrepareKeys(cfg.Dir, random)
	if err != nil {
		return nil, err
	}
	s, err := open(ctx, cfg, keys, known)
	if err != nil || known {
		return s, err
	}
	if err := localdb.KeepKeys(cfg.Dir); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// Close closes the database.
func (s *Station) Close() error { return s.DB.Close() }

// Syncer makes the device's syncer. localdb.ErrNotEnrolled.
func (s *Station) Syncer(ctx context.Context) (*syncer.Syncer, error) {
	id, err := s.DB.Identity(ctx)
	if err != nil {
		return nil, err
	}
	elsewhere := s.cfg.Server != "" && s.cfg.Server != id.Server
	if elsewhere {
		id.Server = s.cfg.Server
	}
	net := transport.New(id.Server, &transport.Identity{
		Device: id.Device, Key: s.keys.Device, Certificate: id.Certificate,
		Trust: wire.Trust{Server: id.ServerKey, Signs: id.Signed}}, s.cfg.HTTP)
	var seed [32]byte
	if _, err := rand.Read(seed[:]); err != nil {
		return nil, err
	}
	return syncer.New(syncer.Config{
		DB: s.DB, Transport: net, Rand: mathrand.New(mathrand.NewChaCha8(seed)), UnprovenAddress: elsewhere}), nil //nolint:gosec // jitter
}

// KeepServer saves the given address after a successful sync. Earlier, a mistyped address would stay.
func (s *Station) KeepServer(ctx context.Context) error {
	if s.cfg.Server == "" {
		return nil
	}
	return s.DB.SetServer(ctx, s.cfg.Server)
}

// pollInterval is the time between two looks for observations saved by another process.
const pollInterval = time.Second

// Run sends and pulls until the context is done; see syncer.Run. While Run waits, other processes may sync.
func (s *Station) Run(ctx context.Context, note func(syncer.Stepped)) error {
	up, err := s.Syncer(ctx)
	if err != nil {
		return err
	}
	unlock, err := s.lockSync(ctx)
	if err != nil {
		return err
	}
	defer func() { unlock() }()
	return up.Run(ctx, func(ctx context.Context, least, most time.Duration) error {
		unlock()
		unlock = func() {}
		if err := s.wait(ctx, least, most); err != nil {
			return err
		}
		turn, err := s.lockSync(ctx)
		if err == nil {
			unlock = turn
		}
		return err
	}, note)
}

// Sleep is the Wait for syncer.Drain.
func Sleep(ctx context.Context, _, most time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(most):
		return nil
	}
}

// wait sleeps, and ends early for new waiting lines.
func (s *Station) wait(ctx context.Context, least, most time.Duration) error {
	if err := Sleep(ctx, least, least); err != nil {
		return err
	}
	before, err := s.DB.Waiting(ctx)
	if err != nil {
		return err
	}
	for slept := least; slept < most; slept += pollInterval {
		if err := Sleep(ctx, pollInterval, min(pollInterval, most-slept)); err != nil {
			return err
		}
		if now, err := s.DB.Waiting(ctx); err != nil || now > before {
			return err
		}
	}
	return nil
}
