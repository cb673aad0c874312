package hub

import (
	"errors"
	"testing"
)

// The database's files are reserved under any load; a limit without room for connections is refused with an
// explanation.
func TestConnectionsFitTheOpenFiles(t *testing.T) {
	for files, want := range map[int]int{128: 64, 256: 192, 512: 384, 1024: 768, 4096: 3584, 20_000: 16_384, 1 << 30: 16_384} {
		if got, err := connectionsFor(files); err != nil || got != want {
			t.Errorf("%d files: %d connections, %v, want %d", files, got, err, want)
		}
	}
	if _, err := connectionsFor(127); !errors.Is(err, ErrFewFiles) {
		t.Errorf("127 files: %v", err)
	}
}
