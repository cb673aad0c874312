package merge

// Member returns the part of a record that its group needs.
func (v *View) Member() Member {
	s := Member{Record: v.Record, Kind: v.Kind, Least: v.Least, Eligible: v.Complete() && !v.Void, Void: v.Void, Last: v.Last}
	if s.Eligible {
		s.Shared = v.Shared
	}
	for i := range v.Items {
		if !v.Items[i].Void {
			s.Items = append(s.Items, v.Items[i])
		}
	}
	return s
}

// Counts reports whether a record counts for its group: the record is complete, not void, and the winner among the
// members of its kind. A group has one winner per kind, because an accident and a plate are two things, whatever link
// joins them. The record's own entry in the group may be missing or older than v; v itself is used instead. The order
// of members does not matter.
func Counts(v *View, group []Member) bool {
	if v.Void || !v.Complete() {
		return false
	}
	self := Member{Record: v.Record, Least: v.Least, Last: v.Last}
	for i := range group {
		if m := &group[i]; m.Record != v.Record && m.mayCountAs(v.Kind) && m.precedes(&self) {
			return false
		}
	}
	return true
}

// Winner names the member that counts among the members of a kind: of the complete and not void members the one with
// the least stamp, or with the greatest stamp for kinds with WinnerLast. ok is false if there is no such member. The
// order of members does not matter.
func Winner(members []Member, kind string) (record string, ok bool) {
	var best *Member
	for i := range members {
		if m := &members[i]; m.mayCountAs(kind) && (best == nil || m.precedes(best)) {
			best = m
		}
	}
	if best == nil {
		return "", false
	}
	return best.Record, true
}

func (m *Member) mayCountAs(kind string) bool { return m.Eligible && m.Kind == kind }

// precedes reports whether m rather than other counts; both are of one kind.
func (m *Member) precedes(other *Member) bool {
	c := m.Least.Compare(other.Least)
	return (c < 0 || c == 0 && m.Record < other.Record) != other.Last
}
