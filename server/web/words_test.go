package web

import (
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
