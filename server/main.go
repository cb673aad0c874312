// Command server is the roadbook server: it takes in what devices in the field recorded, counts every
// observation exactly once, and answers what has been reached. serve runs it; demo runs it with a year of
// invented data; user and device manage who may use it, also beside a running server.
package main

import (
	"context"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	_ "time/tzdata" // days are Asia/Shanghai's, on machines without a time-zone database too
)

// gcPercent lets the heap grow to three times what lives: a tenth of the processor's time is worth a few
// dozen megabytes. GOGC, where it is set, wins.
const gcPercent = 200

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}
