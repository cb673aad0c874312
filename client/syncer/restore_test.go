package syncer_test

import (
	"math/rand/v2"
	"testing"

	"roadbook/client/localdb"
	"roadbook/client/syncer/fakeserver"
	"roadbook/schema"
	"roadbook/sync/wire"
)

func TestRestoredServerGetsEverythingAgain(t *testing.T) {
	d := newDevice(t)
	ids := d.save(3)
	d.drain()
	backup := d.server.Copy()
	ids = append(ids, d.save(3)...)
	d.drain()
	d.server = backup
	d.server.Epoch = "epoch-2"
	d.drain() // without a new write
	d.wantDelivered(ids...)

	d.server = fakeserver.New() // everything is lost, except for the device's certificate
	d.server.Epoch = "epoch-3"
	keys, _ := localdb.NewKeys(rand.NewChaCha8([32]byte{1}))
	d.server.AddDevice(keys.Public())
	d.drain()
	d.wantDelivered(ids...)
}

func TestAClonedDeviceForksAndBothCount(t *testing.T) {
	server := fakeserver.New()
	a, b := newDevice(t), newDevice(t) // the same keys, the same randomness: the same disk
	a.server, b.server = server, server
	keys, _ := localdb.NewKeys(rand.NewChaCha8([32]byte{1}))
	server.AddDevice(keys.Public())
	both := a.save(2)
	if same := b.save(2); same[1] != both[1] {
		t.Fatal("the clones differ from the start")
	}
	a.drain()
	b.drain()
	k, _ := schema.Default().Kind("plate")
	v, _ := k.Decode([]byte(`{"sets":2}`))
	onlyB, err := b.db.Save(ctx, localdb.Draft{Act: wire.Amend, ID: both[0], Fields: v})
	if err != nil {
		t.Fatal(err)
	}
	onlyA := a.save(1)
	a.drain()
	b.drain() // another line has the same sequence: a fork, and both lines count
	later := b.save(1)
	b.drain()
	b.wantDelivered(append(append(both, onlyA...), append(later, onlyB.ID)...)...)
	if id, _ := wire.ParseObsID(later[0]); id.Seq != 1 {
		t.Errorf("%s goes on in the forked stream", later[0])
	}
}

func TestPullsPageByPage(t *testing.T) {
	d := newDevice(t)
	d.server.Pulled = []*wire.Pulled{{Cursor: "a", More: true}, {Cursor: "b", More: true}, {Cursor: "c"}}
	d.drain()
	if len(d.waits) != 3 || d.waits[0] != 0 || d.waits[1] != 0 {
		t.Errorf("waits %v", d.waits)
	}
	d.server.Epoch = "epoch-2"
	d.server.Pulled = []*wire.Pulled{{Cursor: "z", Reset: true}}
	ids := d.save(1)
	d.drain() // a cursor starting again never touches waiting lines
	d.wantDelivered(ids...)
	req, err := d.db.NextRequest(ctx, localdb.RequestOptions{Limits: wire.DefaultLimits})
	if err != nil || req.Pull.Cursor != "z" {
		t.Errorf("%+v %v", req.Pull, err)
	}
}
