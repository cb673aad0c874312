package imports_test

import (
	"fmt"
	"strings"
	"testing"

	"roadbook/schema"
	"roadbook/server/imports"
)

// Letters of formats, with times at UTC-5 (New York in winter) where the text names no zone.
func TestLettersOfTimeFormats(t *testing.T) {
	for _, tt := range []struct{ format, text, want string }{
		{"YYYY-MM-DD HH:mm", "2020-01-02 15:20", "2020-01-03T04:20:00+08:00"},
		{"YYYY-MM-DD HH:mm", "2020-01-02 9:20", "2020-01-02T22:20:00+08:00"},
		{"YYYY-MM-DD hh:mm", "2020-01-02 15:20", "2020-01-03T04:20:00+08:00"}, // h is of 24 hours where no AM stands
		{"YYYY-MM-DD hh:mm AM", "2020-01-02 03:20 PM", "2020-01-03T04:20:00+08:00"},
		{"YYYY-MM-DD hh:mm AM", "2020-01-02 12:20 am", "2020-01-02T13:20:00+08:00"},
		{"M/D/YYYY h:mmAM", "1/2/2020 3:20pm", "2020-01-03T04:20:00+08:00"},
		{"YYYYMMDD Hmm", "20200102 935", "2020-01-02T22:35:00+08:00"},
		{"YYYYMMDD hmm", "20200102 1535", "2020-01-03T04:35:00+08:00"},
		{"YYYYMMDD hmm AM", "20200102 935 PM", "2020-01-03T10:35:00+08:00"},
		{"YYYY/MM/DD Hmmss", "2020/01/02 93501", "2020-01-02T22:35:01+08:00"},
		{"YYYY-MM-DDTHH:mm:ssZZ", "2020-01-02T09:50:00Z", "2020-01-02T17:50:00+08:00"},
		{"YYYY-MM-DDTHH:mm:ssZZ", "2020-01-02T09:50:00+00", "2020-01-02T17:50:00+08:00"},
		{"YYYY-MM-DDTHH:mm:ssZZ", "2020-01-02T09:50:00+0530", "2020-01-02T12:20:00+08:00"},
		{"YYYY-MM-DDTHH:mm:ssZZ", "2020-01-02T09:50:00-05:00", "2020-01-02T22:50:00+08:00"},
		{"YYYY-MM-DDTHH:mm:ssZZ", "2020-01-02T09:50:00−05", "2020-01-02T22:50:00+08:00"},
		{"YYYY-MM-DDTHH:mm:ss.SSSZZ", "2020-01-02t09:50:00.000z", "2020-01-02T17:50:00+08:00"},
		{"YYYY-MM-DD HH:mm", "2020-01-02 24:20", ""},
		{"YYYY-MM-DD hh:mm AM", "2020-01-02 15:20 PM", ""},
		{"YYYYMMDD Hmm", "20200102 95", ""},
	} {
		text := strings.Replace(people, "{column: 时间}", fmt.Sprintf("{column: 时间, formats: [%q]}", tt.format), 1)
		m := load(t, strings.Replace(text, "kind:", "time_zone: America/New_York\nkind:", 1))
		b := imports.Read(m, "t.csv", []byte("编号,单位,时间,案号,受伤,备注\n1,check-1,"+tt.text+",,,\n"))
		if tt.want == "" {
			if got := found(b); got != "第 2 行 C 列（时间） bad_date" {
				t.Errorf("%s of %s: %s", tt.text, tt.format, got)
			}
			continue
		}
		if got := found(b); got != "" {
			t.Errorf("%s of %s: %s", tt.text, tt.format, got)
		} else if got := fieldsOf(t, b, "occurred_at")("1"); got != tt.want {
			t.Errorf("%s of %s is %s, want %s", tt.text, tt.format, got, tt.want)
		}
	}
	_, err := imports.Load([]byte(strings.Replace(people, "{column: 时间}", `{column: 时间, formats: ["YYYY-MM-DD HH:mm AM"]}`, 1)), "m.yaml", schema.Default())
	if err == nil || !strings.Contains(err.Error(), "12 小时制为 hh:mm AM") {
		t.Errorf("HH beside AM: %v", err)
	}
}
