package main

import (
	"encoding/json"
	"fmt"
	"time"

	"roadbook/schema"
	"roadbook/sync/clock"
)

func (e *env) print(format string, args ...any) { fmt.Fprintf(e.out, format, args...) }

// note prints to the error output, so that scripts read the result alone.
func (e *env) note(text schema.Text, args ...any) {
	fmt.Fprintf(e.stderr, text.In(e.Lang)+"\n", args...)
}

func (e *env) printJSON(v any) error {
	enc := json.NewEncoder(e.out)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// jsonTime formats Unix ms as RFC 3339 in Shanghai; nil for 0.
func jsonTime(ms int64) any {
	if ms == 0 {
		return nil
	}
	return time.UnixMilli(ms).In(clock.Shanghai).Format(time.RFC3339)
}

// formatWait formats a waiting time in whole seconds.
func (e *env) formatWait(d time.Duration) string {
	d = d.Round(time.Second)
	m, sec := int(d.Minutes()), int(d.Seconds())%60
	switch {
	case e.Lang == "en":
		return d.String()
	case m == 0:
		return fmt.Sprintf(" %d 秒", sec)
	case sec == 0:
		return fmt.Sprintf(" %d 分钟", m)
	}
	return fmt.Sprintf(" %d 分 %d 秒", m, sec)
}

// formatValue formats a field's value for a person: codes by their names.
func (e *env) formatValue(k *schema.Kind, n schema.Named) string {
	f, ok := k.Field(n.Name)
	if !ok {
		return n.Value.S
	}
	words := f.InWords(n.Value).In(e.Lang)
	if n.Value.Type == schema.TypeCode && words != n.Value.S {
		return words + " (" + n.Value.S + ")"
	}
	return words
}
