package localdb

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/ncruces/go-sqlite3"
	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	"roadbook/schema"
)

var (
	// ErrPIN: the PIN is wrong.
	ErrPIN = errors.New("localdb: wrong PIN")
	// ErrPINNeeded: the officer has a PIN and none was given.
	ErrPINNeeded = errors.New("localdb: PIN needed")
	// ErrOfficer: the device has officers, and the name is unknown or, with several officers, missing.
	ErrOfficer = errors.New("localdb: unknown officer")
	// ErrBadPIN: the new PIN is too short or too long.
	ErrBadPIN = errors.New("localdb: a PIN has 4 to 64 characters")
)

// Cost of argon2id: 19 MiB, two passes, one thread (OWASP's least; tens of milliseconds on a weak device).
const (
	pinMemory = 19 << 10 // KiB
	pinTime   = 2
	pinLen    = 32
)

// DefaultOfficer is the name of a first officer without a given name.
const DefaultOfficer = "officer"

// SetPIN adds an officer with a PIN, or changes the PIN. The database keeps an argon2id hash of the PIN in NFC. Errors:
// ErrBadPIN, schema.Faults for a name too long for a line.
func (db *DB) SetPIN(ctx context.Context, officer, pin string) error {
	pin = norm.NFC.String(pin)
	if n := len([]rune(pin)); n < 4 || n > 64 {
		return ErrBadPIN
	}
	names, err := db.Officers(ctx)
	if err != nil {
		return err
	}
	officer = knownOfficer(names, officer)
	if faults := checkTextLengths(&Draft{Officer: officer}); len(faults) > 0 {
		return faults
	}
	salt := make([]byte, 16)
	if _, err := io.ReadFull(db.cfg.Rand, salt); err != nil {
		return err
	}
	hash := hashPIN(pin, salt)
	return db.writeTx(ctx, func() error {
		return db.exec("INSERT INTO officers (name, pin) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET pin = ?2, wrong = 0",
			officer, hash)
	})
}

func hashPIN(pin string, salt []byte) string {
	sum := argon2.IDKey([]byte(pin), salt, pinTime, pinMemory, 1, pinLen)
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=1$%s$%s", argon2.Version, pinMemory, pinTime,
		b64.EncodeToString(salt), b64.EncodeToString(sum))
}

// Officers returns the names of the officers with a PIN on this device.
func (db *DB) Officers(ctx context.Context) (names []string, err error) {
	err = db.readTx(ctx, func() error {
		return db.queryEach("SELECT name FROM officers ORDER BY name", func(s *sqlite3.Stmt) error {
			names = append(names, s.ColumnText(0))
			return nil
		})
	})
	return names, err
}

// knownOfficer returns the stored name alike to the typed name, else the typed name, clean
// (schema/DOMAIN.md#characters). Before there were clean names, names were stored as typed.
func knownOfficer(names []string, typed string) string {
	clean := schema.CleanName(typed)
	for _, name := range names {
		if name == typed {
			return name
		}
	}
	for _, name := range names {
		if schema.CleanName(name) == clean {
			return name
		}
	}
	return clean
}

// CheckPIN checks a PIN without a network and returns the officer's name. On a device without officers any name is
// accepted, without a PIN. An empty name means the only officer. Errors: ErrPINNeeded, ErrPIN, ErrOfficer.
func (db *DB) CheckPIN(ctx context.Context, officer, pin string) (name string, err error) {
	names, err := db.Officers(ctx)
	officer = knownOfficer(names, officer)
	if err != nil || len(names) == 0 {
		return officer, err
	}
	if officer == "" {
		if len(names) > 1 {
			return "", ErrOfficer
		}
		officer = names[0]
	}
	hash, err := db.pinHash(ctx, officer)
	switch {
	case err != nil:
		return "", err
	case hash == "":
		return "", ErrOfficer
	case pin == "":
		return officer, ErrPINNeeded
	case !pinFits(hash, pin):
		return officer, errors.Join(ErrPIN, db.setWrongPINs(ctx, officer, "wrong + 1"))
	}
	return officer, db.setWrongPINs(ctx, officer, "0")
}

func (db *DB) pinHash(ctx context.Context, officer string) (hash string, err error) {
	err = db.readTx(ctx, func() error {
		_, err := db.queryOne("SELECT pin FROM officers WHERE name = ?", func(s *sqlite3.Stmt) error {
			hash = s.ColumnText(0)
			return nil
		}, officer)
		return err
	})
	return hash, err
}

// pinFits tries a PIN in NFC, and as typed: before there was NFC, a PIN was stored so.
func pinFits(hash, typed string) bool {
	nfc := norm.NFC.String(typed)
	return pinMatches(hash, nfc) || nfc != typed && pinMatches(hash, typed)
}

func pinMatches(hash, pin string) bool {
	parts := strings.Split(hash, "$")
	if len(parts) != 6 {
		return false
	}
	salt, err := base64.RawStdEncoding.DecodeString(parts[4])
	if err != nil {
		return false
	}
	return subtle.ConstantTimeCompare([]byte(hashPIN(pin, salt)), []byte(hash)) == 1
}

// setWrongPINs sets the number of wrong PINs in a row. Resetting a count of zero writes nothing.
func (db *DB) setWrongPINs(ctx context.Context, officer, value string) error {
	if value == "0" {
		wrong, err := db.WrongPINs(ctx, officer)
		if err != nil || wrong == 0 {
			return err
		}
	}
	return db.writeTx(ctx, func() error {
		return db.exec("UPDATE officers SET wrong = "+value+" WHERE name = ?", officer)
	})
}

// WrongPINs is the officer's number of wrong PINs in a row. The caller delays the next check accordingly.
func (db *DB) WrongPINs(ctx context.Context, officer string) (n int64, err error) {
	err = db.readTx(ctx, func() error {
		n, err = db.queryInt("SELECT wrong FROM officers WHERE name = ?", officer)
		return err
	})
	return n, err
}
