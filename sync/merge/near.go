package merge

import "roadbook/schema"

// NearGroups names the groups whose records are likely one thing with v: of the same natural key but for the day, which
// lies up to Kind.NearDays before or after. A plate is typed the next morning, and imported with its true date. The names
// come by distance, the earlier day first.
func NearGroups(v *View, k *schema.Kind) (names []string) {
	if v.Kind != k.Name || v.Day == 0 {
		return nil
	}
	for n := 1; n <= k.NearDays; n++ {
		for _, day := range []int{-n, n} {
			if key, ok := k.NaturalKey(v.Fields, int32(v.Day.AddDays(day))); ok && key != v.Group { // linked with that day's record
				names = append(names, key)
			}
		}
	}
	return names
}
