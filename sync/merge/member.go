package merge

// Member returns what the record's group needs of it.
func (v *View) Member() Member {
	s := Member{Record: v.Record, Least: v.Least, Eligible: v.Complete() && !v.Void, Last: v.Last}
	for i := range v.Items {
		if !v.Items[i].Void {
			s.Items = append(s.Items, v.Items[i])
		}
	}
	return s
}

// Winner names the member that counts for its group: of those complete and not void the one with the
// least stamp, or, where all of them are of kinds whose last one counts, the one with the greatest. ok is false
// where none may count. The order of members does not matter.
func Winner(members []Member) (record string, ok bool) {
	best, last := -1, allWinnerLast(members)
	for i := range members {
		if !members[i].Eligible {
			continue
		}
		if best < 0 || isBefore(&members[i], &members[best]) != last {
			best = i
		}
	}
	if best < 0 {
		return "", false
	}
	return members[best].Record, true
}

// allWinnerLast: HQ may link records of several kinds; the last one counts only where no kind says otherwise.
func allWinnerLast(members []Member) bool {
	for i := range members {
		if members[i].Eligible && !members[i].Last {
			return false
		}
	}
	return true
}

func isBefore(a, b *Member) bool {
	if c := a.Least.Compare(b.Least); c != 0 {
		return c < 0
	}
	return a.Record < b.Record
}
