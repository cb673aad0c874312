package command

import (
	"io"
	"log/slog"
	"regexp"
)

// secrets are the parts of a MongoDB URI that may be secret: the user with the password, and the options. A password
// with characters that should have been escaped may hold an @: the last one counts.
var secrets = []struct {
	at *regexp.Regexp
	as string
}{
	{regexp.MustCompile(`(mongodb(?:\+srv)?://)[^\n]*@`), "$1***@"},
	{regexp.MustCompile(`(mongodb(?:\+srv)?://[^\s?]*\?)[^\s"']+`), "$1***"},
}

// Discreet is a text without the secrets of a URI.
func HideSecrets(text string) string {
	for _, s := range secrets {
		text = s.at.ReplaceAllString(text, s.as)
	}
	return text
}

// NewLog writes a log without the secrets of a URI.
func NewLog(w io.Writer, level slog.Leveler) *slog.Logger {
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: level, ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		switch v := a.Value.Any().(type) {
		case string:
			a.Value = slog.StringValue(HideSecrets(v))
		case error:
			a.Value = slog.StringValue(HideSecrets(v.Error()))
		}
		return a
	}}))
}
