package schema

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
)

type (
	rulesKind struct {
		Name        string       `json:"name"`
		No          string       `json:"no"`
		Version     int          `json:"version"`
		Since       int          `json:"since,omitempty"` // left out: 1
		Label       Text         `json:"label"`
		Roles       []string     `json:"roles"`
		ItemOf      string       `json:"item_of,omitempty"`
		Key         []string     `json:"key,omitempty"`
		KeyOptional bool         `json:"key_optional,omitempty"`
		Winner      string       `json:"winner,omitempty"`
		ImportOnly  bool         `json:"import_only,omitempty"`
		Ledger      bool         `json:"ledger,omitempty"`
		OwnTime     string       `json:"own_time,omitempty"`
		NearDays    int          `json:"near_days,omitempty"`
		Warn        []string     `json:"warn,omitempty"`
		Fields      []rulesField `json:"fields"`
		Registers   [][]string   `json:"registers,omitempty"` // coupled ones
		Together    [][]string   `json:"together,omitempty"`
		Rules       []rulesRule  `json:"rules,omitempty"`
		AnyUnit     []string     `json:"any_unit,omitempty"`
		AnyUnitAdds bool         `json:"any_unit_adds,omitempty"`
	}
	rulesField struct {
		Name       string          `json:"name"`
		Alias      []string        `json:"alias,omitempty"`
		Type       string          `json:"type"`
		Label      Text            `json:"label"`
		Required   bool            `json:"required,omitempty"`
		Said       bool            `json:"said,omitempty"` // required from a person
		Auto       bool            `json:"auto,omitempty"`
		Owner      bool            `json:"owner,omitempty"`
		Open       bool            `json:"open,omitempty"`
		Token      bool            `json:"token,omitempty"`
		Prose      bool            `json:"prose,omitempty"`
		Codes      string          `json:"codes,omitempty"`
		Suggest    string          `json:"suggest,omitempty"`
		Scale      *int            `json:"scale,omitempty"`
		Min        *int64          `json:"min,omitempty"`
		Max        *int64          `json:"max,omitempty"`
		Pattern    string          `json:"pattern,omitempty"`
		Form       *Text           `json:"form,omitempty"`
		MaxLen     int             `json:"max_len,omitempty"`
		Default    json.RawMessage `json:"default,omitempty"` // as a line writes it
		ImportOnly []string        `json:"import_only,omitempty"`
		Imported   bool            `json:"imported,omitempty"`
		Sensitive  bool            `json:"sensitive,omitempty"`
		Shared     bool            `json:"shared,omitempty"`
		Since      int             `json:"since,omitempty"` // left out: 1
		WholeLabel bool            `json:"whole_label,omitempty"`
	}
	rulesRule struct {
		Code    string   `json:"code"`
		Fields  []string `json:"fields"`
		Expr    node     `json:"expr"`
		Message Text     `json:"message"`
	}
)

func rulesOfKind(k *Kind) (rulesKind, error) {
	out := rulesKind{
		Name: k.Name, No: k.No, Version: k.Version, Label: k.Label, Roles: k.Roles, ItemOf: k.ItemOf, Key: k.Key, KeyOptional: k.KeyOptional,
		ImportOnly: k.ImportOnly, Ledger: k.Ledger, OwnTime: k.OwnTime, NearDays: k.NearDays, Warn: k.WarnIfEqual, Together: k.together,
		AnyUnit: k.AnyUnit, AnyUnitAdds: k.AnyUnitAdds, Since: later(k.Since),
	}
	if k.WinnerLast {
		out.Winner = "last"
	}
	for _, f := range k.Fields {
		field, err := rulesOfField(f)
		if err != nil {
			return out, fmt.Errorf("%s: %w", f.Name, err)
		}
		out.Fields = append(out.Fields, field)
	}
	for _, register := range k.Registers {
		if len(register) > 1 {
			out.Registers = append(out.Registers, register)
		}
	}
	for _, r := range k.Rules {
		expr, err := r.cond.Tree()
		if err != nil {
			return out, err
		}
		out.Rules = append(out.Rules, rulesRule{r.Code, r.Fields, expr, r.Message})
	}
	return out, nil
}

// later is a version for "since"; 0 stands for the first.
func later(version int) int {
	if version == 1 {
		return 0
	}
	return version
}

func rulesOfField(f *Field) (rulesField, error) {
	out := rulesField{
		Name: f.Name, Alias: f.Alias, Type: f.Type.name(), Label: f.Label, Required: f.Required, Said: f.RequiredTyped, Auto: f.Auto, Owner: f.Owner,
		Open: f.Open, Token: f.token, Prose: f.prose, Codes: f.Codes, Suggest: f.Suggest, Scale: f.Scale, Min: f.Min, Max: f.Max,
		Pattern: f.Pattern, MaxLen: f.MaxLen, ImportOnly: f.ImportOnly, Imported: f.Imported, Sensitive: f.Sensitive, Shared: f.Shared,
		Since: later(f.Since), WholeLabel: f.wholeLabel,
	}
	if f.Pattern != "" {
		if !commonPattern.MatchString(f.Pattern) {
			return out, fmt.Errorf("the pattern %s may mean another thing in JavaScript", f.Pattern)
		}
		out.Form = &f.Form
	}
	if f.Default != nil {
		out.Default = AppendJSON(nil, *f.Default)
	}
	for _, bound := range []*int64{f.Min, f.Max} {
		if bound != nil && (*bound < -exactInt || *bound > exactInt) {
			return out, fmt.Errorf("a page can't read the bound %d exactly", *bound)
		}
	}
	return out, nil
}

// commonPattern are the patterns that RE2 and JavaScript's regular expressions of flag u read alike: a whole text of literals
// and plain classes of ASCII letters and digits, with counts.
var commonPattern = regexp.MustCompile(`^\^(?:(?:\[(?:[0-9A-Za-z](?:-[0-9A-Za-z])?)+\]|[0-9A-Za-z])(?:\{[0-9]+(?:,[0-9]*)?\}|[?*+])?)+\$$`)

// name is the type as the files call it.
func (t Type) name() string {
	for _, name := range slices.Sorted(maps.Keys(typeNames)) {
		if typeNames[name] == t && name != typeUnit {
			return name
		}
	}
	return ""
}
