package query

// Light is how a figure stands to what was wanted of it, as a colour.
type Light string

// The lights. No data is grey, never green.
const (
	Red    Light = "red"
	Yellow Light = "yellow"
	Green  Light = "green"
	Grey   Light = "grey"
)
