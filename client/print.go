package main

import (
	"encoding/json"
	"fmt"
	"strings"
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

func formatTime(ms int64) string {
	if ms == 0 {
		return "—"
	}
	return time.UnixMilli(ms).In(clock.Shanghai).Format("2006-01-02 15:04:05")
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
func (e *env) formatValue(sch *schema.Schema, k *schema.Kind, n schema.Named) string {
	v := n.Value
	switch v.Type {
	case schema.TypeInt:
		return fmt.Sprint(v.I)
	case schema.TypeBool:
		return [2]schema.Text{{ZH: "否", EN: "no"}, {ZH: "是", EN: "yes"}}[min(v.I, 1)].In(e.Lang)
	case schema.TypeTime:
		return formatTime(v.I)
	case schema.TypeDay:
		return clock.Day(v.I).String()
	case schema.TypeList:
		return strings.Join(schema.ListOf(v), "、")
	case schema.TypeCode:
		return e.formatCode(sch, k, n)
	}
	return v.S
}

func (e *env) formatCode(sch *schema.Schema, k *schema.Kind, n schema.Named) string {
	f, ok := k.Field(n.Name)
	if !ok {
		return n.Value.S
	}
	table, ok := sch.Codes(f.Codes)
	if !ok {
		return n.Value.S
	}
	c, ok := table.Get(n.Value.S)
	if !ok {
		return n.Value.S
	}
	return c.Label.In(e.Lang) + " (" + c.Code + ")"
}
