package sqlitestore

import (
	"encoding/hex"
	"slices"
	"testing"

	"github.com/fxamacker/cbor/v2"

	"roadbook/sync/clock"
)

// Boots as a program of version 1 stored them, byte by byte: they are read as of version 1, and written alike.
func TestBootsOfVersion1AreReadAsBefore(t *testing.T) {
	const stored = "82" + // two boots
		"a2" + "01" + "68" + "626f6f7430303031" + "02" + "190640" + // boot0001, base 1600
		"a2" + "01" + "68" + "626f6f7430303032" + "03" + "1906a4" // boot0002, ceiling 1700
	raw, err := hex.DecodeString(stored)
	if err != nil {
		t.Fatal(err)
	}
	want := []clock.Boot{{ID: "boot0001", Base: 1600}, {ID: "boot0002", Ceiling: 1700}}
	var got []clock.Boot
	if err := cbor.Unmarshal(raw, &got); err != nil || !slices.Equal(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
	if again := hex.EncodeToString(encodeForm(want)); again != stored {
		t.Errorf("written as %s", again)
	}
}
