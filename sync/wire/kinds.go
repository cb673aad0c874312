package wire

import (
	"crypto/sha256"
	"encoding/json"
	"slices"

	"roadbook/schema"
)

// Kinds states which lines a server takes. A device writes nothing else: the line would only be quarantined. A server of
// before states nothing.
type Kinds struct {
	Digest string       `json:"digest"`           // of the rest; with a digest alone the device's statement is up to date
	Acts   []Act        `json:"acts,omitempty"`   // of devices
	Line   []string     `json:"line,omitempty"`   // members of a line that were added to the first version's
	Fields schema.Known `json:"fields,omitempty"` // by kind
}

// NoKinds is the digest in a request of a device that has no statement.
const NoKinds = "none"

// lineShare is the member of a line added to the first version's.
const lineShare = "share"

// NewKinds makes the statement of a program with a schema.
func NewKinds(sch *schema.Schema) *Kinds {
	k := FirstKinds(sch)
	k.Line, k.Fields = []string{lineShare}, sch.Known()
	text, _ := json.Marshal(k) //nolint:errchkjson // strings alone
	sum := sha256.Sum256(text)
	k.Digest = IDEncoding.EncodeToString(sum[:10])
	return k
}

// FirstKinds is what every server takes, even one that states nothing.
func FirstKinds(sch *schema.Schema) *Kinds {
	return &Kinds{Acts: []Act{Create, Amend, Void, Restore}, Fields: sch.KnownAtFirst()}
}

// For is the statement for a device that has the one with the digest asked: nil if the device asked for none, the digest
// alone if the device's is up to date.
func (k *Kinds) For(asked string) *Kinds {
	switch asked {
	case "":
		return nil
	case k.Digest:
		return &Kinds{Digest: k.Digest}
	}
	return k
}

// TakesShare reports whether lines may share records.
func (k *Kinds) TakesShare() bool { return slices.Contains(k.Line, lineShare) }

// TakesAct reports whether devices' lines may have the act.
func (k *Kinds) TakesAct(a Act) bool { return slices.Contains(k.Acts, a) }
