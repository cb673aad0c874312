package main

import (
	"strings"

	"roadbook/client/station"
	"roadbook/schema"
	"roadbook/sync/clock"
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
		f, known := findField(k, name)
		switch {
		case known && schema.CleanName(text) == "":
			v = v.With(f.Name, schema.Value{})
			continue
		case known:
			name = f.Name
		}
		value, fault := k.ParseAt(present, name, text)
		if fault != nil {
			faults = append(faults, *fault)
			continue
		}
		v = v.With(name, value)
		e.noteReading(f, text, value)
	}
	if len(faults) > 0 {
		return nil, faults
	}
	return v, nil
}

// noteReading remembers how a time or day was read, unless the person typed just that.
func (e *env) noteReading(f *schema.Field, typed string, v schema.Value) {
	typed = schema.CleanName(typed)
	plain := strings.TrimSuffix(strings.Replace(typed, "T", " ", 1), "+08:00")
	var read string
	switch v.Type {
	case schema.TypeTime:
		read = formatTime(v.I)
	case schema.TypeDay:
		read = clock.Day(v.I).String()
	}
	if minute := strings.TrimSuffix(read, ":00"); read != "" && plain != read && plain != minute {
		e.readings = append(e.readings, reading{f.Name, typed, minute, f.Label})
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
	return "--set " + string(p) + ": 应写成 字段=值 / write field=value"
}
