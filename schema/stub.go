package schema

import "io/fs"

func load(fs.FS) (*Schema, error) { return nil, nil }
func (k *Kind) decode(fields []byte) (Values, Faults) { panic("being written") }
func (k *Kind) CheckCreate(v Values, imported bool) Faults { panic("being written") }
func (k *Kind) CheckAmend(v Values, imported bool) Faults { panic("being written") }
func (k *Kind) CheckState(v Values) Faults { panic("being written") }
func (k *Kind) NaturalKey(v Values, day int32) (key string, ok bool) { panic("being written") }
func (k *Kind) Parse(field, text string) (Value, *Fault) { panic("being written") }
func (k *Kind) Encode(v Values) []byte { panic("being written") }
func (k *Kind) JSONSchema(s *Schema) []byte { panic("being written") }
func ListOf(v Value) []string { panic("being written") }
