package merge

import "roadbook/sync/wire"

// Review is HQ's word that it has looked at a doubt. Another cause of the doubt is another target, and asks anew.
type Review struct {
	By     wire.ObsID
	Target string // code:cause of the doubt; "": the record
	Words  string
}

// Reviews are HQ's reviews of the record, by id.
func (v *View) Reviews() []Review {
	if v.others == nil {
		return nil
	}
	return v.others.reviews
}

// addReviews collects the reviews by HQ among the observations that have effect.
func (v *View) addReviews(obs []Obs) {
	for i := range obs {
		o := &obs[i]
		if o.Act != wire.Review || o.Sender.Units() != nil {
			continue
		}
		if v.others == nil {
			v.others = &others{}
		}
		v.others.reviews = append(v.others.reviews, Review{By: o.ID, Target: o.Group, Words: o.Reason})
	}
}
