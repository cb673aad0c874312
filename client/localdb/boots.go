package localdb

import (
	"crypto/ed25519"

	"github.com/ncruces/go-sqlite3"

	"roadbook/sync/clock"
	"roadbook/sync/wire"
)

// saveBoots saves the boots fixed by the server. The server always repeats the same values, with two exceptions: a
// restored server may fix a boot anew before this device has offered the old values, and the device may have moved to
// another server. The last answer counts, since the server counts by the same values.
func (db *DB) saveBoots(ans *wire.Answer, s wire.StreamID, server ed25519.PublicKey) error {
	for _, b := range ans.Boots {
		if wire.CheckBoot(server, s, b) != nil {
			continue // not signed by this server
		}
		err := db.exec("INSERT INTO boots VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (boot, epoch) "+
			"DO UPDATE SET base = ?3, ceiling = ?4, sig = ?5 WHERE base <> ?3 OR ceiling <> ?4 OR sig <> ?5",
			s.Epoch, b.ID, b.Base, b.Ceiling, b.Sig)
		if err != nil {
			return err
		}
		if err := db.saveBootClocks(s, b.Boot); err != nil {
			return err
		}
	}
	return nil
}

// saveBootClocks saves the parts of a boot beyond version 1.
func (db *DB) saveBootClocks(s wire.StreamID, b clock.Boot) error {
	if b.V < clock.BootVersion {
		return db.exec("DELETE FROM boot_clocks WHERE boot = ? AND stream = ?", b.ID, s.String())
	}
	return db.exec("INSERT INTO boot_clocks VALUES (?1, ?2, ?3, ?4) ON CONFLICT (boot, stream) "+
		"DO UPDATE SET wall_offset = ?3, mono = ?4 WHERE wall_offset <> ?3 OR mono <> ?4", s.String(), b.ID, b.Offset, b.Mono)
}

// completeBoot adds to a boot of version 1 the parts of version 2, if the server stated any.
func (db *DB) completeBoot(s wire.StreamID, b *clock.Boot) error {
	if b.Base == 0 {
		return nil
	}
	_, err := db.queryOne("SELECT wall_offset, mono FROM boot_clocks WHERE boot = ? AND stream = ?", func(row *sqlite3.Stmt) error {
		b.V, b.Offset, b.Mono = clock.BootVersion, row.ColumnInt64(0), row.ColumnInt64(1)
		return nil
	}, b.ID, s.String())
	return err
}

// bootOffers returns the boots fixed by the device's server, each once. Boots signed by an earlier server prove nothing
// to this one.
func (db *DB) bootOffers(epoch string, boots []string) (offers []wire.SignedBoot, err error) {
	id, err := db.identity()
	if err != nil {
		return nil, err
	}
	done := map[string]bool{}
	for _, boot := range boots {
		if done[boot] {
			continue
		}
		done[boot] = true
		b, err := db.signedBoot(epoch, boot)
		if err != nil {
			return nil, err
		}
		for _, v := range []int{clock.BootVersion, 1} { // an older running program may have saved the signature of version 1
			b.Boot = b.In(v)
			if wire.CheckBoot(id.ServerKey, db.stream(epoch), b) == nil {
				offers = append(offers, b)
				break
			}
		}
	}
	return offers, nil
}

// signedBoot reads a boot as it was signed, without checking the signature: an empty one if there is none.
func (db *DB) signedBoot(epoch, boot string) (b wire.SignedBoot, err error) {
	found, err := db.queryOne("SELECT base, ceiling, sig FROM boots WHERE boot = ? AND epoch = ?", func(s *sqlite3.Stmt) error {
		b.ID, b.Base, b.Ceiling, b.Sig = boot, s.ColumnInt64(0), s.ColumnInt64(1), s.ColumnBlob(2, nil)
		return nil
	}, boot, epoch)
	if err != nil || !found {
		return b, err
	}
	return b, db.completeBoot(db.stream(epoch), &b.Boot)
}
