package recounttest

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
	"unicode/utf8"
)

// The sorts of fields, for writing them into lines: all others are texts.
var (
	timeFields = fieldSet("occurred_at reported_at dispatched_at arrived_at cleared_at closed_at died_at opened_at solved_at start_at end_at found_at fixed_at verified_at done_at")
	dayFields  = fieldSet("day shift_day period_from period_to status_from status_to due_on bought_on in_service_on from_day to_day")
	intFields  = fieldSet("dead injured minutes sets quantity due missed planned accepted amount_fen number adjusted_fen carry_over_fen")
	// prose and closed forms are typed plainly
	plainFields = fieldSet("evidence name source file_digest")
)

func fieldSet(names string) map[string]bool {
	set := map[string]bool{}
	for name := range strings.FieldsSeq(names) {
		set[name] = true
	}
	return set
}

// typeFields writes the values of fields like people and input methods, and returns the texts as typed.
func typeFields(rng *rand.Rand, fields map[string]string) (typed map[string]any, texts map[string]string) {
	typed, texts = map[string]any{}, map[string]string{}
	for name, value := range inOrderOf(fields) {
		switch {
		case value == "":
			typed[name] = nil
		case timeFields[name]:
			zone := time.FixedZone("", []int{8, 8, 0, -5}[rng.IntN(4)]*3600)
			typed[name] = time.UnixMilli(number(value)).In(zone).Format("2006-01-02T15:04:05.999Z07:00")
		case dayFields[name]:
			d := number(value)
			typed[name] = fmt.Sprintf("%04d-%02d-%02d", d/10000, d/100%100, d%100)
		case intFields[name]:
			typed[name] = number(value)
		case name == "spoiled":
			typed[name] = value == "true"
		case plainFields[name]:
			typed[name] = value
		default:
			text := spell(rng, value)
			typed[name], texts[name] = text, text
		}
	}
	return typed, texts
}

var (
	unseenSigns = []string{"\u200b", "\ufeff", "\u00ad", "\u200e", "\u2060", "\ufe0f", "\u200d", "\u3164", "\U000e0041"}
	hyphens     = []string{"-", "\u2010", "\u2011", "\u2013", "\u2014", "\u2212", "\uff0d", "\u2500", "\ufe63"}
)

// spell writes a name like a chat, an input method or a keyboard.
func spell(rng *rand.Rand, text string) string {
	if rng.IntN(2) == 0 {
		return text
	}
	var out strings.Builder
	for _, r := range text {
		switch {
		case r == '-' && rng.IntN(2) == 0:
			out.WriteString(hyphens[rng.IntN(len(hyphens))])
		case (r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z') && rng.IntN(3) == 0:
			out.WriteRune(r - '!' + '！')
		default:
			out.WriteRune(r)
		}
		if rng.IntN(6) == 0 {
			out.WriteString(unseenSigns[rng.IntN(len(unseenSigns))])
		}
	}
	if rng.IntN(4) == 0 {
		out.WriteString([]string{" ", "\u3000", "\u00a0"}[rng.IntN(3)])
	}
	if utf8.RuneCountInString(out.String()) > 200 {
		return text
	}
	return out.String()
}
