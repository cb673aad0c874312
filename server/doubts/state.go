package doubts

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"

	"roadbook/server/store"
)

// state is the Follower's position, stored after the rows that it covers.
type state struct {
	Epoch  string `json:"epoch"`           // of the rows: other rows have another
	Round  int64  `json:"round"`           // the last round with all rows stored; grows, near the time in Unix ms
	Cursor string `json:"cursor"`          // of the feed
	At     int64  `json:"at"`              // Unix ms of storing
	Writer string `json:"writer"`          // the storing process
	Basis  string `json:"basis,omitempty"` // reference data and rules of all rows; "": rows of several
	Redo   string `json:"redo,omitempty"`  // the last request for a rebuild taken up
	Pass   *pass  `json:"pass,omitempty"`  // over all records, under way
	Ended  int64  `json:"ended,omitempty"` // Unix ms, of the last pass
}

// pass goes through all records.
type pass struct {
	Basis string `json:"basis"`
	After string `json:"after,omitempty"` // the last record done, or in a sweep the key of the last row
	Done  int64  `json:"done"`
	Of    int64  `json:"of"`
	Drop  int    `json:"drop,omitempty"`  // how many of derivedRows are still to be dropped, before the first record
	Fresh bool   `json:"fresh,omitempty"` // rows leading to records are missing: store all
	Mixed bool   `json:"mixed,omitempty"` // the reference data changed meanwhile: another pass follows
	Sweep bool   `json:"sweep,omitempty"` // all records are done: look for rows without a record
}

// request is a request for a rebuild, by the command.
type request struct {
	ID string `json:"id"`
}

// RequestRebuild has the Follower, in any process, drop the derived rows and evaluate all records anew, and returns the
// name of the request.
func RequestRebuild(ctx context.Context, s store.Store) (id string, err error) {
	id = rand.Text()
	return id, s.WriteSide(ctx, []store.SideRow{{Key: redoKey, Data: encode(request{id})}}, nil)
}

// errTaken: another process wrote rows in the meantime.
var errTaken = errors.New("doubts: another process keeps the rows")

// loadState reads the state. If another process wrote the state since this process did, both may have written rows from different
// readings: then all records are evaluated anew.
func (f *Follower) loadState(ctx context.Context) error {
	rows, err := f.cfg.Store.SideRows(ctx, stateKey, redoKey)
	if err != nil {
		return err
	}
	var now []byte
	var redo request
	for _, r := range rows {
		if r.Key == stateKey {
			now = r.Data
		} else {
			_ = json.Unmarshal(r.Data, &redo) // no request can be read: there is none
		}
	}
	if f.stored != nil && !bytes.Equal(now, f.stored) {
		f.cfg.Log.Warn("doubts", "err", errTaken)
		f.forget()
		if err := f.read(ctx, now); err != nil {
			return err
		}
		f.state.Basis, f.state.Pass = "", nil
		return f.saveState(ctx, nil)
	}
	if f.state == nil {
		if err := f.read(ctx, now); err != nil {
			return err
		}
	}
	if redo.ID != "" && redo.ID != f.state.Redo {
		f.state.Redo, f.state.Basis = redo.ID, ""
		f.state.Pass = &pass{Basis: f.basis, Drop: len(derivedRows), Fresh: true}
		return f.saveState(ctx, nil)
	}
	return nil
}

// read takes up the stored state. Without a readable state everything begins anew, from the end of the feed: a pass over
// all records finds everything before.
func (f *Follower) read(ctx context.Context, data []byte) error {
	s := new(state)
	if json.Unmarshal(data, s) == nil && s.Epoch != "" {
		f.state, f.stored = s, data
		return nil
	}
	f.state = &state{Epoch: rand.Text()}
	return f.toEndOfFeed(ctx)
}

// feedSkip is the number of frames passed over at once.
const feedSkip = 500

// toEndOfFeed moves the cursor behind all frames, and asks for a pass.
func (f *Follower) toEndOfFeed(ctx context.Context) error {
	f.state.Basis, f.state.Pass, f.state.Cursor = "", nil, ""
	for {
		page, err := f.cfg.Store.Feed(ctx, f.state.Cursor, "", feedSkip)
		if err != nil {
			return err
		}
		f.state.Cursor = page.Next
		if !page.More {
			return f.saveState(ctx, nil)
		}
	}
}

// saveState stores the state, and deletes the rows of settled work.
func (f *Follower) saveState(ctx context.Context, gone []string) error {
	f.state.At, f.state.Writer = f.cfg.Now().UnixMilli(), f.name
	data := encode(f.state)
	if err := f.cfg.Store.WriteSide(ctx, []store.SideRow{{Key: stateKey, Data: data}}, gone); err != nil {
		f.forget() // stored or not
		return err
	}
	f.stored = data
	return nil
}
