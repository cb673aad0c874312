package command

import (
	"errors"
	"log/slog"
	"strings"
	"testing"
)

func TestDiscreet(t *testing.T) {
	for text, want := range map[string]string{
		"mongodb://u:p@h1,h2:27018/db":         "mongodb://***@h1,h2:27018/db",
		"mongodb+srv://u:p@s@h/db?a=b 'and'":   "mongodb+srv://***@h/db?*** 'and'",
		"'mongodb://h/db?tlsFilePassword=p' x": "'mongodb://h/db?***' x",
		"a@b of mongodb://h/db":                "a@b of mongodb://h/db",
	} {
		if got := HideSecrets(text); got != want {
			t.Errorf("%s became %s, want %s", text, got, want)
		}
	}
	var b strings.Builder
	NewLog(&b, slog.LevelInfo).With("uri", "mongodb://u:secret@h/").Info("at mongodb://u:secret@h/", "err", errors.New("x mongodb://u:secret@h/"), "n", 1)
	if strings.Contains(b.String(), "secret") || strings.Count(b.String(), "***@h/") != 3 || !strings.Contains(b.String(), "n=1") {
		t.Error(b.String())
	}
}
