package killpoint

import (
	"fmt"
	"os"
	"time"
)

// ClockVariable is the offset of a program's wall clock from the machine's, as read by time.ParseDuration: 3h, -26h.
// Empty: no offset.
const ClockVariable = "ROADBOOK_TEST_CLOCK"

// Shift reads ClockVariable. Shift panics on an unreadable text: a test that shifts nothing must not pass for a test
// with a shifted clock.
func Shift() time.Duration {
	text := os.Getenv(ClockVariable)
	if text == "" {
		return 0
	}
	shift, err := time.ParseDuration(text)
	if err != nil {
		panic(fmt.Sprintf("%s=%q: %v", ClockVariable, text, err))
	}
	return shift
}
