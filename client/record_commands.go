package main

import (
	"errors"
	"slices"

	"roadbook/client/localdb"
	"roadbook/client/station"
	"roadbook/schema"
	"roadbook/sync/wire"
)

// fieldFlags are the field values of a command, in either form.
type fieldFlags struct {
	Values []string `arg:"" optional:"" name:"字段=值" help:"登记的内容，可多个，例如 号牌号码=冀F12345；值中有空格的整体加引号 / the content: field=value, repeatable; quote a pair with a space"`
	Set    []string `placeholder:"字段=值" sep:"none" help:"同上，可多次；更正时“字段=”清除该字段 / the same, repeatable; in an amendment “field=” clears it"`
}

func (f *fieldFlags) pairs() []string { return slices.Concat(f.Values, f.Set) }

// shareFlags are the flags of commands that may share a record.
type shareFlags struct {
	Share []string `placeholder:"单位" help:"与该单位共享：该单位也可更正这条记录，可多次 / share with a unit, which may then amend the record too; repeatable"`
}

type logCmd struct {
	Kind string `arg:"" help:"种类，见 client kinds / kind, see client kinds"`
	fieldFlags
	shareFlags
}

// Run logs one observation and prints the id for later commands.
func (c *logCmd) Run(e *env) error {
	return e.saveDraft(func(s *station.Station) (localdb.Draft, error) {
		k, err := findKind(s.DB.Schema(), c.Kind)
		if err != nil {
			return localdb.Draft{}, err
		}
		fields, err := e.parseFields(s, k, c.pairs())
		return localdb.Draft{Kind: k.Name, Fields: fields, Share: c.Share}, err
	})
}

type amendCmd struct {
	ID string `arg:"" help:"${id}"`
	fieldFlags
	shareFlags
}

// Run amends a record or an item.
func (c *amendCmd) Run(e *env) error {
	return e.saveDraft(func(s *station.Station) (localdb.Draft, error) {
		id, r, err := e.resolve(s, c.ID)
		if err != nil {
			return localdb.Draft{}, err
		}
		e.about = e.subjectWords(s.DB.Schema(), &r, id)
		k, ok := s.DB.Schema().Kind(kindOfID(&r, id))
		if !ok {
			return localdb.Draft{}, localdb.ErrUnknownRecord
		}
		fields, err := e.parseFields(s, k, c.pairs())
		return localdb.Draft{Act: wire.Amend, ID: id, Fields: fields, Share: c.Share}, err
	})
}

// kindOfID returns the kind of the observation with this id, or else the record's.
func kindOfID(r *localdb.Record, id string) string {
	for _, s := range r.Observations {
		if s.ID.String() == id {
			return s.Line.Kind
		}
	}
	return r.View.Kind
}

type voidCmd struct {
	ID     string `arg:"" help:"${id}"`
	Reason string `required:"" help:"作废原因 / why"`
}

// Run voids a record or an item.
func (c *voidCmd) Run(e *env) error {
	if schema.CleanName(c.Reason) == "" {
		return usageError{errors.New(schema.Text{ZH: "--reason 不能为空，请写明作废原因", EN: "--reason is empty: say why"}.In(e.Lang))}
	}
	return e.saveDraft(func(s *station.Station) (localdb.Draft, error) {
		return e.draftAbout(s, wire.Void, c.ID, c.Reason)
	})
}

type restoreCmd struct {
	ID     string `arg:"" help:"${id}"`
	Reason string `help:"原因 / why"`
}

// Run takes a void back.
func (c *restoreCmd) Run(e *env) error {
	return e.saveDraft(func(s *station.Station) (localdb.Draft, error) {
		return e.draftAbout(s, wire.Restore, c.ID, c.Reason)
	})
}

// draftAbout drafts an act without fields about the record or item that a person means.
func (e *env) draftAbout(s *station.Station, act wire.Act, typed, reason string) (localdb.Draft, error) {
	id, r, err := e.resolve(s, typed)
	if err == nil {
		e.about = e.subjectWords(s.DB.Schema(), &r, id)
	}
	return localdb.Draft{Act: act, ID: id, Reason: reason}, err
}
