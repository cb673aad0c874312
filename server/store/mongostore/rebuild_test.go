package mongostore_test

import (
	"context"
	"testing"

	"roadbook/server/store"
	"roadbook/server/store/mongostore/simdoc"
	"roadbook/sync/merge"
	"roadbook/sync/tally"
)

// lateServer is a server that begins to count a bucket just before another server changes the version, and stores its
// count after that server has ended the Rebuild.
type lateServer struct {
	begin         func()
	raised, ended chan struct{}
}

type (
	rebuildingKey struct{}
	lateKey       struct{}
)

func (l *lateServer) Step(ctx context.Context, op string) error {
	switch {
	case ctx.Value(rebuildingKey{}) != nil && (op == "before insert meta" || op == "before change meta") && l.begin != nil:
		begin := l.begin
		l.begin = nil
		go begin()
		<-l.raised
	case ctx.Value(lateKey{}) != nil && op == "before change leaves":
		close(l.raised)
		<-l.ended
	}
	return nil
}

// A count by the old version that ends after a Rebuild does not replace the count by the new one.
func TestALateCountOfTheOldVersionIsLost(t *testing.T) {
	late := &lateServer{raised: make(chan struct{}), ended: make(chan struct{})}
	engine := simdoc.New(late)
	a, b := openSimulated(t, engine), openSimulated(t, engine)
	if err := a.Rebuild(t.Context(), "v1", toySelf, toyCount, nil); err != nil {
		t.Fatal(err)
	}
	storeRecords(t, a, 1, 1, "u")
	if err := b.CountAs(t.Context(), "v1"); err != nil {
		t.Fatal(err)
	}
	twice := func(r *store.Record, members []merge.Member) []tally.Contribution {
		out := toyCount(r, members)
		for i := range out {
			out[i].Amount *= 2
		}
		return out
	}
	done := make(chan error, 1)
	late.begin = func() {
		ctx := context.WithValue(context.Background(), lateKey{}, true)
		done <- b.Batch(ctx, func(st store.Steps) error {
			place := platePlace("u")
			place.Bucket = 1
			return st.Recount(ctx, []store.Place{place}, nil, toyCount)
		})
	}
	if err := a.Rebuild(context.WithValue(t.Context(), rebuildingKey{}, true), "v2", toySelf, twice, nil); err != nil {
		t.Fatal(err)
	}
	close(late.ended)
	if err := <-done; err != nil {
		t.Errorf("the late server: %v", err)
	}
	sums, err := a.Sums(t.Context(), store.SumQuery{Measures: []string{"amount"}, From: toyDay, To: toyDay})
	if err != nil || len(sums) != 1 || sums[0].Amount != 2 {
		t.Errorf("%+v, %v; want 2, by the new version", sums, err)
	}
}
