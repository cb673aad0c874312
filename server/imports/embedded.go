package imports

import (
	"embed"
	"path"
	"strings"

	"roadbook/schema"
)

//go:embed mappings/*.yaml
var mappings embed.FS

// Embedded is a mapping that comes with the program, by its name ("newhaven"). The error wraps fs.ErrNotExist where
// there is none of that name.
func Embedded(s *schema.Schema, name string) (*Mapping, error) {
	file := name + ".yaml"
	data, err := mappings.ReadFile("mappings/" + file)
	if err != nil {
		return nil, err
	}
	return Load(data, file, s)
}

// EmbeddedNames lists them.
func EmbeddedNames() (names []string) {
	entries, _ := mappings.ReadDir("mappings") // it is compiled in
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), path.Ext(e.Name())))
	}
	return names
}
