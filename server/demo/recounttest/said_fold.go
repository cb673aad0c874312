package recounttest

import (
	"slices"
	"strconv"
)

// folded is the state of a record or an item.
type folded struct {
	id, kind string
	fields   map[string]string
	create   *Said // nil: not come
	void     bool
	complete bool
	whole    bool // as complete, but of an item that may stand on a record of another kind
	group    string
	items    []*folded
	ignored  []string // observations of another kind
}

// records folds all observations, by record.
func (c *Crowd) records() map[string]*folded {
	byRecord, standing := c.effective()
	out := map[string]*folded{}
	for id, all := range byRecord {
		out[id] = c.fold(id, c.withEffect(id, all, standing))
	}
	return out
}

func (c *Crowd) fold(id string, all []*Said) *folded {
	var own []*Said
	items := map[string][]*Said{}
	for _, s := range all {
		if s.Item == "" {
			own = append(own, s)
		} else {
			items[s.Item] = append(items[s.Item], s)
		}
	}
	r := c.foldOne(id, own)
	for item, about := range items {
		i := c.foldOne(item, about)
		i.complete = i.complete && r.kind == "accident" && i.kind == "casualty"
		r.items = append(r.items, i)
		if i.create != nil {
			r.ignored = append(r.ignored, i.ignored...)
		}
	}
	return r
}

// foldOne folds the observations of a single record or item, by register.
func (c *Crowd) foldOne(id string, all []*Said) *folded {
	r := &folded{id: id, fields: map[string]string{}}
	for _, s := range all {
		if s.ID == id && s.Act == "create" {
			r.create, r.kind = s, s.Kind
		}
	}
	writers := map[string][]*Said{}
	for _, s := range all {
		if (s.Act == "create" || s.Act == "amend") && s.Kind != r.kind {
			r.ignored = append(r.ignored, s.ID)
		}
		for _, name := range c.registersOf(s, r.kind) {
			writers[name] = append(writers[name], s)
		}
	}
	for register, by := range writers {
		c.apply(r, register, c.winner(by))
	}
	r.whole = r.create != nil && isWhole(r.kind, r.fields)
	r.complete = r.whole
	if r.group == "" {
		r.group = c.keyOf(r)
	}
	return r
}

// registersOf are the registers written by an observation.
func (c *Crowd) registersOf(s *Said, kind string) (names []string) {
	switch s.Act {
	case "void":
		return []string{"#void"}
	case "restore":
		if c.has(Restores) {
			return []string{"#void"}
		}
	case "link":
		if c.has(Links) {
			return []string{"#group"}
		}
	case "separate":
		if c.has(Separations) {
			return []string{"#group"}
		}
	case "create", "amend":
		if s.Kind != kind {
			return nil
		}
		for field := range s.Fields {
			if name := c.register(kind, field); !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

func (c *Crowd) apply(r *folded, register string, w *Said) {
	switch register {
	case "#void":
		r.void = w.Act == "void"
	case "#group":
		if r.group = w.Group; w.Act == "separate" {
			r.group = "alone|" + w.ID
		}
	default:
		for field := range w.Fields {
			if c.register(r.kind, field) != register {
				continue
			}
			r.fields[field] = c.value(w, field)
			if field == "occurred_at" && w.Auto {
				r.fields[field] = strconv.FormatInt(c.moment(w), 10)
			}
		}
	}
}

// winner is the latest of the writers not seen by another writer.
func (c *Crowd) winner(all []*Said) *Said {
	seen := map[string]bool{}
	for _, s := range all {
		for _, id := range s.Seen {
			seen[id] = c.has(Seen)
		}
	}
	var best *Said
	for _, s := range all {
		if !seen[s.ID] && (best == nil || c.compareStamps(s, best) > 0) {
			best = s
		}
	}
	return best
}

func (c *Crowd) register(kind, field string) string {
	if c.has(Coupled) {
		for _, names := range rulesOf[kind].coupled {
			if slices.Contains(names, field) {
				return names[0]
			}
		}
	}
	return field
}
