package recounttest

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Listed is a record as an export tells it. Fields has times as Unix ms and days as yyyymmdd.
type Listed struct {
	ID, Kind, Group        string
	Fields                 map[string]string
	Complete, Void, Counts bool
	HQ                     bool     // HQ or an import created the record
	Saved                  int64    // moment of the create, Unix ms
	Items                  []Listed // casualties: ID, Kind, Fields, Complete and Void
	Ignored                []string // observations that do not fit the record
}

// DoubtKey names a doubt: schema/data/doubts.yaml. Item and Other are "" without an item or another record.
type DoubtKey struct{ Record, Code, Item, Other string }

// Doubting recounts doubts.
type Doubting struct {
	Records []Listed // by the moment of their first observation
	Years   []int    // with targets
	Without Rule     // a rule taken out, as a test of the comparison

	lists  map[string]map[string][]validOn
	groups map[string][]*Listed
	cases  map[string][]*Listed // counting accidents by 122 number
	told   map[DoubtKey]bool
}

// validOn is the time in which a list has a value: from a day until before another (0: open).
type validOn struct{ from, until int64 }

// doubtCodes are the codes of all doubts. same_number is told where a server's follower has found it.
const doubtCodes = "same_number no_targets far_past far_future unknown_unit unknown_segment odd_segment unknown_project unknown_plan_item unknown_facility unplanned_task odd_plate unlisted_violation death_before death_late duplicate repeated near left_out alike misplaced"

// SameNumber is the doubt that an export tells only where a follower is at work.
const SameNumber = "same_number"

// The rules about doubts beside their codes.
const (
	NoList     Rule = "a list without an entry for the day raises no doubt"
	FarImports Rule = "imports may be far from their saving"
	PlanStays  Rule = "a finished task stays in the plan"
	Settled    Rule = "records linked by HQ are settled"
)

// DoubtRules lists the rules about doubts that an export tells without a follower: a rule for each code, and the others.
func DoubtRules() []Rule {
	all := []Rule{NoList, FarImports, PlanStays, Settled}
	for code := range strings.FieldsSeq(doubtCodes) {
		if code != SameNumber {
			all = append(all, doubtRule(code))
		}
	}
	return all
}

func doubtRule(code string) Rule { return Rule("doubt " + code) }

func (d *Doubting) has(r Rule) bool { return d.Without != r }

// Doubts recounts all doubts.
func (d *Doubting) Doubts() map[DoubtKey]bool {
	d.told, d.groups, d.cases = map[DoubtKey]bool{}, map[string][]*Listed{}, map[string][]*Listed{}
	for i := range d.Records {
		r := &d.Records[i]
		d.groups[r.Group] = append(d.groups[r.Group], r)
		if text := strings.ToUpper(r.Fields["case_number"]); r.Counts && r.Kind == "accident" && strings.ContainsAny(text, "123456789") {
			d.cases[text] = append(d.cases[text], r)
		}
	}
	d.fillLists()
	for i := range d.Records {
		if r := &d.Records[i]; !r.Void && rulesOf[r.Kind].need != nil {
			d.ofFields(r)
			d.ofDeaths(r)
			d.ofStrays(r)
			d.ofEvent(r)
			d.ofNeighbours(r)
			d.ofCases(r)
		}
	}
	return d.told
}

func (d *Doubting) tell(r *Listed, code, item, other string) {
	if d.has(doubtRule(code)) {
		d.told[DoubtKey{r.ID, code, item, other}] = true
	}
}

// fillLists makes HQ's lists. A row ends when the next row of its value begins.
func (d *Doubting) fillLists() {
	d.lists = map[string]map[string][]validOn{}
	add := func(list, value string, from, until int64) {
		if d.lists[list] == nil {
			d.lists[list] = map[string][]validOn{}
		}
		d.lists[list][value] = append(d.lists[list][value], validOn{from, until})
	}
	for _, year := range d.Years {
		for _, code := range projectCodes[1:] {
			add("project", code, int64(year*10000+101), int64((year+1)*10000+101))
		}
	}
	for i := range d.Records {
		r := &d.Records[i]
		f := r.Fields
		planned := r.Kind == "task" && r.HQ && r.Complete && !r.Void && d.has(PlanStays)
		if !r.Counts && !planned {
			continue
		}
		switch r.Kind {
		case "unit_entry":
			add("unit", f["code"], number(f["from_day"]), number(f["to_day"]))
		case "segment", "facility_plan":
			name := map[string]string{"segment": "segment", "facility_plan": "plan_item"}[r.Kind]
			add(name, f[name], number(f["from_day"]), number(f["to_day"]))
		case "facility":
			if r.HQ || f["status"] == "building" || f["status"] == "in_use" {
				add("facility", f["facility"], 0, 0)
			}
		case "task":
			if r.HQ {
				add("task", f["project"]+"|"+f["task"], 0, 0)
			}
		}
	}
	for _, values := range d.lists {
		for _, rows := range values {
			endAtNextRow(rows)
		}
	}
}

// endAtNextRow ends each row of a value on the day on which the next begins.
func endAtNextRow(rows []validOn) {
	slices.SortStableFunc(rows, func(a, b validOn) int { return int(a.from - b.from) })
	for i := range rows[:len(rows)-1] {
		if next := rows[i+1].from; next != 0 && (rows[i].until == 0 || next < rows[i].until) {
			rows[i].until = next
		}
	}
}

// lacks reports whether a list has some value on a day, and not this value.
func (d *Doubting) lacks(list, value string, day int64) bool {
	on := func(p validOn) bool { return p.from <= day && (p.until == 0 || day < p.until) }
	if slices.ContainsFunc(d.lists[list][value], on) {
		return false
	}
	for _, rows := range d.lists[list] {
		if slices.ContainsFunc(rows, on) {
			return true
		}
	}
	return !d.has(NoList)
}

const ledgerKinds = "baseline segment facility_plan vehicles_due budget expectation unit_entry site_entry"

func isAmong(word, words string) bool { return slices.Contains(strings.Fields(words), word) }

// named lists for each field the list of its values, the kinds and the doubt.
var named = []struct{ code, kinds, list, field string }{
	{"unknown_segment", "patrol", "segment", "segment"}, {"odd_segment", "congestion hazard", "segment", "segment"},
	{"unknown_project", "survey task asset expenditure", "project", "project"},
	{"unknown_plan_item", "facility", "plan_item", "plan_item"}, {"unknown_facility", "facility", "facility", "facility"},
}

// ofFields finds the doubts about the record alone, by HQ's lists and the moment of saving.
func (d *Doubting) ofFields(r *Listed) {
	f := r.Fields
	if f["occurred_at"] == "" || isAmong(r.Kind, ledgerKinds) {
		return
	}
	at := number(f["occurred_at"])
	day := int64(dayOfMs(at))
	if !slices.Contains(d.Years, int(day/10000)) {
		d.tell(r, "no_targets", "", "")
	}
	if f["unit"] != "" && f["unit"] != "hq" && d.lacks("unit", f["unit"], day) {
		d.tell(r, "unknown_unit", "", "")
	}
	for _, n := range named {
		whole := f["status"] == "building" || f["status"] == "in_use"
		if isAmong(r.Kind, n.kinds) && f[n.field] != "" && d.lacks(n.list, f[n.field], day) && !(n.code == "unknown_facility" && whole) {
			d.tell(r, n.code, "", "")
		}
	}
	if r.Kind == "task" && f["project"] != "" && f["task"] != "" && d.lacks("task", f["project"]+"|"+f["task"], day) {
		d.tell(r, "unplanned_task", "", "")
	}
	d.ofNumbers(r)
	if imported := r.HQ || f["source_key"] != ""; imported && d.has(FarImports) {
		return
	}
	if r.Saved-at > 400*24*3600_000 {
		d.tell(r, "far_past", "", "")
	}
	periodic := "task facility compliance attestation offsite count"
	if at-r.Saved > 2*24*3600_000 && !isAmong(r.Kind, periodic) {
		d.tell(r, "far_future", "", "")
	}
}

// commonViolations are the codes of schema/data/codes/violation_code.yaml that the invented people use.
const commonViolations = "1039 1042 1208 1223 1301 1344 1345 1018"

// plateShapes are the plates of the invented people: a province, a letter and five or six characters without O and I, or none.
var plateShapes = regexp.MustCompile(`^(-|[冀京][A-HJ-NP-Z][0-9A-HJ-NP-Z]{5,6})$`)

// ofNumbers finds plates of no shape without a plate type, and violations outside the table.
func (d *Doubting) ofNumbers(r *Listed) {
	plate := r.Fields["plate_number"]
	if isAmong(r.Kind, "enforcement certificate") && plate != "" && r.Fields["plate_type"] == "" && !plateShapes.MatchString(plate) {
		d.tell(r, "odd_plate", "", "")
	}
	code := r.Fields["violation_code"]
	if r.Kind == "enforcement" && code != "" && !isAmong(code[:min(len(code), 4)], commonViolations) {
		d.tell(r, "unlisted_violation", "", "")
	}
}

// ofDeaths finds deaths that do not count.
func (d *Doubting) ofDeaths(r *Listed) {
	at := number(r.Fields["occurred_at"])
	for _, i := range r.Items {
		after := number(i.Fields["died_at"]) - at
		switch {
		case r.Kind != "accident" || !i.Complete || i.Void || at == 0:
		case after < 0:
			d.tell(r, "death_before", i.ID, "")
		case after > sevenDays:
			d.tell(r, "death_late", i.ID, "")
		}
	}
}

// ofStrays finds observations and casualties on a record of another kind.
func (d *Doubting) ofStrays(r *Listed) {
	if isAmong(r.Kind, ledgerKinds) {
		return
	}
	for _, id := range r.Ignored {
		d.tell(r, "misplaced", "", id)
	}
	for _, i := range r.Items {
		if i.Kind == "casualty" && r.Kind != "accident" && !i.Void {
			d.tell(r, "misplaced", i.ID, i.ID)
		}
	}
}

// keyOn is a record's natural key, some days later; "": none.
func (r *Listed) keyOn(days int) string {
	f := maps.Clone(r.Fields)
	if f["occurred_at"] != "" {
		f["occurred_at"] = strconv.FormatInt(number(f["occurred_at"])+int64(days)*24*3600_000, 10)
	}
	return new(Crowd).keyOf(&folded{kind: r.Kind, fields: f})
}

// ofEvent finds the doubts about a record among the records of its event.
func (d *Doubting) ofEvent(r *Listed) {
	if !r.Complete {
		return
	}
	const once = "accident hit_and_run enforcement patrol survey plate certificate expenditure asset"
	if key := r.keyOn(0); isAmong(r.Kind, once) && key != "" && (r.Group == key || !d.has(Settled)) {
		for _, o := range d.groups[r.Group] {
			if o.Kind != r.Kind || o.ID == r.ID || o.Void || !o.Complete || d.has(Settled) && o.keyOn(0) != o.Group {
				continue
			}
			if r.Counts {
				d.tell(r, "repeated", "", o.ID)
				break
			}
			if o.Counts {
				d.tell(r, "duplicate", "", o.ID)
			}
		}
	}
	if r.Counts && r.Kind == "accident" {
		d.ofCasualties(r)
	}
}
