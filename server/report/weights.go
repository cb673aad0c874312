package report

import (
	_ "embed"
	"math/big"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"roadbook/schema/catalogue"
)

//go:embed weights.yaml
var defaultWeights []byte

// Weights say how the 100 points of a sheet are shared out. Points are decimals with at most two places.
type Weights struct {
	Execution string                    `yaml:"execution"` // for spending the money
	Levels    map[string]string         `yaml:"levels"`    // by first level, shared evenly by its rows
	Projects  map[string]ProjectWeights `yaml:"projects"`  // by code: in place of the above
}

// ProjectWeights are a project's own: every row's points by its id.
type ProjectWeights struct {
	Execution string            `yaml:"execution"`
	Rows      map[string]string `yaml:"rows"`
}

// DefaultWeights are the weights of weights.yaml: 10, 50, 30, 10.
func DefaultWeights() Weights {
	var w Weights
	if err := yaml.UnmarshalWithOptions(defaultWeights, &w, yaml.Strict()); err != nil {
		panic(err) // the embedded file is wrong
	}
	return w
}

// pointShares is a project's points, of the money and by row id.
type pointShares struct {
	execution *big.Rat
	rows      map[string]*big.Rat
}

// forProject gives a project's points, adding up to 100. A refusal names the fault.
func (w *Weights) forProject(p *catalogue.Project) (*pointShares, error) {
	own, ok := w.Projects[p.Code]
	if !ok {
		var err error
		if own, err = w.byLevel(p); err != nil {
			return nil, err
		}
	}
	return own.validate(p)
}

// byLevel shares each level's points evenly; indivisible hundredths go to its first rows.
func (w *Weights) byLevel(p *catalogue.Project) (ProjectWeights, error) {
	own := ProjectWeights{Execution: w.Execution, Rows: map[string]string{}}
	levels := map[string][]string{}
	for _, r := range p.Rows {
		levels[r.L1] = append(levels[r.L1], r.ID)
	}
	for level, ids := range levels {
		points, err := parsePoints(level, w.Levels[level])
		if err != nil {
			return own, err
		}
		for i, part := range splitEvenly(points, len(ids)) {
			own.Rows[ids[i]] = part.FloatString(scorePlaces)
		}
	}
	return own, nil
}

func splitEvenly(points *big.Rat, n int) []*big.Rat {
	cents := new(big.Rat).Mul(points, big.NewRat(100, 1)).Num().Int64()
	out := make([]*big.Rat, n)
	for i := range out {
		part := cents / int64(n)
		if int64(i) < cents%int64(n) {
			part++
		}
		out[i] = big.NewRat(part, 100)
	}
	return out
}

func (own ProjectWeights) validate(p *catalogue.Project) (*pointShares, error) {
	execution, err := parsePoints("预算执行率 execution", own.Execution)
	if err != nil {
		return nil, err
	}
	s := &pointShares{execution: execution, rows: map[string]*big.Rat{}}
	total := new(big.Rat).Set(execution)
	for _, r := range p.Rows {
		points, err := parsePoints(r.ID, own.Rows[r.ID])
		if err != nil {
			return nil, err
		}
		s.rows[r.ID] = points
		total.Add(total, points)
	}
	for id := range own.Rows {
		if !slices.ContainsFunc(p.Rows, func(r *catalogue.Indicator) bool { return r.ID == id }) {
			return nil, badRequest("项目 "+p.Code+" 没有指标 "+id+"，不能给它分值", "project "+p.Code+" has no row "+id+" to give points to")
		}
	}
	if total.Cmp(big.NewRat(100, 1)) != 0 {
		sum := trimZeros(total.FloatString(scorePlaces))
		return nil, badRequest("项目 "+p.Code+" 的分值合计为 "+sum+"，应为 100", "the points of project "+p.Code+" add up to "+sum+", not to 100")
	}
	return s, nil
}

// parsePoints reads the points of an execution, level or row, named in refusals.
func parsePoints(what, text string) (*big.Rat, error) {
	if text == "" {
		return nil, badRequest("“"+what+"”没有分值", "“"+what+"” has no points")
	}
	r, ok := parseDecimal(text)
	_, fraction, _ := strings.Cut(text, ".")
	if !ok || r.Sign() < 0 || r.Cmp(big.NewRat(100, 1)) > 0 || len(strings.TrimRight(fraction, "0")) > scorePlaces {
		return nil, badRequest("“"+what+"”的分值“"+text+"”应为 0 到 100、至多两位小数的数",
			"the points of “"+what+"”, “"+text+"”, are a number from 0 to 100 with at most two decimals")
	}
	return r, nil
}

// trimZeros writes a decimal without zeros at its end: 25.00 → 25.
func trimZeros(text string) string {
	if strings.Contains(text, ".") {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	return text
}
