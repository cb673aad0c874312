package main

import (
	"strconv"

	"roadbook/client/localdb"
	"roadbook/schema"
)

// returnedOut is a record that HQ wants corrected, as JSON.
type returnedOut struct {
	Record  string       `json:"record"`
	Title   *schema.Text `json:"title,omitempty"` // absent without the PIN, as the rest
	Officer string       `json:"officer,omitempty"`
	At      any          `json:"at"`
	Words   string       `json:"words,omitempty"`
}

func newReturned(sch *schema.Schema, r *localdb.Record, open bool) *returnedOut {
	out := &returnedOut{Record: r.View.Record, At: jsonTime(r.Returned.Stamp.Moment)}
	if !open {
		return out
	}
	out.Officer, out.Words = r.Returned.Officer, r.Returned.Words
	if k, ok := sch.Kind(r.View.Kind); ok {
		out.Title = new(recordTitle(k, r))
	}
	return out
}

func returnedJSON(sch *schema.Schema, list []localdb.Record, open bool) (out []returnedOut) {
	for i := range list {
		out = append(out, *newReturned(sch, &list[i], open))
	}
	return out
}

// readReturned reads what HQ did, and the records that wait for a correction.
func (e *env) readReturned(db *localdb.DB) (news hqNews, returned []localdb.Record, err error) {
	if news, err = e.readNews(db); err != nil {
		return news, nil, err
	}
	if returned, err = db.Returned(e.ctx); err == nil && len(news.acts) == 0 && len(returned) > 0 {
		news.open, err = e.maySee(db)
	}
	return news, returned, err
}

// printReturned lists the records that wait for a correction, with HQ's words.
func (e *env) printReturned(sch *schema.Schema, list []localdb.Record, open bool) {
	e.print("%s  %s\n", schema.Text{ZH: "被退回", EN: "returned"}.In(e.Lang), strconv.Itoa(len(list)))
	for i := range list {
		e.print("  %s  %s\n", e.titleOf(sch, &list[i], open), list[i].View.Record)
		if open {
			e.printReturn(&list[i])
		}
	}
}

// printReturn prints HQ's words about a returned record, and the remedy.
func (e *env) printReturn(r *localdb.Record) {
	if r.Returned == nil {
		return
	}
	text := schema.Text{ZH: "    ! 机关（%s）退回：%s\n      更正：client amend %s --set 字段=值；本不该登记的：client void %[3]s --reason 原因\n",
		EN: "    ! returned by HQ (%s): %s\n      correct it: client amend %s --set field=value; if it should not be there: client void %[3]s --reason why\n"}
	e.print(text.In(e.Lang), r.Returned.Officer, r.Returned.Words, r.View.Record)
}
