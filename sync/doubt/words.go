package doubt

import (
	"strings"

	"roadbook/schema"
)

// Text is the doubt in words. name calls the other record by words for people, such as its plate and unit; nil: by its id.
func (d *Doubt) Text(day string, name func(Neighbour) schema.Text) schema.Text {
	other := schema.Text{ZH: d.Other.Record, EN: d.Other.Record}
	if name != nil && d.Other.Record != "" {
		other = name(d.Other)
	}
	if d.Other.Record != "" {
		day = d.Other.Day
	}
	return schema.Text{
		ZH: d.fill(d.Rule.Text.ZH, other.ZH, day, schema.NothingNear.ZH),
		EN: d.fill(d.Rule.Text.EN, other.EN, day, schema.NothingNear.EN),
	}
}

func (d *Doubt) fill(text, other, day, none string) string {
	near := make([]string, len(d.Near))
	for i, e := range d.Near {
		near[i] = e.Value
		if e.Label != "" && e.Label != e.Value {
			near[i] += " " + e.Label
		}
	}
	if len(near) == 0 {
		near = []string{none}
	}
	return strings.NewReplacer("{value}", d.Value, "{near}", strings.Join(near, "、"), "{record}", other, "{unit}", d.Other.Unit, "{day}", day).Replace(text)
}
