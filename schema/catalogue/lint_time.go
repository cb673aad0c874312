package catalogue

import (
	"regexp"
	"slices"

	"roadbook/schema"
)

// handling matches words for a matter's whole course, to its end.
var handling = regexp.MustCompile(`处置|处理|办理|办结`)

// stopsEarly: the row speaks of handling a matter, and its mean time ends before the last step that the kind records.
func stopsEarly(c *Catalogue, i *Indicator) (steps schema.Text, holds bool) {
	if i.Formula == nil || i.Formula.Kind != Mean || !handling.MatchString(i.L3+i.Desc) {
		return steps, false
	}
	for _, t := range i.Formula.Numerator {
		if m, ok := c.MeasureOf(t.Measure); ok {
			for _, p := range m.Parts {
				if p.stepsLeft.ZH != "" {
					return p.stepsLeft, true
				}
			}
		}
	}
	return steps, false
}

// duration matches an amount equal to the time from field 2 to field 1.
var duration = regexp.MustCompile(`^\s*(\w+)\s*-\s*(\w+)\s*$`)

// stepsAfter names the kind's times after the end of a measured time.
func stepsAfter(k *schema.Kind, add string) (steps schema.Text) {
	ends := duration.FindStringSubmatch(add)
	if ends == nil || !slices.Contains(k.Ordered, ends[2]) {
		return steps
	}
	at := slices.Index(k.Ordered, ends[1])
	if at < 0 {
		return steps
	}
	for _, name := range k.Ordered[at+1:] {
		if f, ok := k.Field(name); ok && steps.ZH == "" {
			steps = f.Label
		} else if ok {
			steps = concat(steps, schema.Text{ZH: "、", EN: ", "}, f.Label)
		}
	}
	return steps
}
