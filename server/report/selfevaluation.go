package report

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"

	"roadbook/schema/catalogue"
	"roadbook/server/query"
)

// Input holds the parts of a sheet.
type Input struct {
	Catalogue *catalogue.Catalogue
	Project   *catalogue.Project
	Figures   *query.Indicators // of the catalogue's year
	Entries   *Entries          // nil: none
	Locked    string            // the name of the lock on Figures; "" = provisional
}

// lastCol is J: a sheet has ten columns.
const lastCol = 10

// widths of the columns A–J; together the columns fill a sheet of A4 upright.
var widths = []float64{11, 11.5, 10, 9.5, 11.5, 11.5, 11.5, 8.5, 11, 12}

// sheetTitle is the table's name.
const sheetTitle = "项目支出绩效自评表"

// sheetBuilder lays out one sheet.
type sheetBuilder struct {
	Input

	Sheet

	entries  *ProjectEntries
	points   *pointShares
	budget   query.Budget
	scored   *big.Rat // points so far
	scorable *big.Rat // most points reachable so far
}

// SelfEvaluation lays out the 项目支出绩效自评表 of a project: ten columns A–J, the title, the project's description,
// its money, its goals, a row for each indicator, the total, the signatures, and the facts of every export. A refusal
// names the wrong weight, entry or figure.
func SelfEvaluation(in Input) (*Sheet, error) {
	if in.Entries == nil {
		in.Entries = &Entries{}
	}
	m := &sheetBuilder{Input: in, scored: new(big.Rat), scorable: new(big.Rat)}
	var err error
	if m.entries, err = in.Entries.forProject(in.Project); err != nil {
		return nil, err
	}
	weights := in.Entries.effectiveWeights()
	if m.points, err = weights.forProject(in.Project); err != nil {
		return nil, err
	}
	if err := m.findBudget(); err != nil {
		return nil, err
	}
	m.startSheet()
	m.putHeader()
	m.putFunds()
	m.putGoals()
	if err := m.putIndicators(); err != nil {
		return nil, err
	}
	m.putTotal()
	m.putFoot()
	m.finish()
	return &m.Sheet, nil
}

func (m *sheetBuilder) findBudget() error {
	for i := range m.Figures.Budgets {
		if m.Figures.Budgets[i].Project == m.Project.Code {
			m.budget = m.Figures.Budgets[i]
			return nil
		}
	}
	return badRequest("没有项目 "+m.Project.Code+" 的预算", "there is no budget of project "+m.Project.Code)
}

func (m *sheetBuilder) startSheet() {
	f := m.Figures
	m.Sheet = Sheet{
		Title: sheetTitle, ColumnWidths: widths,
		File: fmt.Sprintf("self-evaluation-%s-%s", m.Project.Code, f.At),
		Facts: Facts{
			Catalogue: f.Catalogue, Year: f.Year, At: f.At, NotDelivered: f.NotDelivered, Locked: m.Locked, Demo: f.Demo,
			ToRevise: m.itemsToRevise(),
		},
	}
	if f.Cutoff != nil {
		m.Facts.Cutoff = *f.Cutoff
	}
	if f.Completeness != nil {
		m.Facts.Delivered, m.Facts.Expected = f.Completeness.Delivered, f.Completeness.Expected
	}
}

// itemsToRevise counts the project itself and its rows, as far as they are carried over.
func (m *sheetBuilder) itemsToRevise() (n int) {
	if m.Project.CarriedFrom != 0 {
		n++
	}
	for _, r := range m.Project.Rows {
		if r.CarriedFrom != 0 {
			n++
		}
	}
	return n
}

// putHeader puts rows 1 to 4.
func (m *sheetBuilder) putHeader() {
	m.putText(Title, 1, 1, 1, lastCol, sheetTitle)
	m.putText(Subtitle, 2, 1, 2, lastCol, "（"+strconv.Itoa(m.Figures.Year)+"年度）")
	m.putText(Head, 3, 1, 3, 2, "项目名称")
	m.putText(Centre, 3, 3, 3, lastCol, m.Project.Name)
	m.putText(Head, 4, 1, 4, 2, "主管部门")
	m.putText(Centre, 4, 3, 4, 5, m.Catalogue.Department.Name)
	m.putText(Head, 4, 6, 4, 7, "实施单位")
	m.putText(Centre, 4, 8, 4, lastCol, m.implementingUnit())
}

// implementingUnit is the unit in charge of the project: as entered, else the name of its budget unit.
func (m *sheetBuilder) implementingUnit() string {
	if m.entries.Unit != "" {
		return m.entries.Unit
	}
	for _, u := range m.Catalogue.Units {
		if u.Code == m.Project.Unit {
			return u.Name
		}
	}
	return m.Project.Unit
}

// goalRow is the row of the goals' texts, below their heads.
const goalRow = 11

// putGoals puts rows 10 and 11.
func (m *sheetBuilder) putGoals() {
	m.putText(Head, 10, 1, goalRow, 1, "年度总体目标")
	m.putText(Head, 10, 2, 10, 6, "预期目标")
	m.putText(Head, 10, 7, 10, lastCol, "实际完成情况")
	m.putText(Left, goalRow, 2, goalRow, 6, joinLines(strings.Join(m.Project.Goals, "\n"), carriedText(m.Project.CarriedFrom)))
	m.putText(Left, goalRow, 7, goalRow, lastCol, m.entries.Achieved)
}

// putTotal puts the row of the sum and the row of the signatures.
func (m *sheetBuilder) putTotal() {
	row := m.Rows() + 1
	m.Score.Points, m.Score.Of = m.scored.FloatString(scorePlaces), m.scorable.FloatString(scorePlaces)
	m.putText(Head, row, 1, row, 6, "总分")
	m.putNumber(row, 7, 7, "100", "")
	if m.Score.Open == 0 {
		m.Score.Band = Band(m.scored)
		m.putNumber(row, 8, 8, m.Score.Points, "")
		m.putText(Centre, row, 9, row, lastCol, "等级："+m.Score.Band)
	} else {
		m.putText(Centre, row, 8, row, 8, "未完成")
		m.putText(Left, row, 9, row, lastCol, fmt.Sprintf("未评 %d 项；已评得分 %s，满分 %s", m.Score.Open, m.Score.Points, m.Score.Of))
	}
	m.putSignatures(row + 1)
}

func (m *sheetBuilder) putSignatures(row int) {
	m.putText(Sign, row, 1, row, 3, "填报人："+m.entries.FilledBy)
	m.putText(Sign, row, 4, row, 5, "审核人："+m.entries.ReviewedBy)
	m.putText(Sign, row, 6, row, 8, "联系电话："+m.entries.Phone)
	m.putText(Sign, row, 9, row, lastCol, "填报日期："+m.entries.Date)
}
