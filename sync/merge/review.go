package merge

import (
	"slices"

	"roadbook/schema"
	"roadbook/sync/wire"
)

// Review is HQ's word about a doubt, or about the record as a whole. Another cause of the doubt is another target, and asks
// anew.
type Review struct {
	By      wire.ObsID
	Stamp   Stamp
	Officer string // of HQ
	Target  string // code:cause of the doubt; "": the record as a whole
	Words   string

	answered bool // amended, voided, restored or extended by an observation that had seen the review
}

// Reviews are HQ's reviews of the record, by id.
func (v *View) Reviews() []Review {
	if v.others == nil {
		return nil
	}
	return v.others.reviews
}

// Returned is the latest review that returns the record to its unit: of the record as a whole, with words, and not answered
// yet. nil: the record is not returned. A void record has nothing left to correct. A returned record counts as before: only its
// correction changes a sum.
func (v *View) Returned() (last *Review) {
	for i := range v.Reviews() {
		r := &v.others.reviews[i]
		if !v.Void && r.returns() && !r.answered && (last == nil || last.Stamp.Compare(r.Stamp) < 0) {
			last = r
		}
	}
	return last
}

func (r *Review) returns() bool { return r.Target == "" && schema.CleanName(r.Words) != "" }

// addReviews collects the reviews by HQ among the observations that have effect, each with its answer.
func (v *View) addReviews(obs []Obs) {
	for i := range obs {
		o := &obs[i]
		if o.Act != wire.Review || o.Sender.Units() != nil {
			continue
		}
		if v.others == nil {
			v.others = &others{}
		}
		v.others.reviews = append(v.others.reviews, Review{
			By: o.ID, Stamp: o.Stamp(), Officer: o.Officer, Target: o.Group, Words: o.Reason, answered: isAnswered(o.ID, obs),
		})
	}
}

// isAnswered reports whether one of the observations changes the record or its items in knowledge of the review.
func isAnswered(review wire.ObsID, obs []Obs) bool {
	return slices.ContainsFunc(obs, func(o Obs) bool {
		switch o.Act {
		case wire.Create, wire.Amend, wire.Void, wire.Restore:
			return slices.Contains(o.Seen, review)
		}
		return false
	})
}
