package tally

import "roadbook/sync/merge"

// sevenDays is how long after an accident a death still counts as one of it: 7 × 24 hours, both ends in it.
// The limit: schema/DOMAIN.md#accidents-and-deaths.
const sevenDays = 7 * 24 * 3600 * 1000 // ms

// deaths is the number of people who died at the scene, where that is known, and of each casualty within
// seven days. known says whether the number at the scene is: unknown is never shown as 0.
func deaths(v *merge.View, items []merge.Item) (n int64, known bool) {
	dead, known := v.Fields.Get("dead")
	if known {
		n = dead.I
	}
	at, ok := v.Fields.Get("occurred_at")
	if !ok {
		return n, known
	}
	for i := range items {
		if diedWithinSevenDays(&items[i], at.I) {
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
