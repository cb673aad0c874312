package imports

import (
	"embed"
	"path"
	"strings"

	"roadbook/schema"
)

//go:embed mappings/*.yaml
var mappings embed.FS

// Embedded is a mapping of the program itself, by its name ("newhaven"). For an unknown name the error wraps
// fs.ErrNotExist.
func Embedded(s *schema.Schema, name string) (*Mapping, error) {
	file := name + ".yaml"
	data, err := mappings.ReadFile("mappings/" + file)
	if err != nil {
		return nil, err
	}
	return Load(data, file, s)
}

// EmbeddedNames lists the names for Embedded.
func EmbeddedNames() (names []string) {
	entries, _ := mappings.ReadDir("mappings") // compiled in
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), path.Ext(e.Name())))
	}
	return names
}
