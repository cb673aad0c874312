package simtest

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"testing"

	"roadbook/client/localdb"
	"roadbook/client/syncer"
	"roadbook/server/ingest"
	"roadbook/server/store"
	"roadbook/sync/wire"
)

// export writes a device's waiting lines into a file.
func (s *script) export(d *device) []byte {
	s.t.Helper()
	file, lines, err := syncer.Export(bg, d.db, d.signingKey())
	if waits, _ := d.db.Waiting(bg); err != nil || int64(lines) != waits {
		s.t.Fatalf("%s exports %d of %d lines: %v", d.name, lines, waits, err)
	}
	return file
}

// importBundle brings a device's file to a server.
func (s *script) importBundle(sv *server, d *device, file []byte) (in *ingest.BundleResult, err error) {
	if b, err := wire.DecodeBundle(file); err == nil {
		for n := range b.Parts {
			if req, err := b.Request(s.serverKey, n, limits); err == nil {
				sv.noteRequest(d.identity, req, true)
			}
		}
	}
	s.spawn(d.name+" bundle", func() {
		defer s.enter(sv)()
		in, err = sv.ingest.Bundle(bg, file, func(context.Context, string) (ingest.Device, error) {
			return sv.identify(d.identity, strconv.FormatInt(s.now, 10))
		})
	})
	s.drain()
	return in, err
}

// wantImport wants a bundle's lines created and existing in these numbers.
func (s *script) wantImport(d *device, file []byte, created, exists uint64) ([]byte, error) {
	in, err := s.importBundle(s.pickServer(), d, file)
	if err != nil {
		return nil, err
	}
	if in.Created != created || in.Exists != exists || in.Quarantined+in.Forked != 0 || in.Refused != nil {
		return nil, fmt.Errorf("%+v, want %d created and %d existing", in, created, exists)
	}
	return in.Answer, nil
}

// applyAnswer gives a device an answer's file and then expects so many waiting lines.
func (s *script) applyAnswer(d *device, file []byte, waiting int64) error {
	if _, err := syncer.ApplyBundle(bg, d.db, d.signingKey(), file); err != nil {
		return err
	}
	if n, err := d.db.Waiting(bg); n != waiting || err != nil {
		return fmt.Errorf("%d lines wait on %s, want %d (%w)", n, d.name, waiting, err)
	}
	return nil
}

func (s *script) savePlates(d *device, from, n int) {
	for i := range n {
		s.savePlate(d, "冀F"+strconv.Itoa(10000+from+i))
	}
}

// directAndByBundle is the first row of the table of faults in its second way: the same lines go by the network and by
// files, in part, twice and out of order.
func directAndByBundle(s *script) error {
	d := s.devices[0]
	s.savePlates(d, 0, 9) // a frame has seven
	first := s.export(d)
	d.step()
	s.drain() // seven have gone directly
	answer, err := s.wantImport(d, first, 2, 7)
	if err != nil {
		return err
	}
	if _, err := s.wantImport(d, first, 0, 9); err != nil { // the same file again
		return err
	}
	s.savePlates(d, 100, 1)
	if err := s.applyAnswer(d, answer, 1); err != nil {
		return err
	}
	second := s.export(d)
	s.savePlates(d, 200, 2)
	third := s.export(d)
	late, err := s.wantImport(d, third, 3, 0)
	if err != nil {
		return err
	}
	if _, err = s.wantImport(d, second, 0, 1); err != nil { // out of order
		return err
	}
	s.sync(d) // directly, before the answers are back: all exist
	for _, file := range [][]byte{late, answer, late} {
		if err := s.applyAnswer(d, file, 0); err != nil {
			return err
		}
	}
	if err := s.clonedByBundle(d); err != nil {
		return err
	}
	if err := s.finishAndCheck(); err != nil {
		return err
	}
	if n := s.total("plate_sets"); n != 14 {
		return fmt.Errorf("plate_sets is %d, by hand 14", n)
	}
	return nil
}

// clonedByBundle copies the device. Both disks then use the same sequence: the first delivers directly, the copy by a
// file.
func (s *script) clonedByBundle(d *device) error {
	d.copyDisk()
	clone := s.devices[len(s.devices)-1]
	s.savePlates(d, 300, 1)
	s.savePlates(clone, 400, 1)
	file := s.export(clone)
	s.sync(d)
	in, err := s.importBundle(s.pickServer(), clone, file)
	if err != nil {
		return err
	}
	if in.Forked != 1 {
		return fmt.Errorf("%+v, want a fork", in)
	}
	return s.applyAnswer(clone, in.Answer, 0)
}

func TestDirectAndByBundle(t *testing.T) {
	for _, name := range []string{"sqlite", "mongo"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if err := directAndByBundle(calmWorld(t, name, 1)); err != nil {
				t.Fatal(err)
			}
		})
		// Without the memory of delivered lines by their hashes the row fails.
		t.Run(name+" without its guard", func(t *testing.T) {
			t.Parallel()
			if err := directAndByBundle(calmWorldWithout(t, name, 1, brokenRules{server: store.DedupeByHash})); err == nil {
				t.Fatal("nobody noticed")
			}
		})
	}
}

// A device without any network delivers by files alone.
func TestByBundleAlone(t *testing.T) {
	for _, name := range []string{"sqlite", "mongo"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := calmWorld(t, name, 1)
			a, b := s.devices[0], s.devices[1]
			for _, d := range []*device{a, b} {
				s.savePlates(d, 10*len(d.name+d.unit), 20)
			}
			s.savePlates(a, 500, 1)
			for _, d := range []*device{b, a} {
				n, _ := d.db.Waiting(bg)
				file := s.export(d)
				answer, err := s.wantImport(d, file, uint64(n), 0)
				if err == nil {
					err = s.applyAnswer(d, answer, 0)
				}
				if err != nil {
					t.Fatal(err)
				}
				if _, _, err := syncer.Export(bg, d.db, d.signingKey()); !errors.Is(err, syncer.ErrNothingWaits) {
					t.Fatal(err)
				}
			}
			s.finishWell()
		})
	}
}

// Files that are damaged, of another server or for another device change nothing on either side.
func TestForeignBundles(t *testing.T) {
	s, other := calmWorld(t, "sqlite", 1), calmWorld(t, "sqlite", 2)
	a, b := s.devices[0], s.devices[1]
	s.savePlates(a, 0, 9)
	file := s.export(a)
	refused := func(what string, sv *script, d *device, file []byte, code string) {
		t.Helper()
		_, err := sv.importBundle(sv.servers[0], d, file)
		var e *wire.Error
		if !errors.As(err, &e) || e.Code != code || e.Message.ZH == "" || e.Message.EN == "" {
			t.Errorf("%s: %v, want %s", what, err, code)
		}
	}
	changed := append([]byte{}, file...)
	changed[len(changed)/2] ^= 1
	refused("changed", s, a, changed, wire.CodeBadRequest)
	refused("truncated", s, a, file[:len(file)-9], wire.CodeBadRequest)
	refused("no bundle", s, a, []byte("hello"), wire.CodeBadRequest)
	refused("another server's", other, other.devices[0], file, wire.CodeForbidden)
	refused("another device's certificate", s, b, file, wire.CodeBadSignature)

	answer, err := s.wantImport(a, file, 9, 0)
	if err != nil {
		t.Fatal(err)
	}
	refused("an answer", s, a, answer, wire.CodeBadRequest)
	theirs := other.devices[0]
	other.savePlates(theirs, 0, 1)
	foreign, err := other.wantImport(theirs, other.export(theirs), 1, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		what string
		d    *device
		file []byte
		want error
	}{
		{"truncated", a, answer[:len(answer)-1], wire.ErrDamagedBundle},
		{"a request", a, file, syncer.ErrNotAnswers},
		{"for another device", b, answer, syncer.ErrOtherDevice},
		{"another server's", a, foreign, syncer.ErrOtherDevice},
		{"no bundle", a, []byte("hello"), wire.ErrNotBundle},
	} {
		if _, err := syncer.ApplyBundle(bg, tt.d.db, tt.d.signingKey(), tt.file); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.what, err, tt.want)
		}
	}
	if n, _ := a.db.Waiting(bg); n != 9 {
		t.Errorf("%d lines wait, want 9", n)
	}
	if err := s.applyAnswer(a, answer, 0); err != nil {
		t.Fatal(err)
	}
	s.finishWell()
}

// A forged answer acknowledges nothing: only the server's signature counts.
func TestForgedAnswerIsRefused(t *testing.T) {
	s := calmWorld(t, "sqlite", 1)
	d := s.devices[0]
	s.savePlates(d, 0, 1)
	req, err := d.db.NextRequest(bg, localdb.RequestOptions{Limits: limits})
	if err != nil {
		t.Fatal(err)
	}
	b := &wire.Bundle{Kind: wire.BundleAnswers, Device: d.id, ServerKey: s.publicKey()}
	err = b.AddAnswer(d.keys.Public(), &wire.BundledAnswer{
		Stream: req.Stream.String(), First: 1, Last: 1, Head: req.Frame.Head,
		Answer: &wire.Answer{V: 1, Results: []wire.Result{{First: 1, Last: 1, Status: wire.Created}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	file, err := b.Encode(d.signingKey())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := syncer.ApplyBundle(bg, d.db, d.signingKey(), file); !errors.Is(err, wire.ErrBadSignature) {
		t.Fatal(err)
	}
	if n, _ := d.db.Waiting(bg); n != 1 {
		t.Fatalf("%d lines wait", n)
	}
	s.finishWell()
}

// Two disks of a device: the answer to the first disk's lines delivers nothing on the other.
func TestAnswerIsForOneDisk(t *testing.T) {
	s := calmWorld(t, "sqlite", 1)
	d := s.devices[0]
	d.copyDisk()
	clone := s.devices[len(s.devices)-1]
	s.savePlates(d, 0, 1)
	s.savePlates(clone, 100, 1) // the same sequence
	answer, err := s.wantImport(d, s.export(d), 1, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.applyAnswer(clone, answer, 1); !errors.Is(err, localdb.ErrOtherDisk) {
		t.Fatalf("%v", err)
	}
	if err := s.applyAnswer(d, answer, 0); err != nil {
		t.Fatal(err)
	}
	s.wantTotal("plate_sets", 2)
}

// An answer from before the server's restore has no effect after the device has heard the new server epoch.
func TestStaleAnswer(t *testing.T) {
	s := calmWorld(t, "sqlite", 1)
	d := s.devices[0]
	s.savePlates(d, 0, 1)
	image := s.backend.backup()
	answer, err := s.wantImport(d, s.export(d), 1, 0)
	if err != nil {
		t.Fatal(err)
	}
	s.servers[0].crash()
	s.databaseEpoch++
	s.announcedEpoch++
	if err := s.backend.restore(image); err != nil {
		t.Fatal(err)
	}
	s.now += 60_000
	s.startServers()
	s.tellEpoch(d)
	if err := s.applyAnswer(d, answer, 1); err != nil {
		t.Fatal(err)
	}
	s.wantTotal("plate_sets", 1)
}

// tellEpoch tells a device the server's epoch while its lines stay undelivered.
func (s *script) tellEpoch(d *device) {
	s.t.Helper()
	req, err := d.db.NextRequest(bg, localdb.RequestOptions{Limits: limits})
	if err != nil {
		s.t.Fatal(err)
	}
	req.Frame = nil
	ans := &wire.Answer{V: 1, ServerEpoch: s.serverEpoch(), ServerTime: s.now, Limits: limits, Signed: true}
	if _, err := d.db.Apply(bg, ans, req); err != nil {
		s.t.Fatal(err)
	}
}
