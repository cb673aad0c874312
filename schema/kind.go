package schema

import (
	"regexp"
	"slices"
)

// Field is a field of a kind of observation.
type Field struct {
	Name          string
	Alias         []string // other names for persons and scripts
	Type          Type
	Label         Text
	Required      bool // without it a record is incomplete
	RequiredTyped bool // required from a person; an import may leave it unknown
	Auto          bool // the device may fill it in (times)
	Owner         bool // names the item's record: travels as the line's "record", never among the fields
	Open          bool // TypeCode: a text outside of the table is kept as typed

	Codes      string   // TypeCode: name of the code table
	Suggest    string   // TypeText: name of a table with the field's common values; their words are understood
	Scale      *int     // TypeDecimal: maximum number of decimal places
	Min, Max   *int64   // TypeInt, TypeDecimal: bounds, inclusive; TypeList: Max is the maximum number of elements
	Pattern    string   // regular expression (RE2) for texts and list elements
	Form       Text     // the form that Pattern demands, in words
	MaxLen     int      // maximum length in characters, of each element for lists; 0 = none
	Default    *Value   // written by a client if a person gives no value; never used by the server
	ImportOnly []string // codes reserved for imports
	Imported   bool     // reserved for imports
	Sensitive  bool     // masked wherever shown
	Shared     bool     // TypeTime, TypeDay: the record that counts for a group takes the group's earliest value if it has none
	Since      int      // version of the kind that added it; 1: known to every server
	Register   int      // index of the field's register in Kind.Registers

	index      int        // in Kind.Fields
	token      bool       // no white space and no "|"
	wholeLabel bool       // the brackets belong to the label
	prose      bool       // for reading: keeps every character that can be seen
	plates     *plates    // TypePlate
	suggest    *CodeTable // TypeText: common values with their words; others are accepted too
	pattern    *regexp.Regexp
	table      *CodeTable
}

// Rule is a condition over several fields of a kind. It is checked only if all of Fields have values.
type Rule struct {
	Code    string
	Fields  []string
	Message Text

	cond *Condition
}

// Kind is a kind of observation: its fields, rules and roles.
type Kind struct {
	Name, No    string // "plate", "K14"; ledgers are numbered L1, L2, …
	Version     int
	Since       int // 1: known to every server; 2: added later
	Label       Text
	Roles       []string // roles that may record it
	ItemOf      string   // kind of the records that hold it as an item; "" for a kind with records of its own
	Fields      []*Field // common fields first
	Rules       []*Rule
	Key         []string // parts of the natural key: field names, or "day" and "month" of occurred_at in Shanghai
	KeyOptional bool     // many tables lack the key: their rows are told apart by a source key of their own
	Ordered     []string // times or days of the kind in ascending order
	Shared      []string // names of the fields that are Shared
	WarnIfEqual []string // fields that only raise a doubt if equal to another record's; of items: to another item's
	NearDays    int      // records of one key but for its day, up to so many days apart, are likely one event
	OwnTime     string   // time or day that stands for occurred_at if a person gives none; "": the moment of saving

	AnyUnit     []string // fields that devices of every unit may amend, whichever unit has the record
	AnyUnitAdds bool     // items that devices of every unit may add to a record

	ImportOnly bool // only HQ may import it, nobody types it
	Ledger     bool // a list that HQ keeps and imports
	WinnerLast bool // among records with the same key the last counts, not the first

	Registers [][]string // field names of each register, in the order of Fields

	doubts      []kindDoubt
	together    [][]string
	fields      map[string]*Field // by name and by alias
	byLabel     map[string]*Field // by folded label
	byBareLabel map[string]*Field // by folded label without brackets
}

// roleHQ is the role of HQ among the roles of a kind.
const roleHQ = "hq"

// NilKind is the kind for "nothing happened": a zero report.
const NilKind = "nil"

// Expectable reports whether a unit can be expected to deliver the kind, or a zero report for it.
func (k *Kind) Expectable() bool {
	return !k.Ledger && !k.ImportOnly && k.ItemOf == "" && k.Name != NilKind
}

// Central reports whether the records are the whole brigade's and not a unit's: HQ alone may record them, and their key
// names no unit.
func (k *Kind) Central() bool {
	return len(k.Roles) == 1 && k.Roles[0] == roleHQ && !slices.Contains(k.Key, "unit")
}

// Periodic reports whether a record tells of one month or day and of no later one: the key names that period. A ledger's
// entry holds until another one is made, and so does a record whose key names no period.
func (k *Kind) Periodic() bool {
	return !k.Ledger && (slices.Contains(k.Key, "month") || slices.Contains(k.Key, "day"))
}

// Field returns the field with a name or alias; use the result's Name afterwards.
func (k *Kind) Field(name string) (*Field, bool) {
	f, ok := k.fields[name]
	return f, ok
}
