package catalogue

import (
	"regexp"
	"strconv"
	"strings"

	"roadbook/schema"
)

// Revision is a line of a copy that a person must check before publication.
type Revision struct {
	Line int         `json:"line"`
	Text string      `json:"text"` // the whole line
	Why  schema.Text `json:"why"`
}

// Keys whose values belong to a single year.
var yearlyKeys = []struct {
	key *regexp.Regexp
	why schema.Text
}{
	{regexp.MustCompile(`^ *budget(_total)?:`), schema.Text{ZH: "预算是上一年的", EN: "the budget is the other year's"}},
	{regexp.MustCompile(`^ *plan:`), schema.Text{ZH: "计划进度是上一年的", EN: "the plan is the other year's"}},
	{regexp.MustCompile(`^ *intent:`), schema.Text{ZH: "口径是为上一年确认的，请重新确认或删除", EN: "the intent was confirmed for the other year: confirm it anew or take it out"}},
	{regexp.MustCompile(`^ *overall_goal:`), schema.Text{ZH: "总体目标是上一年的", EN: "the overall goal is the other year's"}},
}

// LinesToRevise lists the lines of a copy that still belong to the original's year: money, plans, intents, and lines
// with that year's number or the number of the year before. Names and targets are facts and are copied unchanged.
func LinesToRevise(copied []byte, from int) (out []Revision) {
	year := regexp.MustCompile(`(?:^|[^0-9])(` + strconv.Itoa(from) + `|` + strconv.Itoa(from-1) + `)(?:[^0-9]|$)`)
	listed := false // within the list of what is carried over
	for n, line := range strings.Split(string(copied), "\n") {
		listed = strings.HasPrefix(line, "carried_over:") || listed && strings.HasPrefix(line, " ")
		if listed {
			continue
		}
		why, ok := schema.Text{}, false
		if m := year.FindStringSubmatch(line); m != nil {
			why, ok = schema.Text{ZH: "提到 " + m[1] + " 年", EN: "speaks of " + m[1]}, true
		}
		for _, y := range yearlyKeys {
			if y.key.MatchString(line) {
				why, ok = y.why, true
			}
		}
		if ok {
			out = append(out, Revision{n + 1, strings.TrimSpace(line), why})
		}
	}
	return out
}
