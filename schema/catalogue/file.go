package catalogue

import "roadbook/schema"

// The structure of a catalogue file.
type (
	fileCatalogue struct {
		ID         string         `yaml:"id"`
		Version    int            `yaml:"version"`
		Year       int            `yaml:"year"`
		Demo       bool           `yaml:"demo"`
		LegalBasis string         `yaml:"legal_basis"`
		PlanPoints []string       `yaml:"plan_points"`
		Units      []BudgetUnit   `yaml:"units"`
		Department fileDepartment `yaml:"department"`
		Projects   []fileProject  `yaml:"projects"`
		Measures   []fileMeasure  `yaml:"measures"`

		CarriedOver map[string]int `yaml:"carried_over"` // year by item
	}
	fileDepartment struct {
		Name          string          `yaml:"name"`
		Division      string          `yaml:"division"`
		Currency      string          `yaml:"currency"`
		BudgetTotal   string          `yaml:"budget_total"`
		Slogan        string          `yaml:"slogan"`
		OverallGoal   string          `yaml:"overall_goal"`
		BusinessLines []string        `yaml:"business_lines"`
		Targets       []fileIndicator `yaml:"targets"`
		SubGoals      []SubGoal       `yaml:"sub_goals"`
		Safeguards    []Safeguard     `yaml:"safeguards"`
		Notes         []fileNote      `yaml:"notes"`
	}
	fileProject struct {
		No      int             `yaml:"no"`
		Code    string          `yaml:"code"`
		Name    string          `yaml:"name"`
		Unit    string          `yaml:"unit"`
		Budget  Budget          `yaml:"budget"`
		Plan    []string        `yaml:"plan"`
		Purpose string          `yaml:"purpose"`
		Goals   []string        `yaml:"goals"`
		Rows    []fileIndicator `yaml:"rows"`
		Notes   []fileNote      `yaml:"notes"`
	}
	fileIndicator struct {
		ID         string          `yaml:"id"`
		L1         string          `yaml:"l1"`
		L2         string          `yaml:"l2"`
		L3         string          `yaml:"l3"`
		Desc       string          `yaml:"desc"`
		Target     Target          `yaml:"target"`
		Intent     *Intent         `yaml:"intent"`
		Formula    *fileFormula    `yaml:"formula"`
		Companions []fileCompanion `yaml:"companions"`
		Notes      []fileNote      `yaml:"notes"`
	}
	fileCompanion struct {
		ID      string       `yaml:"id"`
		Label   schema.Text  `yaml:"label"`
		Formula *fileFormula `yaml:"formula"`
		Target  *Target      `yaml:"target"`
	}
	fileFormula struct {
		Kind        string       `yaml:"kind"`
		Numerator   stringOrList `yaml:"numerator"`
		Denominator stringOrList `yaml:"denominator"`
		Divisor     int64        `yaml:"divisor"`
		Percent     bool         `yaml:"percent"`
		Window      string       `yaml:"window"`
		Aggregate   string       `yaml:"aggregate"`
		DatedBy     string       `yaml:"dated_by"`
		Closed      string       `yaml:"closed"`
		Shifts      int64        `yaml:"shifts"`
		States      []string     `yaml:"states"`
		Needs       []string     `yaml:"needs"`
		Beside      []string     `yaml:"beside"`
		Least       *int64       `yaml:"least"`
	}
	fileMeasure struct {
		Name  string       `yaml:"name"`
		Label schema.Text  `yaml:"label"`
		Unit  string       `yaml:"unit"`
		Parts []filePart   `yaml:"parts"`
		Kind  string       `yaml:"kind"`
		When  string       `yaml:"when"`
		Add   string       `yaml:"add"`
		At    string       `yaml:"at"`
		Dated schema.Text  `yaml:"dated"`
		By    stringOrList `yaml:"by"`
	}
	filePart struct {
		Kind  string       `yaml:"kind"`
		When  string       `yaml:"when"`
		Add   string       `yaml:"add"`
		At    string       `yaml:"at"`
		Dated schema.Text  `yaml:"dated"`
		By    stringOrList `yaml:"by"`
	}
)

// stringOrList is a text or a list of texts.
type stringOrList []string

// UnmarshalYAML reads either form.
func (o *stringOrList) UnmarshalYAML(unmarshal func(any) error) error {
	var one string
	if unmarshal(&one) == nil {
		*o = stringOrList{one}
		return nil
	}
	return unmarshal((*[]string)(o))
}
