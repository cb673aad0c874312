package localdb

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"roadbook/schema"
	"roadbook/sync/wire"
)

// checkTextLengths checks the texts with no limit in a kind. A server would quarantine a line with a longer text, long
// after the person has gone home.
func checkTextLengths(d *Draft) (faults schema.Faults) {
	for _, text := range []struct {
		field string
		label schema.Text
		said  string
		most  int
	}{
		{"officer", schema.Text{ZH: "操作人", EN: "officer"}, d.Officer, wire.MaxOfficer},
		{"reason", schema.Text{ZH: "原因", EN: "reason"}, d.Reason, wire.MaxReason},
	} {
		if fault, long := checkText(text.field, text.label, text.said, text.most); long {
			faults = append(faults, fault)
		}
	}
	return faults
}

// checkText also refuses invalid UTF-8: replaced characters would change the text.
func checkText(field string, label schema.Text, text string, most int) (f schema.Fault, wrong bool) {
	if !utf8.ValidString(text) {
		return schema.Fault{Code: schema.FaultText, Field: field, Message: schema.Text{
			ZH: "“" + label.ZH + "”不是 UTF-8 文本", EN: "“" + label.EN + "” is not UTF-8 text"}}, true
	}
	if n := utf8.RuneCountInString(text); n > most {
		return schema.Fault{Code: schema.FaultTooLong, Field: field, Message: schema.Text{
			ZH: fmt.Sprintf("“%s”最多 %d 个字，现有 %d 个，请精简后再保存", label.ZH, most, n),
			EN: fmt.Sprintf("“%s” has %d characters of at most %d: shorten it and save again", label.EN, n, most)}}, true
	}
	return f, false
}

// minLineLimit is the smallest line limit accepted from a server, in bytes.
const minLineLimit = 4 << 10

// checkLength refuses a line too long for the server's last known limit, as schema.Faults: only the line's hash would
// be sent.
func (db *DB) checkLength(raw []byte) error {
	limit := wire.DefaultLimits.Line
	if len(raw) > minLineLimit { // no limit is smaller
		text, err := db.getMeta(metaLimits)
		if err != nil {
			return err
		}
		var known wire.Limits
		if strings.HasPrefix(text, "{") && json.Unmarshal([]byte(text), &known) == nil && known.Line > 0 {
			limit = min(limit, max(known.Line, minLineLimit))
		}
	}
	if len(raw) <= limit {
		return nil
	}
	return schema.Faults{{Code: wire.FaultTooLarge, Message: schema.Text{
		ZH: fmt.Sprintf("内容过长（%d 字节，最多 %d 字节），请精简后再保存", len(raw), limit),
		EN: fmt.Sprintf("too long (%d bytes of at most %d): shorten it and save again", len(raw), limit)}}}
}
