package storetest

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"roadbook/server/store"
	"roadbook/sync/wire"
)

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// compareKeys orders frames as in the contract: by stream, first, last, head.
func compareKeys(a, b store.FrameKey) int {
	return cmp.Or(
		strings.Compare(a.Stream.String(), b.Stream.String()), cmp.Compare(a.First, b.First),
		cmp.Compare(a.Last, b.Last), slices.Compare(a.Head[:], b.Head[:]))
}

// noObsID is the cursor of the first page of lines.
var noObsID wire.ObsID
