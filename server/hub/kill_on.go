//go:build killpoints

package hub

import (
	"context"
	"os"
	"time"

	"roadbook/server/api"
	"roadbook/server/ingest"
	"roadbook/server/store"
	"roadbook/server/store/faulty"
	"roadbook/sync/simtest/killpoint" //nolint:depguard // a test program, by its tag
	"roadbook/sync/wire"
)

// stepAnswer is the step between the end of a request's work and the first byte of its answer.
const stepAnswer = "Answer"

var killAt = killpoint.FromEnvironment()

// systemClock is the machine's clock, shifted by the environment's setting.
func systemClock() func() time.Time {
	shift := killpoint.Shift()
	return func() time.Time { return time.Now().Add(shift) }
}

// disabledRules disables the rule named in the environment, so that a test can check whether the suite notices.
func disabledRules(rules store.Guard) store.Guard {
	const variable = "ROADBOOK_WITHOUT"
	switch name := os.Getenv(variable); name {
	case "":
		return rules
	case "Sweep":
		return rules | store.Sweep
	case "Lease":
		return rules | store.Lease
	case "EpochOrder":
		return rules | store.EpochOrder
	default: // a misspelt rule must not look like a disabled one
		panic(variable + "=" + name + ": no such rule")
	}
}

// killStore adds a kill point before and after every step of the store.
func killStore(s store.Store) store.Store {
	return faulty.Wrap(s, func(step string, before bool) error {
		killAt.Pass(step, before)
		return nil
	})
}

func killWriter(w api.Writer) api.Writer { return killableWriter{w} }

type killableWriter struct{ api.Writer }

func (m killableWriter) Sync(ctx context.Context, who ingest.Device, req *wire.Request) (*wire.Answer, error) {
	a, err := m.Writer.Sync(ctx, who, req)
	killAt.Pass(stepAnswer, true)
	return a, err
}
