package maker_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func plate(number string) string {
	return fmt.Sprintf(`{"kind":"plate","typed":{"plate_number":%q,"plate_type":"小型汽车","business":"注册登记","occurred_at":"2020-12-15 10:00"}}`, number)
}

type rows struct {
	Rows []struct{ Record, State, Day string }
	Next string
}

// Before the first enrollment a page hears what is missing, and nothing is saved.
func TestBeforeEnrollment(t *testing.T) {
	w := newWorld(t, false)
	var hello struct {
		Maker, Word string
		Enrolled    *struct{}
		Locked      bool
	}
	w.want("hello", "", "", &hello)
	if hello.Maker != "station" || hello.Enrolled != nil || hello.Locked {
		t.Errorf("%+v", hello)
	}
	for _, name := range []string{"list", "drafts", "totals", "status"} {
		w.want(name, "", "not_enrolled", nil)
	}
	w.want("save", `{"form":`+plate("冀F12345")+`}`, "not_enrolled", nil)
	w.want("chooseWord", `{"word":" "}`, "bad_word", nil)
	w.want("chooseWord", `{"word":"白杨"}`, "", nil)
	w.want("chooseWord", `{"word":"柳树"}`, "word_chosen", nil)
	if w.want("hello", "", "", &hello); hello.Word != "白杨" {
		t.Errorf("%+v", hello)
	}
	for text, code := range map[string]string{
		"https://10.1.2.3:8080#ABCD-2345":               "",
		" https://10.1.2.3:8080\n#ABCD-2345#7cmr-zwzz ": "", // as a chat breaks it
		"10.1.2.3:8080#ABCD":                            "bad_enrollment",
		"ABCD-2345":                                     "bad_enrollment",
		"javascript:alert(1)#x":                         "bad_enrollment",
		"https://a#b#c#d":                               "bad_enrollment",
	} {
		w.want("inspect", fmt.Sprintf(`{"text":%q}`, text), code, nil)
	}
	w.want("enrol", `{"server":"http://127.0.0.1:1","code":"ABCD-2345","fingerprint":""}`, "unreachable", nil)
	w.want("save", `{"form":`+plate("冀F12345")+`}`, "not_enrolled", nil)
}

// A draft is kept at every change and forgotten in the moment of its save.
func TestDraftToRecord(t *testing.T) {
	w := newWorld(t, true)
	w.want("keepDraft", `{"id":"d1","form":{"kind":"plate","typed":{"plate_number":"冀F12"}}}`, "", nil)
	w.want("keepDraft", `{"id":"d1","form":`+plate("冀F12345")+`}`, "", nil)
	var drafts []struct {
		ID   string
		Form struct{ Typed map[string]string }
	}
	if w.want("drafts", "", "", &drafts); len(drafts) != 1 || drafts[0].Form.Typed["plate_number"] != "冀F12345" {
		t.Fatalf("%+v", drafts)
	}
	w.want("save", `{"form":{"kind":"plate","typed":{"plate_number":"冀F1"}},"draft":"d1"}`, "faults", nil)
	if w.want("drafts", "", "", &drafts); len(drafts) != 1 {
		t.Fatal("a refused save forgot the draft")
	}
	var saved struct {
		Record string
		Doubts []struct{ Code string }
	}
	w.want("save", `{"form":`+plate("冀F12345")+`,"draft":"d1"}`, "", &saved)
	if w.want("drafts", "", "", &drafts); len(drafts) != 0 || saved.Record == "" {
		t.Errorf("%+v %+v", drafts, saved)
	}
	if w.want("save", `{"form":`+plate("冀F12345")+`}`, "", &saved); !strings.Contains(fmt.Sprint(saved.Doubts), "duplicate") {
		t.Errorf("the same plate again: %+v", saved)
	}
	var list rows
	w.want("list", `{"kind":"plate","day":"2020-12-15"}`, "", &list)
	if len(list.Rows) != 2 || list.Rows[0].State != "saved" || list.Rows[0].Record != saved.Record {
		t.Errorf("%+v", list)
	}
	w.want("void", `{"id":"`+saved.Record+`","reason":" "}`, "no_reason", nil)
	w.want("void", `{"id":"`+saved.Record+`","reason":"撤销"}`, "", nil)
	if w.want("list", `{"state":"void"}`, "", &list); len(list.Rows) != 1 {
		t.Errorf("%+v", list)
	}
	var shown struct {
		Row     struct{ State string }
		Fields  []struct{ Name string }
		History []struct{ Act, Status string }
	}
	w.want("show", `{"id":"`+saved.Record+`"}`, "", &shown)
	if shown.Row.State != "void" || len(shown.History) != 2 || shown.History[1].Act != "void" || shown.History[1].Status != "waiting" {
		t.Errorf("%+v", shown)
	}
	w.want("restore", `{"id":"`+saved.Record+`","reason":""}`, "", nil)
	w.want("amend", `{"id":"`+saved.Record+`","form":{"kind":"plate","typed":{"plate_number":"冀F54321"}}}`, "", nil)
	if w.want("list", `{"text":"54321"}`, "", &list); len(list.Rows) != 1 || list.Rows[0].State != "saved" {
		t.Errorf("%+v", list)
	}
}

// A pasted list is saved whole or not at all, and the fault names the row.
func TestSaveMany(t *testing.T) {
	w := newWorld(t, true)
	all := []string{plate("冀F11111"), plate("冀F2"), plate("冀F33333")}
	r := w.request("POST", "/maker/saveMany", `{"forms":[`+strings.Join(all, ",")+`]}`, nil)
	if !strings.Contains(r.Body.String(), `"code":"bad_plate"`) || !strings.Contains(r.Body.String(), `"row":2`) {
		t.Errorf("%s", r.Body)
	}
	var list rows
	if w.want("list", "", "", &list); len(list.Rows) != 0 {
		t.Errorf("%+v", list)
	}
	all[1] = plate("冀F22222")
	var saved []struct{ Record string }
	w.want("saveMany", `{"forms":[`+strings.Join(all, ",")+`]}`, "", &saved)
	if w.want("list", `{"limit":2}`, "", &list); len(saved) != 3 || len(list.Rows) != 2 || list.Next == "" {
		t.Fatalf("%+v %+v", saved, list)
	}
	if w.want("list", `{"limit":2,"after":"`+list.Next+`"}`, "", &list); len(list.Rows) != 1 || list.Rows[0].Record != saved[0].Record {
		t.Errorf("the second page: %+v", list)
	}
}

// An officer's PIN opens the shift; without calls it ends by itself, and nothing can be saved or read.
func TestShift(t *testing.T) {
	w := newWorld(t, true)
	w.want("setPIN", `{"officer":"周","pin":"12"}`, "bad_pin", nil)
	w.want("setPIN", `{"officer":"周","pin":"1234"}`, "", nil)
	w.want("setPIN", `{"officer":"吴","pin":"5678"}`, "locked", nil)
	w.want("setPIN", `{"officer":"吴","pin":"5678","by":{"officer":"周","pin":"9999"}}`, "wrong_pin", nil)
	w.want("setPIN", `{"officer":"吴","pin":"5678","by":{"officer":"周","pin":"1234"}}`, "", nil)
	for _, name := range []string{"list", "drafts", "totals"} {
		w.want(name, "", "locked", nil)
	}
	w.want("unlock", `{"officer":"吴","pin":"1234"}`, "wrong_pin", nil)
	w.want("unlock", `{"officer":"陈","pin":"1234"}`, "unknown_officer", nil)
	w.want("unlock", `{"officer":"吴","pin":"5678"}`, "", nil)
	w.want("save", `{"form":`+plate("冀F12345")+`}`, "", nil)
	var shown struct{ History []struct{ Officer string } }
	var list rows
	w.want("list", "", "", &list)
	if w.want("show", `{"id":"`+list.Rows[0].Record+`"}`, "", &shown); shown.History[0].Officer != "吴" {
		t.Errorf("%+v", shown)
	}
	w.now = w.now.Add(20 * time.Minute)
	w.want("list", "", "", nil)
	w.now = w.now.Add(20 * time.Minute)
	w.want("list", "", "", nil)
	w.now = w.now.Add(31 * time.Minute)
	w.want("hello", "", "", nil)
	w.want("save", `{"form":`+plate("冀F54321")+`}`, "locked", nil)
	w.want("unlock", `{"officer":"周","pin":"1234"}`, "", nil)
	w.want("lock", "", "", nil)
	w.want("list", "", "locked", nil)
}

// What a page of another version sends is refused with words.
func TestBadCalls(t *testing.T) {
	w := newWorld(t, true)
	w.want("nothing", "", "unknown_call", nil)
	w.want("save", `{"forn":{}}`, "bad_call", nil)
	w.want("save", `not JSON`, "bad_call", nil)
	w.want("save", `{"form":{"kind":"kite","typed":{}}}`, "unknown_kind", nil)
	w.want("show", `{"id":"zzzz"}`, "unknown_record", nil)
	w.want("saveMany", `{"forms":[]}`, "too_many_forms", nil)
	w.want("keepDraft", `{"id":"d","form":{"kind":"plate","typed":{"remark":"`+strings.Repeat("x", 70<<10)+`"}}}`, "bad_draft", nil)
	w.want("keepDraft", `{"id":"d","form":{"kind":"plate","typed":{"remark":"`+strings.Repeat("x", 200<<10)+`"}}}`, "too_large", nil)
}
