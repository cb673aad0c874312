package schema

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestTimes(t *testing.T) {
	good := map[string]int64{
		"1970-01-01T00:00:00Z":                0,
		"1970-01-01T08:00:00+08:00":           0,
		"1969-12-31T23:59:59.999Z":            -1,
		"2020-02-29T00:00:00+08:00":           1582905600000,
		"2020-12-31T23:59:00+08:00":           1609430340000,
		"2021-01-01T00:30:00+08:00":           1609432200000,
		"2020-12-31T16:30:00-00:00":           1609432200000,
		"2020-12-31T11:30:00.5-05:00":         1609432200500,
		"2020-12-31T16:30:00.123456789+00:00": 1609432200123,
	}
	for text, want := range good {
		if got, ok := parseTime([]byte(text)); !ok || got != want {
			t.Errorf("%s is %d (%v), want %d", text, got, ok, want)
		}
	}
	for _, text := range []string{
		"", "2020-12-15", "2020-12-15T10:00:00", "2020-12-15 10:00:00Z", "2020-12-15T10:00Z", "2020-12-15t10:00:00z",
		"2020-00-15T10:00:00Z", "2020-13-15T10:00:00Z", "2020-12-00T10:00:00Z", "2020-11-31T10:00:00Z", "2100-02-29T10:00:00Z",
		"2020-12-15T24:00:00Z", "2020-12-15T10:60:00Z", "2020-12-15T10:00:60Z", "2020-12-15T10:00:00.Z", "2020-12-15T10:00:00.1234567890Z",
		"2020-12-15T10:00:00+0800", "2020-12-15T10:00:00+24:00", "2020-12-15T10:00:00+08:60", "2020-12-15T10:00:00Zx", "20-12-15T10:00:00Z",
		"2020-12-15T1a:00:00Z", "-020-12-15T10:00:00Z", "0000-12-31T15:59:59Z", "9999-12-31T23:00:00-08:00",
	} {
		if got, ok := parseTime([]byte(text)); ok {
			t.Errorf("%s is taken for %d", text, got)
		}
	}
}

func TestDays(t *testing.T) {
	for text, want := range map[string]int64{"2020-06-30": 20200630, "2020-02-29": 20200229, "0001-01-01": 10101, "9999-12-31": 99991231, "2000-02-29": 20000229} {
		got, ok := parseDay([]byte(text))
		if !ok || got != want || string(appendDay(nil, got)) != text {
			t.Errorf("%s is %d (%v), want %d", text, got, ok, want)
		}
	}
	for _, text := range []string{"", "2020-6-30", "2020-06-31", "2021-02-29", "1900-02-29", "2020-00-01", "2020-13-01", "2020-01-00", "0000-01-01",
		"2020/06/30", "20200630", "2020-06-30T00:00:00Z", "-020-06-30", "2020-06-3x"} {
		if got, ok := parseDay([]byte(text)); ok {
			t.Errorf("%s is taken for %d", text, got)
		}
	}
}

// The standard library decides independently.
func TestTimesAgreeWithTheStandardLibrary(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ms := rapid.Int64Range(minTime+86400_000, maxTime-86400_000).Draw(t, "ms")
		zone := time.FixedZone("", 60*rapid.IntRange(-14*60, 14*60).Draw(t, "zone"))
		text := time.UnixMilli(ms).In(zone).Format("2006-01-02T15:04:05.000Z07:00")
		want, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := parseTime([]byte(text)); !ok || got != want.UnixMilli() || got != ms {
			t.Fatalf("%s is %d (%v), want %d", text, got, ok, ms)
		}
		if got, ok := parseTime(appendTime(nil, ms)); !ok || got != ms {
			t.Fatalf("%d comes back as %d (%v)", ms, got, ok)
		}
	})
}
