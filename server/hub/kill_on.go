//go:build killpoints

package hub

import (
	"context"

	"roadbook/server/api"
	"roadbook/server/ingest"
	"roadbook/server/store"
	"roadbook/server/store/faulty"
	"roadbook/sync/simtest/killpoint" //nolint:depguard // a test program, by its tag
	"roadbook/sync/wire"
)

// stepAnswer is the step between the end of all work on a request and the first byte of its answer.
const stepAnswer = "Answer"

var killAt = killpoint.FromEnvironment()

// killStore has a place to die at before and after every step of the store.
func killStore(s store.Store) store.Store {
	return faulty.Wrap(s, func(step string, before bool) error {
		killAt.Pass(step, before)
		return nil
	})
}

func killWriter(w api.Writer) api.Writer { return mortal{w} }

type mortal struct{ api.Writer }

func (m mortal) Sync(ctx context.Context, who ingest.Device, req *wire.Request) (*wire.Answer, error) {
	a, err := m.Writer.Sync(ctx, who, req)
	killAt.Pass(stepAnswer, true)
	return a, err
}
