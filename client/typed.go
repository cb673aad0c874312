package main

import (
	"errors"
	"slices"
	"strings"

	"roadbook/client/localdb"
	"roadbook/client/station"
	"roadbook/schema"
	"roadbook/sync/clock"
	"roadbook/sync/wire"
)

// reading is a value as the program read it, where the person typed another text: 昨天 22:10 as a date.
type reading struct {
	Field string `json:"field"`
	Typed string `json:"typed"`
	Read  string `json:"read"`

	label schema.Text
}

// parseFields reads field=value pairs as typed, and remembers the readings to show after saving. All faults are
// returned together; an empty value clears the field.
func (e *env) parseFields(s *station.Station, k *schema.Kind, pairs []string) (v schema.Values, _ error) {
	present, err := s.DB.Present(e.ctx)
	if err != nil {
		return nil, err
	}
	var faults schema.Faults
	for _, pair := range pairs {
		name, text, ok := strings.Cut(pair, "=")
		if !ok {
			return nil, usageError{pairError(pair)}
		}
		f, whole, known := k.FindField(name)
		if known {
			name = f.Name
		}
		if known && f.Type == schema.TypeRecord {
			if text, err = e.recordNamed(s, f, text); err != nil {
				return nil, err
			}
		}
		value, fault := k.ParseAt(present, name, text)
		if fault != nil {
			faults = append(faults, *fault)
			continue
		}
		v = v.With(name, value)
		e.noteReading(f, text, value, whole)
	}
	if len(faults) > 0 {
		return nil, kindFaults{faults, k}
	}
	return v, nil
}

// recordNamed is the whole id of the record that a person means in a field; a text that stands for none is returned unchanged.
func (e *env) recordNamed(s *station.Station, f *schema.Field, typed string) (string, error) {
	if _, err := wire.ParseObsID(schema.CleanName(typed)); err == nil || schema.CleanName(typed) == "" {
		return typed, nil
	}
	_, r, err := e.resolve(s, typed)
	if errors.Is(err, localdb.ErrUnknownRecord) {
		return typed, nil
	}
	if err == nil {
		e.readings = append(e.readings, reading{f.Name, schema.CleanName(typed), r.View.Record + "  " + e.recordWords(s.DB.Schema(), &r), f.Label})
	}
	return r.View.Record, err
}

// kindFaults are the faults of typed fields of a kind.
type kindFaults struct {
	schema.Faults
	kind *schema.Kind
}

func (f kindFaults) Unwrap() error { return f.Faults }

// unknownKindError names the kinds that a person may have meant.
type unknownKindError struct{ words schema.Text }

func (unknownKindError) Error() string { return localdb.ErrUnknownKind.Error() }

func (u unknownKindError) failure() failure {
	return failure{exitUsage, "unknown_kind", schema.Text{ZH: u.words.ZH + "。client kinds 列出全部", EN: u.words.EN + ": client kinds lists all"}}
}

// findKind finds a kind as a person names it.
func findKind(s *schema.Schema, name string) (*schema.Kind, error) {
	if k, ok := s.FindKind(name); ok {
		return k, nil
	}
	return nil, unknownKindError{s.UnknownKind(name)}
}

// hint says where all fields and codes of the kind stand, if an unknown name is among the faults.
func (f kindFaults) hint() (hint schema.Text, ok bool) {
	ok = slices.ContainsFunc(f.Faults, func(x schema.Fault) bool { return x.Code == schema.FaultUnknown || x.Code == schema.FaultCode })
	return schema.Text{ZH: "client kinds " + f.kind.Label.ZH + " 列出全部字段和代码", EN: "client kinds " + f.kind.Name + " lists all fields and codes"}, ok
}

// noteReading remembers how a time or day was read, unless the person typed just that, and a number whose unit of measure
// the person left out (not whole).
func (e *env) noteReading(f *schema.Field, typed string, v schema.Value, whole bool) {
	typed = schema.CleanName(typed)
	plain := strings.TrimSuffix(strings.Replace(typed, "T", " ", 1), "+08:00")
	var read string
	switch v.Type {
	case schema.TypeTime:
		read = formatTime(v.I)
	case schema.TypeDay:
		read = clock.Day(v.I).String()
	case schema.TypeText:
		e.noteSuggested(f, typed, v.S)
	case schema.TypeInt, schema.TypeDecimal:
		if !whole {
			e.readings = append(e.readings, reading{f.Name, typed, strings.Trim(string(schema.AppendJSON(nil, v)), `"`), f.Label})
		}
	}
	if minute := strings.TrimSuffix(read, ":00"); read != "" && plain != read && plain != minute {
		e.readings = append(e.readings, reading{f.Name, typed, minute, f.Label})
	}
}

// noteSuggested tells which code words were taken for. A code in no table is a doubt, told beside the saved record.
func (e *env) noteSuggested(f *schema.Field, typed, code string) {
	words := f.InWords(schema.Value{Type: schema.TypeText, S: code}).In(e.Lang)
	if f.Suggest != "" && code != "" && typed != code {
		e.readings = append(e.readings, reading{f.Name, typed, words, f.Label})
	}
}

// printReadings tells how the program read what the person typed.
func (e *env) printReadings() {
	for _, r := range e.readings {
		e.note(schema.Text{ZH: "“%s”记为 %s", EN: "“%s” is taken as %s"}, r.label.In(e.Lang), r.Read)
	}
}

type pairError string

func (p pairError) Error() string {
	return string(p) + ": 应写成 字段=值，值中有空格的整体加引号 / write field=value, quoted if the value has a space"
}
