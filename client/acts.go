package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"roadbook/client/localdb"
	"roadbook/client/typed"
	"roadbook/schema"
	"roadbook/sync/wire"
)

// hqLabels tell HQ's acts. {r} is the record, {u} the other unit, {d} the doubt.
var hqLabels = map[string]schema.Text{
	string(wire.Create):   {ZH: "给{r}补登了内容", EN: "added to {r}"},
	string(wire.Amend):    {ZH: "更正{r}", EN: "amended {r}"},
	string(wire.Void):     {ZH: "作废{r}，不再计入", EN: "voided {r}: it counts no more"},
	string(wire.Restore):  {ZH: "撤销对{r}的作废，重新计入", EN: "took the void back from {r}: it counts again"},
	string(wire.Link):     {ZH: "把{r}与同一事件的其他记录合并，只计一条", EN: "linked {r} with another record of the same event: one of them counts"},
	string(wire.Separate): {ZH: "把{r}从同一事件中拆出，单独计入", EN: "separated {r} from its event: it counts alone"},
	string(wire.Review):   {ZH: "看过{r}", EN: "looked at {r}"},
	string(wire.Release):  {ZH: "放行{r}中被隔离的登记", EN: "released a quarantined line of {r}"},
	localdb.ActReleased:   {ZH: "解除了{r}中一条登记的隔离", EN: "lifted the quarantine of a line of {r}"},
	localdb.ActGone:       {ZH: "把{r}转给了 {u}", EN: "gave {r} to {u}"},
}

var (
	returnedLabel = schema.Text{ZH: "退回{r}，请更正", EN: "returned {r}: please correct it"}
	doubtLabel    = schema.Text{ZH: "看过{r}的存疑“{d}”", EN: "looked at the doubt “{d}” about {r}"}
)

// actOut is an act of HQ, as JSON.
type actOut struct {
	What    string          `json:"what"` // a line's act, "returned", "released" or "gone"
	Record  string          `json:"record"`
	Kind    string          `json:"kind"`
	Title   *schema.Text    `json:"title,omitempty"` // absent without the PIN, as all that follow
	At      any             `json:"at"`
	Officer string          `json:"officer,omitempty"`
	Words   string          `json:"words,omitempty"`
	Target  string          `json:"target,omitempty"` // of a review: the doubt; of a release: the line
	Fields  json.RawMessage `json:"fields,omitempty"`
	Unit    string          `json:"unit,omitempty"` // to which the record went
}

// hqNews is what HQ did since the officer was last told.
type hqNews struct {
	acts []localdb.Act
	more int64 // not told this time
	open bool  // contents may be shown: no officer has a PIN, or the right one was given
}

// newest names the newest act, "" without news: without the PIN acts remain news, and are told once.
func (n *hqNews) newest() string {
	if len(n.acts) == 0 {
		return ""
	}
	return fmt.Sprint(n.acts[0].At, n.acts[0].What, n.acts[0].Observation, n.acts[0].Record.View.Record)
}

// readNews reads what HQ did. Nobody is asked for a PIN: a sync must not wait for a person.
func (e *env) readNews(db *localdb.DB) (n hqNews, err error) {
	if n.acts, n.more, err = db.Acts(e.ctx); err != nil || len(n.acts) == 0 {
		return n, err
	}
	n.open, err = e.maySee(db)
	return n, err
}

// maySee reports whether the contents of records may be shown: no officer has a PIN, or the right one was given. A wrong one
// fails no sync.
func (e *env) maySee(db *localdb.DB) (bool, error) {
	names, err := db.Officers(e.ctx)
	if err != nil || len(names) == 0 {
		return err == nil, err
	}
	if e.Pin == "" {
		return false, nil
	}
	_, err = e.authenticate(db)
	if errors.Is(err, localdb.ErrPIN) || errors.Is(err, localdb.ErrOfficer) {
		return false, nil
	}
	return err == nil, err
}

// tellNews prints what HQ did and notes that it was shown. Without the PIN acts and ids are printed, and remain news.
func (e *env) tellNews(db *localdb.DB, n *hqNews) {
	if len(n.acts) == 0 {
		return
	}
	e.print("%s\n", schema.Text{ZH: "机关的处理：", EN: "what HQ did:"}.In(e.Lang))
	for i := range n.acts {
		e.printAct(db.Schema(), &n.acts[i], n.open)
	}
	if n.more > 0 {
		e.print("  "+schema.Text{ZH: "另有更早的 %d 条，再运行 client status 查看", EN: "%d earlier ones: run client status again"}.In(e.Lang)+"\n", n.more)
	}
	if !n.open {
		e.print("  %s\n", schema.Text{ZH: "内容和意见须凭 PIN 查看：client show 编号", EN: "contents and HQ's words take a PIN: client show ID"}.In(e.Lang))
	}
	e.markShown(db, n)
}

// markShown notes acts as shown, once their content is printed. If the note fails, as on a full disk, they are told again.
func (e *env) markShown(db *localdb.DB, n *hqNews) {
	if n.open && e.out.err == nil {
		_ = db.MarkActsShown(e.ctx, n.acts)
	}
}

func (e *env) printAct(sch *schema.Schema, a *localdb.Act, open bool) {
	who := schema.Text{ZH: "机关", EN: "HQ "}.In(e.Lang)
	if a.Line.Officer != "" && open {
		who = schema.Text{ZH: "机关（" + a.Line.Officer + "）", EN: "HQ (" + a.Line.Officer + ") "}.In(e.Lang)
	}
	e.print("  %s  %s%s\n", typed.Time(a.At), who, e.actWords(sch, a, open))
	if open && schema.CleanName(a.Line.Reason) != "" {
		e.print("    %s%s\n", schema.Text{ZH: "意见：", EN: "in HQ's words: "}.In(e.Lang), a.Line.Reason)
	}
	if k, ok := sch.Kind(a.Line.Kind); ok && open && len(a.Line.Fields) > 0 {
		fields, _ := k.Decode(a.Line.Fields)
		e.printFields(sch, k.Name, fields, "    ")
	}
	if open && a.Line.Act == wire.Link {
		e.print("    %s%s\n", schema.Text{ZH: "同一事件：", EN: "the event: "}.In(e.Lang), e.eventWords(sch, a))
	}
	e.print("    client show %s\n", a.Record.View.Record)
}

// eventWords names the event of a linked record: by the record after which the group is named, or by the natural key.
func (e *env) eventWords(sch *schema.Schema, a *localdb.Act) string {
	if a.Other != nil {
		return e.titleOf(sch, a.Other, true) + "  " + a.Other.View.Record
	}
	if _, key, natural := strings.Cut(a.Line.Group, "|"); natural {
		return strings.ReplaceAll(key, "|", " ")
	}
	return a.Line.Group
}

// actWords are the act in words.
func (e *env) actWords(sch *schema.Schema, a *localdb.Act, open bool) string {
	text, ok := hqLabels[a.What]
	if !ok {
		text = schema.Text{ZH: a.What + " {r}", EN: a.What + " {r}"}
	}
	doubt := ""
	if isReturn(&a.Line) {
		text = returnedLabel
	} else if code, _, _ := strings.Cut(a.Line.Target, ":"); a.Line.Act == wire.Review {
		if rule, known := sch.Doubt(code); known {
			text, doubt = doubtLabel, headOf(rule.Text.In(e.Lang))
		}
	}
	return strings.NewReplacer("{r}", e.titleOf(sch, &a.Record, open), "{u}", a.Unit, "{d}", doubt).Replace(text.In(e.Lang))
}

// headOf is a doubt's text up to its first detail.
func headOf(text string) string {
	for _, end := range []string{"：", "（", ": ", " ("} {
		text, _, _ = strings.Cut(text, end)
	}
	return placeholder.ReplaceAllString(text, "…")
}

var placeholder = regexp.MustCompile(`\{[a-z]+\}`)

// isReturn reports whether a line returns its record to the unit.
func isReturn(l *wire.Line) bool {
	return l.Act == wire.Review && l.Target == "" && schema.CleanName(l.Reason) != ""
}

// titleOf names a record by the number or place that people know; without the PIN by its kind alone.
func (e *env) titleOf(sch *schema.Schema, r *localdb.Record, open bool) string {
	k, ok := sch.Kind(r.View.Kind)
	switch {
	case !ok:
		return schema.Text{ZH: "本机未见的记录", EN: "a record not seen here"}.In(e.Lang)
	case !open:
		return k.Label.In(e.Lang)
	}
	return recordTitle(k, r).In(e.Lang)
}

func recordTitle(k *schema.Kind, r *localdb.Record) schema.Text {
	day := ""
	if r.View.Day != 0 {
		day = r.View.Day.String()
	}
	return k.Title(r.View.Fields, day)
}

func (n *hqNews) json(sch *schema.Schema) []actOut {
	out := make([]actOut, len(n.acts))
	for i := range n.acts {
		a := &n.acts[i]
		o := actOut{What: a.What, Record: a.Record.View.Record, Kind: a.Record.View.Kind, At: jsonTime(a.At)}
		if isReturn(&a.Line) {
			o.What = "returned"
		}
		if n.open {
			o.Officer, o.Words, o.Target, o.Fields, o.Unit = a.Line.Officer, a.Line.Reason, a.Line.Target, a.Line.Fields, a.Unit
			if k, ok := sch.Kind(a.Record.View.Kind); ok {
				o.Title = new(recordTitle(k, &a.Record))
			}
		}
		out[i] = o
	}
	return out
}
