package main

import (
	"errors"
	"slices"
	"strings"

	"roadbook/client/localdb"
	"roadbook/client/station"
	"roadbook/client/typed"
	"roadbook/schema"
	"roadbook/sync/wire"
)

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
func (e *env) recordNamed(s *station.Station, f *schema.Field, text string) (string, error) {
	if _, err := wire.ParseObsID(schema.CleanName(text)); err == nil || schema.CleanName(text) == "" {
		return text, nil
	}
	_, r, err := e.resolve(s, text)
	if errors.Is(err, localdb.ErrUnknownRecord) {
		return text, nil
	}
	if err == nil {
		e.readings = append(e.readings, typed.Reading{Field: f.Name, Typed: schema.CleanName(text), Read: r.View.Record + "  " + e.recordWords(s.DB.Schema(), &r), Label: f.Label})
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

// noteReading remembers how a text was read, to show after saving.
func (e *env) noteReading(f *schema.Field, text string, v schema.Value, whole bool) {
	if r, ok := typed.Note(f, text, v, whole, e.Lang); ok {
		e.readings = append(e.readings, r)
	}
}

// printReadings tells how the program read what the person typed.
func (e *env) printReadings() {
	for _, r := range e.readings {
		e.note(schema.Text{ZH: "“%s”记为 %s", EN: "“%s” is taken as %s"}, r.Label.In(e.Lang), r.Read)
	}
}

type pairError string

func (p pairError) Error() string {
	return string(p) + ": 应写成 字段=值，值中有空格的整体加引号 / write field=value, quoted if the value has a space"
}
