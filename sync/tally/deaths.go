package tally

import "roadbook/sync/merge"

// sevenDays is the longest time between an accident and a death that still counts: 7 × 24 hours, both ends included.
// For the limit see schema/DOMAIN.md#accidents-and-deaths.
const sevenDays = 7 * 24 * 3600 * 1000 // ms

// Deaths returns the number of dead: at the scene, if known, plus each casualty within seven days. known tells whether
// the number at the scene is known; an unknown number is never shown as 0.
func Deaths(v *merge.View) (n int64, known bool) {
	dead, known := v.Fields.Get("dead")
	if known {
		n = dead.I
	}
	at, ok := v.Fields.Get("occurred_at")
	if !ok {
		return n, known
	}
	for i := range v.Items {
		if diedWithinSevenDays(&v.Items[i], at.I) {
			n++
		}
	}
	return n, known
}

func diedWithinSevenDays(item *merge.Item, accident int64) bool {
	if item.Kind != "casualty" || item.Void || !item.Complete() {
		return false
	}
	died, ok := item.Fields.Get("died_at")
	after := died.I - accident
	return ok && after >= 0 && after <= sevenDays
}
