package maker

import (
	"context"
	"encoding/json"
	"maps"
	"slices"

	"roadbook/client/localdb"
	"roadbook/client/typed"
	"roadbook/schema"
	"roadbook/sync/wire"
)

// form is the shape Form of maker.js: a draft as typed.
type form struct {
	Kind   string            `json:"kind"`
	Typed  map[string]string `json:"typed"`
	Record string            `json:"record,omitempty"`
	Share  []string          `json:"share,omitempty"`
}

type keepParams struct {
	ID   string `json:"id"`
	Form form   `json:"form"`
}

// draftOut is the shape Draft of maker.js.
type draftOut struct {
	ID      string          `json:"id"`
	Form    json.RawMessage `json:"form"`
	At      int64           `json:"at"`
	Officer string          `json:"officer"`
}

func (m *Maker) keepDraft(ctx context.Context, p keepParams) (any, error) {
	db, err := m.device()
	if err != nil {
		return nil, err
	}
	body, err := json.Marshal(p.Form)
	if err != nil {
		return nil, err
	}
	return nothing, db.KeepForm(ctx, localdb.Form{ID: p.ID, Officer: m.atWork(), Body: body})
}

func (m *Maker) drafts(ctx context.Context, _ json.RawMessage) (any, error) {
	db, err := m.device()
	if err != nil {
		return nil, err
	}
	forms, err := db.Forms(ctx)
	out := []draftOut{}
	for _, f := range forms {
		out = append(out, draftOut{f.ID, f.Body, f.At, f.Officer})
	}
	return out, err
}

type idParams struct {
	ID string `json:"id"`
}

func (m *Maker) dropDraft(ctx context.Context, p idParams) (any, error) {
	db, err := m.device()
	if err != nil {
		return nil, err
	}
	defer m.news.tell("drafts")
	return nothing, db.DropForm(ctx, p.ID)
}

// read reads a form's texts as a person meant them. An empty text is no value in a new record, and clears the field of another.
// All faults are returned together.
func (m *Maker) read(ctx context.Context, db *localdb.DB, f *form, act wire.Act) (d localdb.Draft, readings []typed.Reading, err error) {
	k, ok := m.schema().FindKind(f.Kind)
	if !ok {
		return d, nil, localdb.ErrUnknownKind
	}
	present, err := db.Present(ctx)
	if err != nil {
		return d, nil, err
	}
	d = localdb.Draft{Act: act, Kind: k.Name, Officer: m.atWork(), Share: f.Share}
	var faults schema.Faults
	for _, name := range slices.Sorted(maps.Keys(f.Typed)) {
		text := f.Typed[name]
		if act != wire.Amend && schema.CleanName(text) == "" {
			continue
		}
		field, whole, known := k.FindField(name)
		if known {
			name = field.Name
		}
		value, fault := k.ParseAt(present, name, text)
		if fault != nil {
			faults = append(faults, *fault)
			continue
		}
		d.Fields = d.Fields.With(name, value)
		if known {
			if r, show := typed.Note(field, text, value, whole, "zh"); show {
				readings = append(readings, r)
			}
		}
	}
	if f.Record != "" && act != wire.Amend {
		if owner, ok := ownerOf(k); ok {
			d.Fields = d.Fields.With(owner.Name, schema.Value{Type: schema.TypeRecord, S: f.Record})
		}
	}
	if len(faults) > 0 {
		return d, readings, faults
	}
	return d, readings, nil
}

// ownerOf is the field of an item's kind that names the record.
func ownerOf(k *schema.Kind) (*schema.Field, bool) {
	for _, f := range k.Fields {
		if f.Owner {
			return f, true
		}
	}
	return nil, false
}

// looked is the shape Looked of maker.js.
type looked struct {
	Values json.RawMessage `json:"values"`
	Read   []typed.Reading `json:"read"`
	Faults []faultOut      `json:"faults"`
	Doubts []localdb.Doubt `json:"doubts"`
}

func (m *Maker) look(ctx context.Context, f form) (any, error) {
	db, err := m.device()
	if err != nil {
		return nil, err
	}
	out := looked{Values: json.RawMessage("{}"), Read: []typed.Reading{}, Faults: []faultOut{}, Doubts: []localdb.Doubt{}}
	d, readings, err := m.read(ctx, db, &f, wire.Create)
	out.Read = append(out.Read, readings...)
	if k, ok := m.schema().Kind(d.Kind); ok {
		out.Values = k.Encode(d.Fields)
	}
	if err == nil {
		var r localdb.Record
		if r, err = db.Look(ctx, d); err == nil {
			out.Doubts = append(out.Doubts, r.Doubts...)
		}
	}
	if faults, ok := faultsOf(err); ok {
		out.Faults, err = faults, nil
	}
	return out, err
}

// savedOut is the shape Saved of maker.js.
type savedOut struct {
	ID     string          `json:"id"`
	Record string          `json:"record"`
	Item   string          `json:"item,omitempty"`
	Read   []typed.Reading `json:"read"`
	Doubts []localdb.Doubt `json:"doubts"`
}

type saveParams struct {
	Form  form   `json:"form"`
	Draft string `json:"draft,omitempty"` // the kept form behind it
}

func (m *Maker) save(ctx context.Context, p saveParams) (any, error) {
	return m.saveAs(ctx, wire.Create, "", p)
}

// saveAs saves a form. Once the line is on disk nothing keeps the answer from saying so.
func (m *Maker) saveAs(ctx context.Context, act wire.Act, id string, p saveParams) (any, error) {
	db, err := m.device()
	if err != nil {
		return nil, err
	}
	d, readings, err := m.read(ctx, db, &p.Form, act)
	if err != nil {
		return nil, err
	}
	d.ID, d.Form = id, p.Draft
	saved, err := db.Save(ctx, d)
	if err != nil {
		return nil, err
	}
	m.news.tell("records", "status", "drafts")
	return m.told(context.WithoutCancel(ctx), db, saved, readings), nil
}

// told is a saved observation with the record's open doubts. An error while looking is dropped: the line is saved, and an error
// would make people save the same again.
func (m *Maker) told(ctx context.Context, db *localdb.DB, saved localdb.Saved, readings []typed.Reading) savedOut {
	out := savedOut{saved.ID, saved.Record, saved.Item, append([]typed.Reading{}, readings...), []localdb.Doubt{}}
	if r, err := db.Show(ctx, saved.ID); err == nil {
		for _, d := range r.Doubts {
			if !d.Seen && (d.Item == "" || saved.Item == "" || d.Item == saved.Item) {
				out.Doubts = append(out.Doubts, d)
			}
		}
	}
	return out
}

type manyParams struct {
	Forms []form `json:"forms"`
}

// mostForms bounds the forms saved at once.
const mostForms = 2000

// saveMany saves all forms or none.
func (m *Maker) saveMany(ctx context.Context, p manyParams) (any, error) {
	db, err := m.device()
	if err != nil {
		return nil, err
	}
	if len(p.Forms) == 0 || len(p.Forms) > mostForms {
		return nil, errManyForms
	}
	drafts, readings := make([]localdb.Draft, len(p.Forms)), make([][]typed.Reading, len(p.Forms))
	for i := range p.Forms {
		if drafts[i], readings[i], err = m.read(ctx, db, &p.Forms[i], wire.Create); err != nil {
			return nil, &localdb.DraftError{Index: i, Err: err}
		}
	}
	saved, err := db.SaveAll(ctx, drafts)
	if err != nil {
		return nil, err
	}
	m.news.tell("records", "status")
	out := make([]savedOut, len(saved))
	for i := range saved {
		out[i] = m.told(context.WithoutCancel(ctx), db, saved[i], readings[i])
	}
	return out, nil
}

type amendParams struct {
	ID   string `json:"id"`
	Form form   `json:"form"`
}

func (m *Maker) amend(ctx context.Context, p amendParams) (any, error) {
	return m.saveAs(ctx, wire.Amend, p.ID, saveParams{Form: p.Form})
}

type reasonParams struct {
	ID     string `json:"id"`
	Reason string `json:"reason"`
}

func (m *Maker) void(ctx context.Context, p reasonParams) (any, error) {
	if schema.CleanName(p.Reason) == "" {
		return nil, errReason
	}
	return m.saveAct(ctx, wire.Void, p)
}

func (m *Maker) restore(ctx context.Context, p reasonParams) (any, error) {
	return m.saveAct(ctx, wire.Restore, p)
}

// saveAct saves an act without fields.
func (m *Maker) saveAct(ctx context.Context, act wire.Act, p reasonParams) (any, error) {
	db, err := m.device()
	if err != nil {
		return nil, err
	}
	saved, err := db.Save(ctx, localdb.Draft{Act: act, ID: p.ID, Reason: p.Reason, Officer: m.atWork()})
	if err != nil {
		return nil, err
	}
	m.news.tell("records", "status")
	return m.told(context.WithoutCancel(ctx), db, saved, nil), nil
}
