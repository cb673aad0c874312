package catalogue

import "roadbook/schema"

func load(data []byte, file string, s *schema.Schema) (*Catalogue, error) { panic("being written") }
func embedded(s *schema.Schema) ([]*Catalogue, error)                     { panic("being written") }
func (c *Catalogue) name() string                                         { panic("being written") }
