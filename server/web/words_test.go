package web

import (
	"io/fs"
	"regexp"
	"strings"
	"testing"
)

// Every text is there in both languages.
func TestWords(t *testing.T) {
	for name, w := range words {
		if strings.TrimSpace(w[0]) == "" || strings.TrimSpace(w[1]) == "" || strings.Contains(w[0]+w[1], "%s") {
			t.Errorf("%s: %q", name, w)
		}
	}
}

var (
	asked  = regexp.MustCompile(`\bt ("\w*"|[^"}\s]+)`)
	quoted = regexp.MustCompile(`^"(\w+)"$`)
)

// A template asks with t for words by name, and each has a text; a name out of data goes through say, which refuses none.
func TestTemplatesAskForKnownWords(t *testing.T) {
	n := 0
	err := fs.WalkDir(templateFiles, ".", func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(templateFiles, file)
		for _, action := range regexp.MustCompile(`\{\{.*?\}\}`).FindAllString(string(text), -1) {
			for _, m := range asked.FindAllStringSubmatch(action, -1) {
				n++
				name := quoted.FindStringSubmatch(m[1])
				if name == nil || words[name[1]] == [2]string{} {
					t.Errorf("%s: %s", file, action)
				}
			}
		}
		return err
	})
	if err != nil || n < 150 {
		t.Fatalf("%d words, %v", n, err)
	}
}

func TestNamesOutOfDataAreShown(t *testing.T) {
	for _, tt := range [][4]string{
		{langZH, "act_", "amend", "更正"}, {langEN, "act_", "amend", "Amended"}, {langEN, "act_", "share", "share"}, {langZH, "", "pass", "达标"},
		{langZH, "grade_", "", "—"}, {langZH, "act_", "  ", "—"}, {langEN, "bool_", "true", "yes"}, {langEN, "bool_", "2", "2"},
	} {
		if got := say(tt[0], tt[1], tt[2]); got != tt[3] {
			t.Errorf("%q: %q, want %q", tt[:3], got, tt[3])
		}
	}
}

func TestFormats(t *testing.T) {
	for _, tt := range []struct{ got, want string }{
		{grouped("1234567.5"), "1,234,567.5"}, {grouped("-1234"), "−1,234"}, {grouped("999"), "999"}, {grouped("0.5"), "0.5"},
		{grouped("x"), "x"}, {grouped(""), ""},
		{wan("4687600.00"), "468.7600"}, {wan("150000"), "15.0000"}, {wan("123456789.12"), "12,345.6789"}, {wan("?"), "?"},
		{amount(langZH, 5_400_000, "毫秒"), "1.5 小时"}, {amount(langEN, 5_400_000, "毫秒"), "1.5 h"},
		{amount(langZH, 1_000_000, "毫秒"), "0.2778 小时"}, {amount(langZH, -120_000, "米·分"), "−2 公里·小时"},
		{amount(langZH, 15_000_000, "分"), "150,000 元"}, {amount(langZH, 9250, "万分之一"), "92.5 %"},
		{amount(langZH, 3000, "副"), "3,000 副"}, {amount(langEN, 3000, "副"), "3,000 sets"}, {amount(langZH, 0, ""), "0"},
		{moment("2020-12-31T16:00:00Z", toMinute), "2021-01-01 00:00"}, {moment("bad", toMinute), "bad"},
		{shortID("dev.ep.12.hash"), "dev #12"}, {shortID("x"), "x"},
		{clockShift(langZH, "2020-01-02T10:00:00+08:00", "2020-01-01T08:30:00+08:00"), "−1 天 1 小时"},
		{clockShift(langEN, "2020-01-01T08:00:00+08:00", "2020-01-01T08:00:05+08:00"), "+5 s"},
		{clockShift(langZH, "2020-01-01T08:00:00+08:00", "2020-01-01T08:00:00.4+08:00"), ""},
		{localPath("/budgets?year=2020"), "/budgets?year=2020"}, {localPath("//evil"), home}, {localPath("https://evil/"), home},
		{localPath(`/\evil`), home}, {localPath(""), home}, {localPath("/signin"), home}, {localPath("javascript:alert(1)"), home},
	} {
		if tt.got != tt.want {
			t.Errorf("%q, want %q", tt.got, tt.want)
		}
	}
}
