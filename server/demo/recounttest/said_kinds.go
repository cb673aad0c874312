package recounttest

import (
	"strconv"
	"strings"
	"time"
)

// kindRules holds the rules of a kind, read from schema/DOMAIN.md#kinds-of-observation.
type kindRules struct {
	need    []string // beside unit and occurred_at
	coupled [][]string
	key     []string // "#day", "#month": of occurred_at
	last    bool     // of records with the same key the last counts
	ordered []string // ascending, where known
	strict  bool     // no two of ordered are equal
	silent  bool     // nobody is expected to deliver it
}

var rulesOf = map[string]kindRules{
	"nil":         {need: []string{"kind", "day"}, key: []string{"unit", "kind", "day"}, silent: true},
	"incident":    {need: []string{"category", "reported_at"}, coupled: [][]string{incidentTimes}, ordered: incidentTimes},
	"accident":    {need: []string{"severity"}, coupled: [][]string{{"severity", "procedure", "dead"}}, key: []string{"platform_number"}},
	"casualty":    {need: []string{"died_at"}},
	"hit_and_run": {need: []string{"case_number", "opened_at"}, coupled: [][]string{{"opened_at", "solved_at"}}, key: []string{"case_number"}, ordered: []string{"opened_at", "solved_at"}},
	"enforcement": {need: []string{"violation_code", "plate_number", "road_type", "action"}, coupled: [][]string{{"plate_number", "plate_type"}}, key: []string{"document_number"}},
	"patrol":      {need: []string{"segment", "shift", "shift_day", "start_at", "end_at"}, coupled: [][]string{{"start_at", "end_at"}}, key: []string{"segment", "shift", "shift_day"}, ordered: []string{"start_at", "end_at"}, strict: true},
	"congestion":  {need: []string{"segment", "km", "minutes", "level"}},
	"hazard":      {need: []string{"category", "found_at"}, coupled: [][]string{{"fixed_at", "verified_at"}}, ordered: []string{"found_at", "fixed_at", "verified_at"}},

	"plate":       {need: []string{"plate_type", "plate_number", "business"}, key: []string{"plate_type", "plate_number", "business", "#day"}},
	"certificate": {need: []string{"certificate"}, key: []string{"certificate", "certificate_number"}},
	"compliance":  {need: []string{"due", "missed"}, coupled: [][]string{{"due", "missed"}}, key: []string{"unit", "#month"}, last: true, ordered: []string{"missed", "due"}},
	"survey":      {need: []string{"survey", "serial", "project", "topic", "grade"}, key: []string{"survey", "serial"}},

	"offsite":     {need: []string{"period_from", "period_to", "road_type", "number", "source_system", "file_digest"}, coupled: [][]string{period}, key: []string{"source_system", "period_from", "period_to", "road_type"}, last: true, ordered: period, silent: true},
	"facility":    {need: []string{"facility", "facility_type", "status", "status_from"}, coupled: [][]string{{"status", "status_from", "status_to"}}, key: []string{"facility", "status", "status_from"}, ordered: []string{"status_from", "status_to"}, strict: true},
	"task":        {need: []string{"project", "task", "due_on"}, key: []string{"project", "task"}, last: true},
	"asset":       {need: []string{"asset", "project", "bought_on"}, coupled: [][]string{{"bought_on", "in_service_on"}}, key: []string{"asset"}, ordered: []string{"bought_on", "in_service_on"}},
	"expenditure": {need: []string{"project", "amount_fen"}, key: []string{"project", "voucher"}},
	"attestation": {need: []string{"row", "value", "evidence"}, key: []string{"row", "#day"}, last: true},
	"count":       {need: []string{"what", "period_from", "period_to", "number", "source_system", "file_digest"}, coupled: [][]string{period}, key: []string{"what", "unit", "period_from", "period_to", "source_system"}, last: true, ordered: period, silent: true},

	"baseline":      {need: []string{"measure", "period_from", "period_to", "number"}, coupled: [][]string{period}, key: []string{"unit", "measure", "period_from", "period_to"}, last: true, ordered: period, silent: true},
	"segment":       {need: []string{"segment", "km", "from_day"}, coupled: [][]string{validity}, key: []string{"segment", "from_day"}, last: true, ordered: validity, strict: true, silent: true},
	"facility_plan": {need: []string{"plan_item", "facility_type", "planned", "from_day"}, key: []string{"plan_item"}, last: true, silent: true},
	"vehicles_due":  {need: []string{"due"}, key: []string{"unit", "#month"}, last: true, silent: true},
	"budget":        {need: []string{"project", "adjusted_fen"}, key: []string{"project", "#day"}, last: true, silent: true},
	"expectation":   {need: []string{"expected_unit", "expected_kind", "every", "from_day"}, coupled: [][]string{validity}, key: []string{"expected_unit", "expected_kind", "from_day"}, last: true, ordered: validity, strict: true, silent: true},
	"unit_entry":    {need: []string{"code", "name", "unit_type", "from_day"}, coupled: [][]string{validity}, key: []string{"code", "from_day"}, last: true, ordered: validity, strict: true, silent: true},
	"site_entry":    {need: []string{"code", "name", "from_day"}, key: []string{"code", "from_day"}, last: true, silent: true},
}

var (
	incidentTimes = []string{"reported_at", "dispatched_at", "arrived_at", "cleared_at"}
	period        = []string{"period_from", "period_to"}
	validity      = []string{"from_day", "to_day"}
)

// isWhole reports whether a record has all needed fields, without contradiction.
func isWhole(kind string, f map[string]string) bool {
	rules, known := rulesOf[kind]
	for _, name := range append([]string{"unit", "occurred_at"}, rules.need...) {
		if f[name] == "" {
			return false
		}
	}
	return known && inOrder(&rules, f) && agrees(kind, f)
}

func inOrder(rules *kindRules, f map[string]string) bool {
	before := ""
	for _, name := range rules.ordered {
		if f[name] == "" {
			continue
		}
		if before != "" && (number(f[before]) > number(f[name]) || rules.strict && number(f[before]) == number(f[name])) {
			return false
		}
		before = name
	}
	return true
}

func agrees(kind string, f map[string]string) bool {
	switch kind {
	case "accident":
		fatal := f["severity"] == "fatal"
		deadFit := f["dead"] == "" || f["severity"] == "unknown" || fatal == (number(f["dead"]) >= 1)
		return deadFit && (!fatal || f["procedure"] == "" || f["procedure"] == "general")
	case "congestion", "segment":
		return thousandths(f["km"]) > 0
	case "baseline":
		return number(f["period_from"])/100 == number(f["period_to"])/100
	}
	return true
}

// keyOf is the event of a record by its key, else the record itself.
func (c *Crowd) keyOf(r *folded) string {
	rules := rulesOf[r.kind]
	if len(rules.key) == 0 || !c.has(Keys) || r.fields["occurred_at"] == "" {
		return r.id
	}
	parts := []string{r.kind}
	for _, part := range rules.key {
		text := r.fields[part]
		switch {
		case part == "#day":
			text = strconv.Itoa(r.day())
		case part == "#month":
			text = strconv.Itoa(r.day() / 100)
		case text == "" || text == "-" && part == "plate_number":
			return r.id
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, "|")
}

// day is the day of occurred_at, yyyymmdd.
func (r *folded) day() int { return dayOfMs(number(r.fields["occurred_at"])) }

func number(s string) int64 {
	n, _ := strconv.ParseInt(s, 10, 64)
	return n
}

// thousandths is a decimal times a thousand.
func thousandths(s string) int64 { return shifted(s, 3) }

// shifted is a decimal times a power of ten; further decimals are none.
func shifted(s string, places int) int64 {
	whole, frac, _ := strings.Cut(s, ".")
	return number(whole + (frac + "0000")[:places])
}

func dayOfMs(ms int64) int {
	t := time.UnixMilli(ms).UTC().Add(8 * time.Hour)
	return t.Year()*10000 + int(t.Month())*100 + t.Day()
}
