package localdb

import (
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// kernelBoot returns the kernel's id of this boot and a clock of the ms since its start, sleep included.
func kernelBoot() (id string, up func() int64, ok bool) {
	raw, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return "", nil, false
	}
	up = func() int64 {
		var t unix.Timespec
		if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &t); err != nil {
			return 0
		}
		return t.Nano() / 1e6
	}
	return strings.TrimSpace(string(raw)), up, up() > 0
}
