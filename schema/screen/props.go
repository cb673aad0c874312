package screen

// The properties of the components. Texts are in the reader's language already. client/field/view has the same in JSDoc.

// Button is an action; with Href a link that looks like a button.
type Button struct {
	ID       string `json:"id"`
	Text     string `json:"text"`
	Kind     string `json:"kind"` // "", primary, danger or plain: without a frame
	Type     string `json:"type"` // "" = button, submit
	Href     string `json:"href"`
	Busy     bool   `json:"busy"` // pressed once; a second press does nothing, and the focus stays
	Disabled bool   `json:"disabled"`
}

// Asked is common to all that asks: the field's name, its words, what is wrong and what is doubtful.
type Asked struct {
	ID       string `json:"id"` // also the name; a summary of faults links here
	Label    string `json:"label"`
	Help     string `json:"help"`
	Fault    string `json:"fault"`
	Doubt    string `json:"doubt"`
	Read     string `json:"read"` // the value as a program read the typed text
	Optional bool   `json:"optional"`
	Disabled bool   `json:"disabled"`
}

// Field is a text of one or several lines.
type Field struct {
	Asked
	Value        string `json:"value"`
	Type         string `json:"type"` // "" = text; never number
	InputMode    string `json:"inputmode"`
	Autocomplete string `json:"autocomplete"` // "" = off
	Unit         string `json:"unit"`         // behind the value: 米, 分钟
	Lines        int    `json:"lines"`        // 2 and more: a text area
}

// Plate is a plate number: the region's letters stand already.
type Plate struct {
	Asked
	Value  string `json:"value"`  // the characters behind the region
	Region string `json:"region"` // 冀F
	Sort   string `json:"sort"`   // the plate type as read from the number's shape
}

// Option is one of a choice or a list.
type Option struct {
	Value string `json:"value"`
	Text  string `json:"text"`
	Note  string `json:"note"` // a code, or a line of help
}

// Choice is one of at most six options, all in view.
type Choice struct {
	Asked
	Value   string   `json:"value"`
	Options []Option `json:"options"`
}

// Picker is a list with search.
type Picker struct {
	Asked
	Value   string   `json:"value"` // the typed text
	Chosen  string   `json:"chosen"`
	Open    bool     `json:"open"`
	Options []Option `json:"options"`
	Active  int      `json:"active"` // the option under the arrow keys, from 1; 0 = none
	More    int      `json:"more"`   // options left out
}

// Check is a yes or no.
type Check struct {
	Asked
	Value bool `json:"value"`
}

// Mark is the state of a record as shape, word and colour.
type Mark struct {
	State string `json:"state"`
}

// Column is a column of a table.
type Column struct {
	Text   string `json:"text"`
	Number bool   `json:"number"` // aligned right
}

// Cell is a text, or a state.
type Cell struct {
	Text   string `json:"text"`
	State  string `json:"state"`
	Number bool   `json:"number"`
}

// Table is a table; the first cell of a row names the row.
type Table struct {
	ID      string     `json:"id"`
	Caption string     `json:"caption"`
	Columns []Column   `json:"columns"`
	Rows    []TableRow `json:"rows"`
}

// TableRow is a row of a table.
type TableRow struct {
	ID     string `json:"id"`
	Cells  []Cell `json:"cells"`
	Chosen bool   `json:"chosen"`
}

// Rows is a list of records.
type Rows struct {
	Label string `json:"label"`
	Rows  []Row  `json:"rows"`
}

// Row is a record in a list.
type Row struct {
	ID    string `json:"id"`
	Href  string `json:"href"`
	Title string `json:"title"`
	Note  string `json:"note"` // kind, time, officer
	State string `json:"state"`
	Why   string `json:"why"` // HQ's words, a fault, the reason of not counting
}

// Banner says how things stand: offline (grey), failure (amber, and what comes next), success, training.
type Banner struct {
	Kind   string  `json:"kind"`
	Text   string  `json:"text"`
	More   string  `json:"more"`
	Action *Button `json:"action"`
}

// Summary lists the faults of a form, with links to the fields.
type Summary struct {
	ID     string  `json:"id"`
	Faults []Fault `json:"faults"`
}

// Fault is one fault of a summary.
type Fault struct {
	Field string `json:"field"`
	Text  string `json:"text"`
}

// Total is a unit's figure beside its target, as the server told.
type Total struct {
	Title  string `json:"title"`
	Unit   string `json:"unit"` // 副, 次: what is counted
	Today  *int64 `json:"today"`
	Year   *int64 `json:"year"`   // nil: not told
	Target *int64 `json:"target"` // nil: none set
	At     string `json:"at"`
	Own    []Own  `json:"own"`
}

// Own counts the device's own lines in a state.
type Own struct {
	State string `json:"state"`
	N     int64  `json:"n"`
}

// Nav leads to the pages of a program.
type Nav struct {
	Label string `json:"label"`
	Links []Link `json:"links"`
}

// Link is a link of a nav.
type Link struct {
	Href    string `json:"href"`
	Text    string `json:"text"`
	Count   int    `json:"count"` // what waits there; 0 = nothing shown
	Current bool   `json:"current"`
}

// Dialog asks before an act, or tells a thing that needs an answer.
type Dialog struct {
	ID      string   `json:"id"`
	Title   string   `json:"title"`
	Text    string   `json:"text"`
	Buttons []Button `json:"buttons"`
	Open    bool     `json:"open"` // shown in its place; a program opens a dialog over the page
}

// Toast tells a success, and offers to take the act back for some seconds.
type Toast struct {
	Text string `json:"text"`
	Left int    `json:"left"` // seconds; 0 = nothing to take back
}

// Empty stands in for a list without rows.
type Empty struct {
	Title  string  `json:"title"`
	Text   string  `json:"text"`
	Action *Button `json:"action"`
}
