package returning

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"roadbook/server/store"
)

// answers are the server's answers, as lines for comparison with another run.
type answers map[string]string

// figure is a row of the indicators.
type figure struct {
	ID                            string
	Value, Numerator, Denominator *string
}

// exportedRecord is a line of the export of records.
type exportedRecord struct {
	ID, Day        string
	Complete, Void bool
}

// exportedObservation is a line of the export of observations.
type exportedObservation struct {
	ID, Line, Device string
	Server           struct{ Status, Record, Grade string }
}

// serverView is everything read from the server.
type serverView struct {
	answers

	rows    map[string]figure
	sums    map[string]int64          // by measure
	records map[string]exportedRecord // by id
	lines   map[string][]string       // the statuses of an observation, one per appearance in the export
}

// readServer asks for every figure, sum, record and observation.
func (w *world) readServer() serverView {
	w.t.Helper()
	out := serverView{answers{}, map[string]figure{}, map[string]int64{}, map[string]exportedRecord{}, map[string][]string{}}
	plain := w.stableNames()
	raw, err := w.hq.ask(http.MethodGet, "/v1/indicators?year=2020&at=2020-12-31", nil)
	w.must(err)
	var table struct{ Rows []json.RawMessage }
	w.must(json.Unmarshal(raw, &table))
	for _, row := range table.Rows {
		var f figure
		w.must(json.Unmarshal(row, &f))
		out.rows[f.ID], out.answers["figure "+f.ID] = f, string(row)
	}
	sums, err := w.hub.Store().Sums(w.t.Context(), store.SumQuery{From: 1, To: 99991231, ByUnit: true, ByDay: true})
	w.must(err)
	for _, s := range sums {
		out.sums[s.Measure] += s.Amount
		if s.Amount != 0 {
			out.answers[fmt.Sprintf("sum %s %d %s", s.Unit, s.Day, s.Measure)] = strconv.FormatInt(s.Amount, 10)
		}
	}
	w.eachLine("/v1/export/records", func(line string) {
		var r exportedRecord
		w.must(json.Unmarshal([]byte(line), &r))
		out.records[r.ID] = r
		out.answers["record "+plain.Replace(r.ID)] = w.normalizeRecord(plain.Replace(line))
	})
	w.eachLine("/v1/export/observations?all=1", func(line string) {
		var o exportedObservation
		w.must(json.Unmarshal([]byte(line), &o))
		if name := plain.Replace(o.ID); name != o.ID { // else HQ's own
			out.lines[o.ID] = append(out.lines[o.ID], o.Server.Status)
			out.answers["observation "+name] += plain.Replace(fmt.Sprintf("%s %+v", o.Line, o.Server))
		}
	})
	return out
}

// stableNames replaces each observation's id by a name that is equal in every run: the device and a running number.
// Catalogue names in lines may differ between runs, since a device may hear of a version earlier, so these become equal
// too.
func (w *world) stableNames() *strings.Replacer {
	var pairs []string
	count := map[string]int{}
	for _, s := range w.truth {
		count[s.device]++
		pairs = append(pairs, s.id, fmt.Sprintf("%s-%d", s.device, count[s.device]))
	}
	return strings.NewReplacer(append(pairs, `"catalogue":"yunchuan-2020@1"`, `"catalogue":"shunping-2020@2"`,
		`"catalogue":"shunping-2020@1"`, `"catalogue":"shunping-2020@2"`)...)
}

// normalizeRecord sorts a record's observations. The ids of HQ's acts differ in each run, because the server signs HQ's
// acts with a key of its own.
func (w *world) normalizeRecord(line string) string {
	var r map[string]any
	w.must(json.Unmarshal([]byte(line), &r))
	var ids []string
	for _, id := range r["observations"].([]any) {
		if text := id.(string); strings.Contains(text, "-") {
			ids = append(ids, text)
		} else {
			ids = append(ids, "HQ's")
		}
	}
	slices.Sort(ids)
	r["observations"] = ids
	raw, err := json.Marshal(r)
	w.must(err)
	return string(raw)
}

func (w *world) eachLine(path string, do func(string)) {
	w.t.Helper()
	raw, err := w.hq.ask(http.MethodGet, path, nil)
	w.must(err)
	for line := range strings.Lines(string(raw)) {
		do(line)
	}
}
