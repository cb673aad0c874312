package schema

import "slices"

// Known holds the fields of a program by kind: names as in lines, sorted.
type Known map[string][]string

// Known lists all kinds and fields.
func (s *Schema) Known() Known { return s.knownSince(1 << 30) }

// KnownAtFirst lists the kinds and fields of the first version: every server knows these, also a server without a statement.
func (s *Schema) KnownAtFirst() Known { return s.knownSince(1) }

func (s *Schema) knownSince(version int) Known {
	known := Known{}
	for _, k := range s.kinds {
		if k.Since > version {
			continue
		}
		names := []string{}
		for _, f := range k.Fields {
			if f.Since <= version && !f.Owner {
				names = append(names, f.Name)
			}
		}
		slices.Sort(names)
		known[k.Name] = names
	}
	return known
}

// Field reports whether the field of the kind is known.
func (n Known) Field(kind, field string) bool {
	_, ok := slices.BinarySearch(n[kind], field)
	return ok
}
