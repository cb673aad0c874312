package report

import (
	"bytes"
	"math/big"
	"testing"

	"github.com/xuri/excelize/v2"

	"roadbook/schema"
	"roadbook/schema/catalogue"
	"roadbook/server/query"
)

// newYear returns the catalogue of 2020, and figures without a value for each of its rows.
func newYear(t *testing.T) (*catalogue.Catalogue, *query.Indicators) {
	t.Helper()
	cats, err := catalogue.Embedded(schema.Default())
	if err != nil {
		t.Fatal(err)
	}
	var cat *catalogue.Catalogue
	for _, c := range cats {
		if c.ID == "shunping-2020" && c.Version == 1 {
			cat = c
		}
	}
	if cat == nil {
		t.Fatal("no catalogue shunping-2020@1")
	}
	in := &query.Indicators{At: "2020-12-31", Catalogue: "shunping-2020@1", Year: 2020}
	for _, ind := range cat.Indicators() {
		in.Rows = append(in.Rows, query.Row{ID: ind.ID, Project: ind.Project, Reason: new("no_data")})
	}
	for _, p := range cat.Projects {
		in.Budgets = append(in.Budgets, query.Budget{
			Project: p.Code, Total: p.Budget.Total, Fiscal: p.Budget.Fiscal, Other: p.Budget.Other, Reason: "no_data",
		})
	}
	return cat, in
}

// setValue sets the exact value of a row: num/den.
func setValue(in *query.Indicators, id string, num, den int64) {
	for i := range in.Rows {
		if in.Rows[i].ID == id {
			in.Rows[i].Exact, in.Rows[i].Reason = big.NewRat(num, den), nil
		}
	}
}

// setTooFew says that a row's value is of too few observations.
func setTooFew(in *query.Indicators, id string, s query.Sample) {
	for i := range in.Rows {
		if in.Rows[i].ID == id {
			in.Rows[i].Reason, in.Rows[i].Sample = new("too_few"), &s
		}
	}
}

// setLaterSteps puts the means to arrival and to clearing beside a row whose time stops at dispatch.
func setLaterSteps(in *query.Indicators, id string) {
	for i := range in.Rows {
		if in.Rows[i].ID == id {
			in.Rows[i].Lints = []query.Lint{{Code: "STOPS_EARLY"}}
			in.Rows[i].Companions = []query.Companion{
				{ID: id + ".arrival", Label: schema.Text{ZH: "接报到到场平均时间"}, Value: new("0.8"), Unit: "小时"},
				{ID: id + ".clearing", Label: schema.Text{ZH: "接报到处置完毕平均时间"}, Unit: "小时", Reason: new("no_data")},
			}
		}
	}
}

// project1 is the year of testdata/project1.txt.
func project1(t *testing.T) Input {
	cat, in := newYear(t)
	in.Budgets[0].Spent = new("300000.00")
	setValue(in, "P1-1", 90, 1)
	setValue(in, "P1-2", 2, 3)
	setLaterSteps(in, "P1-2")
	setValue(in, "P1-3", 81, 1)
	setValue(in, "P1-4", 100, 1)
	setValue(in, "P1-5", 85, 1)
	return Input{Catalogue: cat, Project: cat.Projects[0], Figures: in, Locked: "2020-final"}
}

// project3 is the year of testdata/project3.txt.
func project3(t *testing.T) Input {
	cat, in := newYear(t)
	in.Demo, in.NotDelivered, in.Cutoff = true, 2, new("2021-01-02T08:30:00+08:00")
	in.Completeness = &query.Completeness{Delivered: 31, Expected: 36}
	b := &in.Budgets[2]
	b.Adjusted, b.CarryOver, b.Spent = new("1600000.00"), new("100000.00"), new("1234567.89")
	setValue(in, "P3-1", 47, 2)
	setValue(in, "P3-2", 700, 24)
	setValue(in, "P3-3", 5, 1)
	setValue(in, "P3-5", 90, 1)
	setTooFew(in, "P3-5", query.Sample{Number: "20", Least: "30", Unit: "份"})
	entries, err := ParseEntries([]byte(`
projects:
  451-0401-YXN-B3W8:
    unit: =设施科+1
    achieved: "增设信号灯 12 处、标志 40 面。\n@SUM(A1)"
    deviations: {P3-1: 缓解好于预期。, P3-4: -设施台账待补}
    choices: {P3-1: {use: advisory, by: 王, at: 2021-01-05}}
    filled_by: "王\t警官\u202e"
    date: 2021-01-06
`))
	if err != nil {
		t.Fatal(err)
	}
	return Input{Catalogue: cat, Project: cat.Projects[2], Figures: in, Entries: entries}
}

func sheet(t *testing.T, in Input) *Sheet {
	t.Helper()
	s, err := SelfEvaluation(in)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func xlsx(t *testing.T, s *Sheet) []byte {
	t.Helper()
	b, err := XLSX(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// workbook writes a sheet and opens the result.
func workbook(t *testing.T, s *Sheet) *excelize.File {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(xlsx(t, s)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}
