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
	"runtime"

	"roadbook/sync/wire"
)

// KeyFile is the name of the file, mode 0600, that holds a device's keys. Whoever has it is the device.
const KeyFile = "device.key"

// Keys are the two secrets of a device. Neither ever leaves it.
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

// LoadKeys reads the directory's key file. fs.ErrNotExist: there is none, the device was never set up.
func LoadKeys(dir string) (*Keys, error) {
	raw, err := os.ReadFile(filepath.Join(dir, KeyFile))
	if err != nil {
		return nil, err
	}
	var f keyFile
	if err := json.Unmarshal(raw, &f); err != nil || f.V != 1 || len(f.Device) != ed25519.SeedSize || len(f.Disk) != 32 {
		return nil, fmt.Errorf("%w: %s is damaged", ErrKey, KeyFile)
	}
	return &Keys{Disk: [32]byte(f.Disk), Device: ed25519.NewKeyFromSeed(f.Device)}, nil
}

// EnsureKeys reads the directory's keys, or makes them and has them on disk before it returns.
func EnsureKeys(dir string, random io.Reader) (*Keys, error) {
	k, err := LoadKeys(dir)
	if !errors.Is(err, fs.ErrNotExist) {
		return k, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	if k, err = NewKeys(random); err != nil {
		return nil, err
	}
	raw, err := json.Marshal(keyFile{V: 1, Disk: k.Disk[:], Device: k.Device.Seed()})
	if err != nil {
		return nil, err
	}
	if err := writeOnce(dir, KeyFile, append(raw, '\n')); errors.Is(err, fs.ErrExist) {
		return LoadKeys(dir) // another process was first
	} else if err != nil {
		return nil, err
	}
	return k, nil
}

// writeOnce creates a file whole or not at all, and never replaces one: written and fsynced under a
// passing name, then linked.
func writeOnce(dir, name string, content []byte) error {
	tmp, err := os.CreateTemp(dir, "."+name+"-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name()) //nolint:errcheck // only a passing name
	_, err = tmp.Write(content)
	if err = errors.Join(err, tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	final := filepath.Join(dir, name)
	if err := os.Link(tmp.Name(), final); errors.Is(err, fs.ErrExist) {
		return err
	} else if err != nil { // a file system without links
		if _, statErr := os.Stat(final); statErr == nil {
			return fs.ErrExist
		}
		if err := os.Rename(tmp.Name(), final); err != nil {
			return err
		}
	}
	return syncDir(dir)
}

// syncDir makes a new name durable. Windows cannot, and need not: there the renaming itself is journalled.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
