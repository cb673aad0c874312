package localdb

import (
	"crypto/rand"
	"crypto/sha256"
	"sync"
	"time"

	"roadbook/schema"
	"roadbook/sync/wire"
)

func (c *Config) fill() {
	if c.Clock == nil {
		c.Clock = SystemClock()
	}
	if c.Rand == nil {
		c.Rand = rand.Reader
	}
	if c.Schema == nil {
		c.Schema = schema.Default()
	}
	if c.Reserve == nil {
		c.Reserve = c.reserve()
	}
}

type systemClock struct {
	boot string
	up   func() int64 // ms since the start of the boot
}

// SystemClock is the machine's clock. On Linux and Android the boot is the kernel's, and its clock continues while the
// machine sleeps. Elsewhere each process counts as a boot: correct, but with less evidence.
var SystemClock = sync.OnceValue(func() Clock {
	if id, up, ok := kernelBoot(); ok {
		return systemClock{bootID(id), up}
	}
	start := time.Now() //nolint:forbidigo // the real clock enters here
	return systemClock{bootID(rand.Text()), func() int64 {
		return time.Since(start).Milliseconds() //nolint:forbidigo // the real clock enters here
	}}
})

func bootID(text string) string {
	sum := sha256.Sum256([]byte(text))
	return wire.IDEncoding.EncodeToString(sum[:])[:wire.BootLen]
}

func (systemClock) Wall() int64 { return time.Now().UnixMilli() + clockAhead } //nolint:forbidigo // the real clock enters here

func (c systemClock) Boot() (id string, mono int64) { return c.boot, c.up() }
