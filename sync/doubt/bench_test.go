package doubt

import (
	"fmt"
	"testing"

	"roadbook/schema"
)

// BenchmarkOfPlate finds the doubts of a plate that has none, as for nearly every line that a server takes.
func BenchmarkOfPlate(b *testing.B) {
	lists := map[string][]schema.Entry{schema.ListYear: {{Value: "2020"}}}
	for i := range 60 {
		lists[schema.ListUnit] = append(lists[schema.ListUnit], schema.Entry{Value: fmt.Sprintf("office-%d", i)})
	}
	ref := schema.NewReference(lists)
	v := view(obs(b, 'a', "plate", plate, 0))
	b.ReportAllocs()
	for b.Loop() {
		if ds := Of(Record{View: v}, sch, ref); len(ds) > 0 {
			b.Fatal(ds)
		}
	}
}
