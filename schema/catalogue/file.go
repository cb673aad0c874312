package catalogue

import "roadbook/schema"

// The file as it is written.
type (
	fileCatalogue struct {
		ID         string         `yaml:"id"`
		Version    int            `yaml:"version"`
		Year       int            `yaml:"year"`
		LegalBasis string         `yaml:"legal_basis"`
		PlanPoints []string       `yaml:"plan_points"`
		Units      []BudgetUnit   `yaml:"units"`
		Department fileDepartment `yaml:"department"`
		Projects   []fileProject  `yaml:"projects"`
		Measures   []fileMeasure  `yaml:"measures"`
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
	}
	fileIndicator struct {
		ID      string       `yaml:"id"`
		L1      string       `yaml:"l1"`
		L2      string       `yaml:"l2"`
		L3      string       `yaml:"l3"`
		Desc    string       `yaml:"desc"`
		Target  Target       `yaml:"target"`
		Intent  *Intent      `yaml:"intent"`
		Formula *fileFormula `yaml:"formula"`
	}
	fileFormula struct {
		Kind        string   `yaml:"kind"`
		Numerator   string   `yaml:"numerator"`
		Denominator string   `yaml:"denominator"`
		Divisor     int64    `yaml:"divisor"`
		Percent     bool     `yaml:"percent"`
		Window      string   `yaml:"window"`
		Beside      []string `yaml:"beside"`
	}
	fileMeasure struct {
		Name  string      `yaml:"name"`
		Kind  string      `yaml:"kind"`
		Label schema.Text `yaml:"label"`
		Unit  string      `yaml:"unit"`
		When  string      `yaml:"when"`
		Add   string      `yaml:"add"`
	}
)
