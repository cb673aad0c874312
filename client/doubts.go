package main

import (
	"context"
	"slices"
	"strconv"

	"roadbook/client/localdb"
	"roadbook/schema"
)

// Bounds of lines about doubts.
const (
	mostAtSaving = 6
	mostAtSync   = 10
	mostCounted  = 1000 // newest records that status looks at
)

// recordDoubts are the open doubts about a record.
type recordDoubts struct {
	Record string          `json:"record"`
	Doubts []localdb.Doubt `json:"doubts"` // none: all are settled

	title string // "" without the PIN
}

// openDoubts are the doubts that HQ has yet to look at.
func openDoubts(all []localdb.Doubt) []localdb.Doubt {
	return slices.DeleteFunc(slices.Clone(all), func(d localdb.Doubt) bool { return d.Seen })
}

// doubtsAtSaving are the open doubts about what was just saved: an item's own, and its record's.
func doubtsAtSaving(r *localdb.Record, saved localdb.Saved) []localdb.Doubt {
	return slices.DeleteFunc(openDoubts(r.Doubts), func(d localdb.Doubt) bool {
		return d.Item != "" && saved.Item != "" && d.Item != saved.Item
	})
}

// noteDoubts prints doubts after saving.
func (e *env) noteDoubts(doubts []localdb.Doubt) {
	for i := range doubts {
		if i == mostAtSaving {
			e.note(schema.Text{ZH: "……另有 %d 项存疑：client show", EN: "… and %d more doubts: client show"}, len(doubts)-i)
			return
		}
		e.note(schema.Text{ZH: "存疑：%s", EN: "in doubt: %s"}, doubts[i].Text.In(e.Lang))
	}
}

// toldDoubts looks at the records about whose doubts the server told something new, each once. Without the PIN of a device that
// has one, codes alone are told.
func (e *env) toldDoubts(ctx context.Context, db *localdb.DB, told []string) (out []recordDoubts) {
	if len(told) == 0 {
		return nil
	}
	open, err := e.maySee(db)
	seen := map[string]bool{}
	for _, record := range told {
		if seen[record] {
			continue
		}
		seen[record] = true
		r, unknown := db.Show(ctx, record)
		if unknown != nil {
			continue // not on this device
		}
		doubts := openDoubts(r.Doubts)
		for i := range doubts {
			if !open || err != nil {
				doubts[i] = localdb.Doubt{Code: doubts[i].Code, Severity: doubts[i].Severity}
			}
		}
		told := recordDoubts{Record: record, Doubts: doubts}
		if open && err == nil {
			told.title = e.titleOf(db.Schema(), &r, open)
		}
		out = append(out, told)
	}
	return out
}

// noteToldDoubts prints the doubts that a sync told, and how many records are in doubt no more.
func (e *env) noteToldDoubts(records []recordDoubts) {
	lines, closed, settled := 0, 0, 0
	for _, r := range records {
		if len(r.Doubts) == 0 {
			settled++
		}
		if r.title == "" {
			closed += len(r.Doubts)
			continue
		}
		for i := range r.Doubts {
			if lines++; lines > mostAtSync {
				continue
			}
			if i == 0 {
				e.note(schema.Text{ZH: "存疑：%s  %s", EN: "in doubt: %s  %s"}, r.title, r.Record)
			}
			e.note(schema.Text{ZH: "  %s", EN: "  %s"}, r.Doubts[i].Text.In(e.Lang))
		}
	}
	switch {
	case closed > 0:
		e.note(schema.Text{ZH: "服务器提示存疑 %d 项：client list --doubts", EN: "the server told of %d doubts: client list --doubts"}, closed)
	case lines > mostAtSync:
		e.note(schema.Text{ZH: "……另有 %d 项：client list --doubts", EN: "… and %d more: client list --doubts"}, lines-mostAtSync)
	}
	if settled > 0 {
		e.note(schema.Text{ZH: "%d 条登记不再存疑", EN: "%d records are in doubt no more"}, settled)
	}
}

// noTargetsText tells of a year and the number of records that wait.
var noTargetsText = schema.Text{
	ZH: "%d 年还没有发布指标：本机 %d 条记录已保存，发布后自动计入",
	EN: "no targets for %d yet: %d records of this device are kept and will count when they are published",
}

// noteNoTargets says after a sync how many records wait for the present year's targets, and looks only if the year has none.
func (e *env) noteNoTargets(ctx context.Context, db *localdb.DB) (years []localdb.EmptyYear) {
	lacks, err := db.LacksTargets(ctx)
	if err != nil || !lacks {
		return nil // an error here spoils no sync
	}
	n, err := db.CountInDoubt(ctx, mostCounted)
	if err != nil {
		return nil
	}
	for _, y := range n.NoTargets {
		if !e.JSON {
			e.note(noTargetsText, y.Year, y.Records)
		}
	}
	return n.NoTargets
}

// printInDoubt ends a status: the number of records in doubt, and whether this device has HQ's lists.
func (e *env) printInDoubt(n *localdb.InDoubt, st *localdb.Status) {
	value := strconv.Itoa(n.Records)
	if n.Looked == mostCounted {
		value += schema.Text{ZH: "（最近 " + strconv.Itoa(n.Looked) + " 条中）", EN: " (among the newest " + strconv.Itoa(n.Looked) + ")"}.In(e.Lang)
	}
	if n.Records > 0 {
		value += schema.Text{ZH: "，见 client list --doubts", EN: ", see client list --doubts"}.In(e.Lang)
	}
	e.print("%s  %s\n", schema.Text{ZH: "存疑", EN: "in doubt"}.In(e.Lang), value)
	for _, y := range n.NoTargets {
		e.print("! "+noTargetsText.In(e.Lang)+"\n", y.Year, y.Records)
	}
	if !st.Lists {
		e.print("! %s\n", schema.Text{
			ZH: "本机还没有路段、单位、项目等名录：填错的路段、项目要到同步时才会发现；请联网运行 client sync",
			EN: "the lists of segments, units and projects are not on this device yet: a wrong segment or project will be noticed at the next sync only; run client sync"}.In(e.Lang))
	}
}

// printDoubts prints the doubts about a record (item "") or an item, with HQ's words if HQ has looked.
func (e *env) printDoubts(doubts []localdb.Doubt, item, indent string) {
	for i := range doubts {
		d := &doubts[i]
		if d.Item != item {
			continue
		}
		e.print("%s"+schema.Text{ZH: "存疑：%s", EN: "in doubt: %s"}.In(e.Lang)+"\n", indent, d.Text.In(e.Lang))
		if d.Other != "" {
			e.print("%s  client show %s\n", indent, d.Other)
		}
		if d.Seen {
			e.print("%s  "+schema.Text{ZH: "机关已看过：%s", EN: "HQ has looked: %s"}.In(e.Lang)+"\n", indent, d.Words)
		}
	}
}
