package merge

// bits is a set of positions of observations.
type bits []uint64

func newBits(n int) bits { return make(bits, (n+63)/64) }

func (b bits) set(i int) { b[i/64] |= 1 << (i % 64) }

func (b bits) has(i int) bool { return b[i/64]&(1<<(i%64)) != 0 }

// add makes b the union of both sets; other may be nil.
func (b bits) add(other bits) {
	for i := range other {
		b[i] |= other[i]
	}
}

// seenSets converts each observation's Seen to positions. An id whose observation has not arrived has no effect yet.
// Both lists are sorted, so a single pass is enough: the cost stays small even for a record made to be expensive.
func seenSets(obs []Obs) []bits {
	sets := make([]bits, len(obs))
	for i := range obs {
		if len(obs[i].Seen) > 0 {
			sets[i] = seenPositions(obs, i)
		}
	}
	return sets
}

func seenPositions(obs []Obs, of int) bits {
	seen, set := obs[of].Seen, newBits(len(obs))
	for i, j := 0, 0; i < len(obs) && j < len(seen); {
		switch c := obs[i].ID.Compare(seen[j]); {
		case c < 0:
			i++
		case c > 0:
			j++
		default:
			if i != of {
				set.set(i)
			}
			i, j = i+1, j+1
		}
	}
	return set
}
