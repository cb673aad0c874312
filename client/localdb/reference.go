package localdb

import (
	"context"

	"github.com/ncruces/go-sqlite3"

	"roadbook/schema"
)

// Slots of the table reference.
const (
	slotLast = "last" // as last pulled
	slotRead = "read" // the newest that this program could read, if it could not read the last
)

// saveReference keeps a pulled text of reference data. A text that this program cannot read is kept for a newer program, and the
// lists of before stay in use. A text beyond schema.MaxReferenceBytes leaves its digest alone, or each pull would bring it again.
func (db *DB) saveReference(text []byte) error {
	if len(text) == 0 || string(text) == "null" {
		return nil
	}
	ref, err := schema.ParseReference(text)
	readable := err == nil
	if readable {
		err = db.exec("DELETE FROM reference WHERE slot = ?", slotRead)
	} else {
		err = db.exec("UPDATE OR IGNORE reference SET slot = ? WHERE slot = ? AND NOT EXISTS (SELECT 1 FROM reference WHERE slot = ?)",
			slotRead, slotLast, slotRead)
	}
	if err != nil {
		return err
	}
	digest := schema.ReferenceDigest(text)
	if len(text) > schema.MaxReferenceBytes {
		text = []byte{}
	}
	err = db.exec("INSERT INTO reference VALUES (?1, ?2, ?3) ON CONFLICT (slot) DO UPDATE SET digest = ?2, text = ?3", slotLast, digest, text)
	if err == nil && readable {
		db.ref, db.refDigest = ref, digest
	}
	return err
}

// referenceDigest is the digest of the reference data last pulled; "": none.
func (db *DB) referenceDigest() (string, error) { return db.digestIn(slotLast) }

// Reference is HQ's lists, the newest that this program can read; nil: none.
func (db *DB) Reference(ctx context.Context) (ref *schema.Reference, err error) {
	err = db.readTx(ctx, func() error {
		ref, err = db.reference()
		return err
	})
	return ref, err
}

// reference is the newest readable reference data; nil: none. A text is parsed once.
func (db *DB) reference() (*schema.Reference, error) {
	for _, slot := range []string{slotLast, slotRead} {
		digest, err := db.digestIn(slot)
		if err != nil || digest == "" {
			return nil, err
		}
		if digest == db.refDigest {
			return db.ref, nil
		}
		if err := db.parseReference(slot, digest); err != nil || db.refDigest == digest {
			return db.ref, err
		}
	}
	return nil, nil //nolint:nilnil // a nil Reference knows nothing, and is one
}

// digestIn is the digest of a slot's text; "": the slot is empty.
func (db *DB) digestIn(slot string) (digest string, err error) {
	_, err = db.queryOne("SELECT digest FROM reference WHERE slot = ?", func(s *sqlite3.Stmt) error {
		digest = s.ColumnText(0)
		return nil
	}, slot)
	return digest, err
}

// parseReference parses the text in a slot, if it is whole and this program can read it.
func (db *DB) parseReference(slot, digest string) error {
	var text []byte
	_, err := db.queryOne("SELECT text FROM reference WHERE slot = ?", func(s *sqlite3.Stmt) error {
		text = s.ColumnBlob(0, nil)
		return nil
	}, slot)
	if err != nil || schema.ReferenceDigest(text) != digest {
		return err
	}
	if ref, err := schema.ParseReference(text); err == nil {
		db.ref, db.refDigest = ref, digest
	}
	return nil
}
