package killpoint

import (
	"fmt"
	"os"
	"time"
)

// ClockVariable says by how much the wall clock of a program is ahead of the machine's, as time.ParseDuration reads it:
// 3h, -26h. Empty: it is the machine's.
const ClockVariable = "ROADBOOK_TEST_CLOCK"

// Shift reads ClockVariable. It panics where the text can't be read: a test that shifts nothing must not look like one
// that does.
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
