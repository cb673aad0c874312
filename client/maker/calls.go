package maker

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"time"

	"roadbook/client/localdb"
)

// need is the standing required for a call.
type need int

const (
	anybody  need = iota // before the PIN too: nothing of a record is told
	atWork               // an officer is at work, or the device has none
	enrolled             // atWork, on an enrolled device
)

// call is a method of the maker interface: its need, most bytes of its parameters, and its work.
type call struct {
	need need
	most int64
	do   func(m *Maker, ctx context.Context, params json.RawMessage) (any, error)
}

// Bounds of parameters, in bytes: of a call, of a call with many forms, of a file.
const (
	fewBytes  = 128 << 10
	manyBytes = 4 << 20
	fileBytes = 64 << 20
)

// callTime bounds a call.
const callTime = 30 * time.Second

// calls are the methods of client/field/maker.js by name. subscribe is the stream of news.
var calls map[string]call

func init() { //nolint:gochecknoinits // the methods refer to the table's functions
	calls = map[string]call{
		"hello":        {anybody, fewBytes, (*Maker).hello},
		"chooseWord":   {anybody, fewBytes, with((*Maker).callChooseWord)},
		"inspect":      {anybody, fewBytes, with((*Maker).inspect)},
		"enrol":        {anybody, fewBytes, with((*Maker).enrol)},
		"confirm":      {atWork, fewBytes, with((*Maker).confirm)},
		"setPIN":       {anybody, fewBytes, with((*Maker).setPIN)},
		"unlock":       {anybody, fewBytes, with((*Maker).unlockOfficer)},
		"lock":         {anybody, fewBytes, (*Maker).lock},
		"rules":        {anybody, fewBytes, with((*Maker).rules)},
		"reference":    {atWork, fewBytes, (*Maker).reference},
		"keepDraft":    {atWork, fewBytes, with((*Maker).keepDraft)},
		"drafts":       {atWork, fewBytes, (*Maker).drafts},
		"dropDraft":    {atWork, fewBytes, with((*Maker).dropDraft)},
		"look":         {enrolled, fewBytes, with((*Maker).look)},
		"save":         {enrolled, fewBytes, with((*Maker).save)},
		"saveMany":     {enrolled, manyBytes, with((*Maker).saveMany)},
		"amend":        {enrolled, fewBytes, with((*Maker).amend)},
		"void":         {enrolled, fewBytes, with((*Maker).void)},
		"restore":      {enrolled, fewBytes, with((*Maker).restore)},
		"list":         {enrolled, fewBytes, with((*Maker).list)},
		"show":         {enrolled, fewBytes, with((*Maker).show)},
		"totals":       {enrolled, fewBytes, (*Maker).totals},
		"status":       {anybody, fewBytes, (*Maker).status},
		"sync":         {atWork, fewBytes, (*Maker).sync},
		"exportBundle": {enrolled, fewBytes, (*Maker).exportBundle},
		"applyBundle":  {enrolled, fileBytes, with((*Maker).applyBundle)},
	}
}

// with decodes the parameters, strictly: a slip in a name is refused.
func with[P any](do func(*Maker, context.Context, P) (any, error)) func(*Maker, context.Context, json.RawMessage) (any, error) {
	return func(m *Maker, ctx context.Context, params json.RawMessage) (any, error) {
		var p P
		in := json.NewDecoder(bytes.NewReader(params))
		in.DisallowUnknownFields()
		if err := in.Decode(&p); err != nil {
			return nil, errParameters
		}
		return do(m, ctx, p)
	}
}

// answer answers a call whose origin and token are known to be right.
func (m *Maker) answer(w http.ResponseWriter, r *http.Request, name string) {
	c, ok := calls[name]
	if !ok {
		writeError(w, errNoCall)
		return
	}
	params, err := io.ReadAll(http.MaxBytesReader(w, r.Body, c.most))
	if err != nil {
		writeError(w, errTooLarge)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), callTime)
	defer cancel()
	if err := m.admit(ctx, c.need); err != nil {
		writeError(w, err)
		return
	}
	out, err := c.do(m, ctx, params)
	if err != nil {
		m.cfg.Log.Info("call", "name", name, "err", err)
		writeError(w, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(out) // a reader that left
}

// admit checks a call's need, and ends the shift of an officer idle for too long.
func (m *Maker) admit(ctx context.Context, n need) error {
	now := m.cfg.Now()
	m.mu.Lock()
	if m.open && m.officer != "" && now.Sub(m.last) > m.cfg.Idle {
		m.open, m.officer = false, ""
	}
	open := m.open
	if n != anybody && open {
		m.last = now
	}
	m.mu.Unlock()
	if n == anybody {
		return nil
	}
	db, err := m.device()
	if err != nil {
		return err
	}
	if n == enrolled {
		if _, err := db.Identity(ctx); err != nil {
			return err
		}
	}
	if open {
		return nil
	}
	names, err := db.Officers(ctx)
	if err != nil {
		return err
	}
	if len(names) > 0 {
		return localdb.ErrPINNeeded
	}
	return nil
}
