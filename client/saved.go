package main

import (
	"context"
	"errors"
	"io"

	"roadbook/client/localdb"
	"roadbook/client/station"
	"roadbook/client/typed"
	"roadbook/schema"
	"roadbook/sync/wire"
)

// savedOut is a saved observation, as JSON.
type savedOut struct {
	ID      string          `json:"id"` // of the observation
	Record  string          `json:"record"`
	Item    string          `json:"item,omitempty"`
	Waiting *int64          `json:"waiting,omitempty"` // absent if counting failed
	About   string          `json:"about,omitempty"`   // what was amended, voided or restored, in words
	Read    []typed.Reading `json:"read,omitempty"`    // values read from other texts

	Doubts []localdb.Doubt `json:"doubts,omitempty"`
}

// errInterrupted: a person or the system ended the command before its commit.
var errInterrupted = errors.New("client: interrupted, not saved")

// unprintedError: the draft is saved, and printing its id failed.
type unprintedError struct {
	saved localdb.Saved
	error // of the output
}

// unsureError: the disk failed during the commit, and the draft may or may not be saved.
type unsureError struct {
	saved localdb.Saved
	error
}

func (e unsureError) Unwrap() error { return e.error }

// saveDraft saves one draft in the officer's name. After the commit no interruption keeps the id from being printed: a
// person without an id would log the same accident again, and the accident would count twice.
func (e *env) saveDraft(draft func(*station.Station) (localdb.Draft, error)) error {
	err := e.withStation("", func(s *station.Station) error {
		officer, err := e.authenticate(s.DB)
		if err != nil {
			return err
		}
		d, err := draft(s)
		if err != nil {
			return err
		}
		d.Officer = officer
		saved, err := s.DB.Save(e.ctx, d)
		if errors.Is(err, localdb.ErrUnsure) {
			return unsureError{saved, err}
		}
		if err != nil {
			return err
		}
		return e.printSaved(context.WithoutCancel(e.ctx), s.DB, saved)
	})
	if errors.Is(err, context.Canceled) {
		return errInterrupted // before the commit: no interruption takes effect later
	}
	return err
}

// printSaved prints the id first, then the number of waiting lines and warnings.
func (e *env) printSaved(ctx context.Context, db *localdb.DB, saved localdb.Saved) error {
	if !e.JSON {
		e.print("%s\n", saved.Subject())
	}
	var waiting *int64 // nil: counting failed, though the draft is saved
	if n, err := db.Waiting(ctx); err == nil {
		waiting = &n
	}
	r, err := db.Show(ctx, saved.ID)
	known := err == nil // an error while looking is dropped: the line is saved, and an error would make people log the same again
	doubts := doubtsAtSaving(&r, saved)
	if e.JSON {
		_ = e.printJSON(savedOut{saved.ID, saved.Record, saved.Item, waiting, e.about, e.readings, doubts}) // e.out keeps the error
	}
	if e.out.err != nil {
		return unprintedError{saved, e.out.err}
	}
	if e.JSON {
		return nil
	}
	if waiting != nil {
		e.note(schema.Text{ZH: "已保存，待同步 %d 条", EN: "saved, %d waiting to be synced"}, *waiting)
	}
	if e.about != "" {
		e.note(schema.Text{ZH: "对象：%s", EN: "about: %s"}, e.about)
	}
	e.printReadings()
	if known {
		e.warnOfOddRecord(&r, saved)
		e.noteDoubts(doubts)
	}
	return nil
}

// warnOfOddRecord warns if the saved line speaks about an unknown or void record: the person may have meant another
// one.
func (e *env) warnOfOddRecord(r *localdb.Record, saved localdb.Saved) {
	last := r.Observations[len(r.Observations)-1].Line.Act
	switch {
	case r.View.Kind == "":
		e.note(schema.Text{ZH: "注意：本机没有编号为 %s 的记录。请核对编号；有误时用 client void 作废本条后重新登记",
			EN: "note: this device has not seen record %s. Check the id; if it is wrong, take this back with client void and log again"}, saved.Record)
	case r.View.Void && last == wire.Amend:
		e.note(schema.Text{ZH: "注意：这条记录已作废，不计数；client restore %s 撤销作废",
			EN: "note: this record is void and does not count; client restore %s takes the void back"}, saved.Record)
	}
}

// firstErrorWriter is the standard output, and keeps the first write error, as of a pipe without a reader or a full
// disk. The command then fails, though its work is done.
type firstErrorWriter struct {
	w   io.Writer
	err error
}

func (s *firstErrorWriter) Write(b []byte) (n int, err error) {
	if s.err == nil {
		n, s.err = s.w.Write(b)
	}
	return n, s.err
}

// outputError: the command did its work, and printing the result failed.
type outputError struct{ error }

// explainSaveError explains the errors of this file. ok is false for any other error.
func explainSaveError(err error) (f failure, ok bool) {
	var untold unprintedError
	var unsure unsureError
	var output outputError
	switch {
	case errors.As(err, &untold):
		id, why := untold.saved.Subject(), untold.Error()
		return failure{exitUnprinted, "untold", schema.Text{
			ZH: "已保存，但编号没能写到输出（" + why + "）。编号是 " + id + "。请勿重复登记",
			EN: "saved, but its id could not be written to the output (" + why + "). The id is " + id + ". Do not say it again"}}, true
	case errors.As(err, &unsure):
		return failure{exitUnexpected, "unsure", schema.Text{
			ZH: "磁盘出错，不能确定本次内容是否已保存。先不要重新登记：请运行 client show " + unsure.saved.ID + "，查不到时再登记",
			EN: "the disk failed, and it is not certain whether this was saved. Before you say it again run client show " +
				unsure.saved.ID + "; say it again only if that finds nothing"}}, true
	case errors.As(err, &output):
		return failure{exitUnprinted, "untold", schema.Text{
			ZH: "命令已执行，但结果没能全部写到输出（" + output.Error() + "）",
			EN: "done, but the result could not be written to the output (" + output.Error() + ")"}}, true
	case errors.Is(err, errInterrupted):
		return failure{exitUnexpected, "interrupted", schema.Text{
			ZH: "已中断，本次内容未保存", EN: "interrupted: this was not saved"}}, true
	}
	return f, false
}

// savedDespite returns the draft saved, or possibly saved, by a failed command; nil: none.
func savedDespite(err error) *savedOut {
	var untold unprintedError
	var unsure unsureError
	var s localdb.Saved
	switch {
	case errors.As(err, &untold):
		s = untold.saved
	case errors.As(err, &unsure):
		s = unsure.saved
	default:
		return nil
	}
	return &savedOut{ID: s.ID, Record: s.Record, Item: s.Item}
}
