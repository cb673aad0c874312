package merge

// Member returns the part of a record that its group needs.
func (v *View) Member() Member {
	s := Member{Record: v.Record, Least: v.Least, Eligible: v.Complete() && !v.Void, Last: v.Last}
	for i := range v.Items {
		if !v.Items[i].Void {
			s.Items = append(s.Items, v.Items[i])
		}
	}
	return s
}

// Winner names the member that counts for its group. Candidates are complete and not void. The least stamp wins; if all
// candidates are of kinds with WinnerLast, the greatest stamp wins. ok is false if there is no candidate. The order of
// members does not matter.
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

// allWinnerLast reports whether all candidates are of kinds with WinnerLast. HQ may link records of several kinds; a
// single kind without WinnerLast makes the first record count.
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
