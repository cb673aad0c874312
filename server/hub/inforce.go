package hub

import (
	"context"
	"fmt"

	"roadbook/schema/catalogue"
	"roadbook/server/query"
	"roadbook/sync/tally"
)

// inForce holds the catalogues by which the server answers and counts. A publication replaces the whole.
type inForce struct {
	catalogues []*catalogue.Catalogue
	current    *catalogue.Catalogue // for new observations
	counter    *tally.Counter
	clashes    []catalogue.Clash
	revision   int64 // of the list of published catalogues
}

// readInForce loads the program's catalogues, the published ones and the configuration's. Measures that disagree are
// counted apart: published data never keep a server from starting.
func (h *Hub) readInForce(ctx context.Context) (*inForce, error) {
	_, entry, err := readPublished(ctx, h.store) // before the catalogues: a later publication has a later revision
	if err != nil {
		return nil, err
	}
	cats, err := Catalogues(ctx, h.store, h.schema)
	if err != nil {
		return nil, err
	}
	if h.cfg.Catalogues != nil {
		more, demo, err := h.cfg.Catalogues(ctx, h.store, h.schema)
		if err != nil {
			return nil, err
		}
		cats = append(cats, more...)
		for _, c := range cats {
			c.Demo = c.Demo || demo
		}
	}
	clashes := catalogue.Separate(cats)
	return &inForce{cats, catalogue.Current(cats), tally.NewCounter(cats...), clashes, entry.Rev}, nil
}

// names lists the catalogues' names, the current catalogue first.
func (f *inForce) names() []string {
	out := []string{f.current.Name()}
	for _, c := range f.catalogues {
		if c != f.current {
			out = append(out, c.Name())
		}
	}
	return out
}

func (f *inForce) known() query.Known { return query.Known{Names: f.names()} }

// known is what the server tells devices of its catalogues.
func (h *Hub) known() query.Known { return h.inForce.Load().known() }

func (h *Hub) counter() *tally.Counter { return h.inForce.Load().counter }

// state identifies the counts and the catalogues behind an open page.
func (h *Hub) state(ctx context.Context) (string, error) {
	counts, err := h.pulse.State(ctx)
	return fmt.Sprintf("%s.%d", counts, h.inForce.Load().revision), err
}
