package schema

import "regexp"

// Field is one thing that a kind of observation may say.
type Field struct {
	Name          string
	Alias         []string // other names that a person or a script may use
	Type          Type
	Label         Text
	Required      bool // without it a record is incomplete
	RequiredTyped bool // a person must say it, an import may leave it unknown
	Auto          bool // may be filled in by the device (times)
	Owner         bool // names the record an item belongs to: it travels as the line's "record", never among the fields
	Open          bool // TypeCode: a text outside of the table is kept as typed

	Codes      string   // TypeCode: name of the code table
	Scale      *int     // TypeDecimal: greatest number of decimals
	Min, Max   *int64   // TypeInt, TypeDecimal: bounds, inclusive; TypeList: Max is the greatest number of elements
	Pattern    string   // regular expression (RE2) for texts and list elements
	Form       Text     // what Pattern asks for, in words
	MaxLen     int      // greatest length in characters, of each element for lists; 0 = none
	Default    *Value   // what a client writes when a person says nothing; never used by the server
	ImportOnly []string // codes that only imports may use
	Imported   bool     // only imports may fill it in
	Sensitive  bool     // masked wherever it is shown
	Register   int      // index of the field's register in Kind.Registers

	index   int  // in Kind.Fields
	token   bool // no white space and no "|"
	pattern *regexp.Regexp
	table   *CodeTable
}

// Rule is a condition over several fields of a kind. It is judged only where all of Fields have values.
type Rule struct {
	Code    string
	Fields  []string
	Message Text

	cond *Condition
}

// Kind is one kind of observation: what may be said, by whom, and what must hold.
type Kind struct {
	Name, No    string // "plate", "K14"; ledgers are numbered L1, L2, …
	Version     int
	Label       Text
	Roles       []string // roles that may say it
	ItemOf      string   // the kind on whose records it is an item; "" for a kind with records of its own
	Fields      []*Field // common fields first
	Rules       []*Rule
	Key         []string // parts of the natural key: field names; else "day", "month" = those of occurred_at in Shanghai
	WarnIfEqual []string // fields whose equality with another record's only warns

	ImportOnly bool // only an import by HQ may say it
	Ledger     bool // a plan or register that HQ keeps, not something that happened
	WinnerLast bool // of the records of one key the one said last counts, not the first

	Registers [][]string // field names of each register, in the order of Fields

	together [][]string
	fields   map[string]*Field // by name and by alias
}

// NilKind is the kind by which a unit says that nothing happened.
const NilKind = "nil"

// Expectable reports whether a unit can be expected to report the kind, and to say that there was nothing to report.
func (k *Kind) Expectable() bool {
	return !k.Ledger && !k.ImportOnly && k.ItemOf == "" && k.Name != NilKind
}

// Field returns the field called name, be it its name or one of its aliases: use the result's Name from there on.
func (k *Kind) Field(name string) (*Field, bool) {
	f, ok := k.fields[name]
	return f, ok
}
