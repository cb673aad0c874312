package maker

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"roadbook/client/localdb"
	"roadbook/client/station"
	"roadbook/client/syncer"
)

// syncTime bounds a sync on request.
const syncTime = 25 * time.Second

// sync sends and pulls now, and answers the status. The trouble of a sync is no error of the call: what is saved stays.
func (m *Maker) sync(ctx context.Context, _ json.RawMessage) (any, error) {
	m.mu.Lock()
	s := m.station
	m.syncing = s != nil
	m.mu.Unlock()
	if s == nil {
		return nil, localdb.ErrNotEnrolled
	}
	bounded, cancel := context.WithTimeout(ctx, syncTime)
	defer cancel()
	err := m.drain(bounded, s)
	m.mu.Lock()
	m.syncing, m.trouble = false, err
	m.mu.Unlock()
	m.news.tell("status", "records")
	return m.status(ctx, nil)
}

func (m *Maker) drain(ctx context.Context, s *station.Station) error {
	up, err := s.Syncer(ctx)
	if err != nil {
		return err
	}
	for {
		unlock, ok := s.TryLockSync()
		if ok {
			defer unlock()
			return up.Drain(ctx, 1, station.Sleep, syncer.Progress{})
		}
		waiting, err := s.DB.Waiting(ctx)
		if err != nil || waiting == 0 { // the other process has delivered everything
			return err
		}
		if err := station.Sleep(ctx, time.Second/5, time.Second/5); err != nil {
			return errors.Join(syncer.ErrRetryLater, err)
		}
	}
}

// bundleOut is a file of waiting lines.
type bundleOut struct {
	File  []byte `json:"file"` // base64
	Lines int    `json:"lines"`
}

func (m *Maker) exportBundle(ctx context.Context, _ json.RawMessage) (any, error) {
	m.mu.Lock()
	s := m.station
	m.mu.Unlock()
	file, lines, err := s.Export(ctx)
	return bundleOut{file, lines}, err
}

type fileParams struct {
	File []byte `json:"file"`
}

func (m *Maker) applyBundle(ctx context.Context, p fileParams) (any, error) {
	m.mu.Lock()
	s := m.station
	m.mu.Unlock()
	d, err := s.Apply(ctx, p.File)
	if err != nil {
		return nil, err
	}
	m.news.tell("status", "records")
	return map[string]int{"acknowledged": d.Acknowledged, "quarantined": d.Quarantined}, nil
}
