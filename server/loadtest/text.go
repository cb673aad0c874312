package main

import (
	"fmt"
	"strconv"
	"time"
)

// thousands writes 3000000 as "3 000 000".
func thousands(n int) string {
	digits := strconv.Itoa(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + " " + digits[i:]
	}
	return digits
}

// micros is microseconds for each of n.
func micros(d time.Duration, n int) float64 { return float64(d.Microseconds()) / float64(n) }

// ms writes a duration in milliseconds.
func ms(d time.Duration) string { return fmt.Sprintf("%.1f ms", float64(d.Microseconds())/1000) }
