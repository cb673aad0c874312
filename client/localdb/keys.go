package localdb

import (
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"roadbook/sync/durable"
	"roadbook/sync/wire"
)

// KeyFile is the file of the device's keys, with mode 0600: a program with this file can act as the device. The file
// stands beside a database, or where a database was lost. Until the first database is ready the keys have a temporary
// name.
const (
	KeyFile          = "device.key"
	temporaryKeyFile = KeyFile + ".new"
)

// Keys are the two secrets of a device, and never leave the device.
type Keys struct {
	Disk   [32]byte           // encrypts the database files
	Device ed25519.PrivateKey // signs frames and assertions
}

// Public is the device's public key.
func (k *Keys) Public() ed25519.PublicKey { return k.Device.Public().(ed25519.PublicKey) }

// DeviceID is the device's id, derived from its public key.
func (k *Keys) DeviceID() string { return wire.DeviceID(k.Public()) }

// NewKeys makes keys of random bytes.
func NewKeys(random io.Reader) (*Keys, error) {
	var k Keys
	if _, err := io.ReadFull(random, k.Disk[:]); err != nil {
		return nil, err
	}
	seed := make([]byte, ed25519.SeedSize)
	if _, err := io.ReadFull(random, seed); err != nil {
		return nil, err
	}
	k.Device = ed25519.NewKeyFromSeed(seed)
	return &k, nil
}

type keyFile struct {
	V      int    `json:"v"`
	Disk   []byte `json:"disk"`
	Device []byte `json:"device"` // seed
}

// LoadKeys reads the directory's key file. fs.ErrNotExist: the device was never set up.
func LoadKeys(dir string) (*Keys, error) { return readKeys(dir, KeyFile) }

func readKeys(dir, name string) (*Keys, error) {
	raw, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		return nil, err
	}
	var f keyFile
	if err := json.Unmarshal(raw, &f); err != nil || f.V != 1 || len(f.Device) != ed25519.SeedSize || len(f.Disk) != 32 {
		return nil, fmt.Errorf("%w: %s is damaged", ErrKey, name)
	}
	return &Keys{Disk: [32]byte(f.Disk), Device: ed25519.NewKeyFromSeed(f.Device)}, nil
}

// PrepareKeys reads the directory's keys, or makes new keys under a temporary name, where the next run finds them after
// an interruption. known: the keys belong to an existing database. Otherwise the caller creates the database and then
// calls KeepKeys.
func PrepareKeys(dir string, random io.Reader) (k *Keys, known bool, err error) {
	if k, err = LoadKeys(dir); !errors.Is(err, fs.ErrNotExist) {
		return k, true, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, false, err
	}
	if k, err = readKeys(dir, temporaryKeyFile); errors.Is(err, fs.ErrNotExist) {
		k, err = makeKeys(dir, random)
	}
	// Another process may have finished all steps meanwhile: its keys count.
	if kept, failed := LoadKeys(dir); !errors.Is(failed, fs.ErrNotExist) {
		_ = os.Remove(filepath.Join(dir, temporaryKeyFile)) // nothing was written with these keys
		return kept, true, failed
	}
	return k, false, err
}

// KeepKeys gives the keys from PrepareKeys their final name, durably, once the database is ready.
func KeepKeys(dir string) error {
	killPoint("KeepKeys", true)
	defer killPoint("KeepKeys", false)
	err := os.Rename(filepath.Join(dir, temporaryKeyFile), filepath.Join(dir, KeyFile))
	if errors.Is(err, fs.ErrNotExist) {
		_, err = LoadKeys(dir) // another process was first
	}
	return errors.Join(err, durable.SyncDir(dir))
}

func makeKeys(dir string, random io.Reader) (*Keys, error) {
	k, err := NewKeys(random)
	if err != nil {
		return nil, err
	}
	killPoint("Keys", true)
	defer killPoint("Keys", false)
	raw, err := json.Marshal(keyFile{V: 1, Disk: k.Disk[:], Device: k.Device.Seed()})
	if err != nil {
		return nil, err
	}
	if err := durable.WriteNew(filepath.Join(dir, temporaryKeyFile), append(raw, '\n')); errors.Is(err, fs.ErrExist) {
		return readKeys(dir, temporaryKeyFile) // another process was first
	} else if err != nil {
		return nil, err
	}
	return k, nil
}

// CheckKeysPresent returns ErrKey for a database without keys. The error "not enrolled" would make people enroll, and
// thus make new keys beside data that only the old keys open.
func CheckKeysPresent(dir string) error {
	for _, name := range []string{KeyFile, temporaryKeyFile} {
		if _, err := os.Stat(filepath.Join(dir, name)); !errors.Is(err, fs.ErrNotExist) {
			return nil
		}
	}
	for _, name := range []string{FileName, FileName + "-wal"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err == nil && info.Size() > 0 {
			return fmt.Errorf("%w: %s is missing", ErrKey, KeyFile)
		}
	}
	return nil
}

// checkDatabasePresent returns ErrGone for a missing or empty database. The check only looks at the file, since SQLite
// deletes a log without a database. A file shorter than one cipher block holds nothing.
func checkDatabasePresent(dir string) error {
	info, err := os.Stat(filepath.Join(dir, FileName))
	if errors.Is(err, fs.ErrNotExist) || err == nil && info.Size() < cipherBlock {
		return ErrGone
	}
	return err
}
