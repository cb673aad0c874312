package report

import (
	"context"
	"strconv"
	"strings"

	"roadbook/schema/catalogue"
	"roadbook/server/query"
)

// Question asks for a sheet, in the words of the request. Year may be empty if At names a day; At may be empty if
// Year names a year, and then is the year's last day. Project is a project's code or its number in the catalogue.
type Question struct{ Year, At, Project string }

// The formats of an export.
const (
	FormatXLSX = "xlsx"
	FormatHTML = "html"
)

// File is a rendered sheet.
type File struct {
	Name, Type string // of the file, ASCII; its media type
	Digest     string // of the cells
	Body       []byte
}

// Source provides the figures of a sheet. *query.Query is a Source.
type Source interface {
	Indicators(ctx context.Context, ask query.Question) (*query.Indicators, error)
	Catalogue(year int) (*catalogue.Catalogue, error)
}

// Make computes the sheet of a project. entries may be nil. Refusals are *wire.Error.
func Make(ctx context.Context, q Source, ask Question, entries *Entries) (*Sheet, error) {
	if ask.Year == "" && ask.At != "" {
		at, err := query.ReadDay(ask.At)
		if err != nil {
			return nil, err
		}
		ask.Year = strconv.Itoa(at.Year())
	}
	figures, err := q.Indicators(ctx, query.Question{Year: ask.Year, At: ask.At})
	if err != nil {
		return nil, err
	}
	cat, err := q.Catalogue(figures.Year)
	if err != nil {
		return nil, err
	}
	project, err := findProject(cat, ask.Project)
	if err != nil {
		return nil, err
	}
	return SelfEvaluation(Input{Catalogue: cat, Project: project, Figures: figures, Entries: entries})
}

func findProject(cat *catalogue.Catalogue, project string) (*catalogue.Project, error) {
	var names []string
	for _, p := range cat.Projects {
		no := strconv.Itoa(p.No)
		if project == p.Code || project == no {
			return p, nil
		}
		names = append(names, no+"="+p.Code)
	}
	list := " " + strings.Join(names, ", ")
	if project == "" {
		return nil, badRequest("缺少 project，可选："+list, "project is missing; there are:"+list)
	}
	return nil, badRequest("没有项目“"+project+"”，可选："+list, "there is no project “"+project+"”; there are:"+list)
}

// Render writes a sheet in a format; "" is a workbook.
func Render(s *Sheet, format string) (*File, error) {
	f := &File{Name: s.File, Digest: s.Digest}
	var err error
	switch format {
	case "", FormatXLSX:
		f.Name += ".xlsx"
		f.Type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
		f.Body, err = XLSX(s)
	case FormatHTML:
		f.Name += ".html"
		f.Type = "text/html; charset=utf-8"
		f.Body, err = HTML(s)
	default:
		return nil, badRequest("format 应为 xlsx 或 html", "format is xlsx or html")
	}
	return f, err
}
