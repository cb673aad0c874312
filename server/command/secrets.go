package command

import (
	"io"
	"log/slog"
	"regexp"
)

// secrets are the possibly secret parts of a MongoDB URI: the user with the password, and the options. A password may hold
// an unescaped @: the last @ counts.
var secrets = []struct {
	at *regexp.Regexp
	as string
}{
	{regexp.MustCompile(`(mongodb(?:\+srv)?://)[^\n]*@`), "$1***@"},
	{regexp.MustCompile(`(mongodb(?:\+srv)?://[^\s?]*\?)[^\s"']+`), "$1***"},
}

// HideSecrets replaces the secrets of URIs in a text.
func HideSecrets(text string) string {
	for _, s := range secrets {
		text = s.at.ReplaceAllString(text, s.as)
	}
	return text
}

// NewLog makes a log without the secrets of URIs.
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
