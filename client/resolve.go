package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"roadbook/client/localdb"
	"roadbook/client/station"
	"roadbook/schema"
)

// ambiguousError: an abbreviated id stands for several records. The rows describe them.
type ambiguousError struct {
	typed string
	rows  []string
	more  bool
}

func (ambiguousError) Error() string { return "client: an abbreviated id stands for several records" }

func (a ambiguousError) failure() failure {
	return failure{exitUsage, "ambiguous_record", schema.Text{
		ZH: "编号“" + a.typed + "”不止一条记录，请多写几位或写全，未作更改：",
		EN: "the id “" + a.typed + "” stands for several records, nothing was changed; write more of it:"}}
}

func (a ambiguousError) print(w io.Writer) {
	for _, row := range a.rows {
		fmt.Fprintln(w, "  "+row)
	}
	if a.more {
		fmt.Fprintln(w, "  …")
	}
}

// resolve finds the record or item that a person means by a whole or abbreviated id, and describes what is meant.
func (e *env) resolve(s *station.Station, typed string) (id string, r localdb.Record, err error) {
	id, err = s.DB.Resolve(e.ctx, typed)
	if several, ok := errors.AsType[*localdb.AmbiguousError](err); ok {
		return "", r, e.describeCandidates(s, typed, several)
	}
	if err != nil {
		return "", r, err
	}
	r, err = s.DB.Show(e.ctx, id)
	return id, r, err
}

func (e *env) describeCandidates(s *station.Station, typed string, several *localdb.AmbiguousError) error {
	a := ambiguousError{typed: schema.CleanName(typed), more: several.More}
	for _, id := range several.Subjects {
		r, err := s.DB.Show(e.ctx, id)
		if err != nil {
			return err
		}
		a.rows = append(a.rows, id+"  "+e.subjectWords(s.DB.Schema(), &r, id))
	}
	return a
}

// subjectWords describes a record, or the item of this id, by its day, kind and signs.
func (e *env) subjectWords(sch *schema.Schema, r *localdb.Record, id string) string {
	for i := range r.View.Items {
		if it := &r.View.Items[i]; it.ID.String() == id {
			return e.signsOf(sch, it.Kind, it.Fields) + schema.Text{ZH: "，属于 ", EN: ", of "}.In(e.Lang) + e.recordWords(sch, r)
		}
	}
	return e.recordWords(sch, r)
}

// recordWords are the day, the kind and the signs of a record.
func (e *env) recordWords(sch *schema.Schema, r *localdb.Record) string {
	day := "—"
	if r.View.Day != 0 {
		day = r.View.Day.String()
	}
	return day + "  " + e.signsOf(sch, r.View.Kind, r.View.Fields)
}

func (e *env) signsOf(sch *schema.Schema, kind string, v schema.Values) string {
	k, ok := sch.Kind(kind)
	if !ok { // the record's first line is not on this device, or of a later version
		return strings.TrimSpace(kind + schema.Text{ZH: "本机未见的记录", EN: "record not seen here"}.In(e.Lang))
	}
	words := []string{k.Label.In(e.Lang)}
	for _, sign := range k.Signs(v) {
		words = append(words, sign.In(e.Lang))
	}
	return strings.Join(words, " ")
}
