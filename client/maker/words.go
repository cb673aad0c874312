package maker

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"roadbook/client/localdb"
	"roadbook/client/station"
	"roadbook/client/syncer"
	"roadbook/client/transport"
	"roadbook/schema"
)

// failure is an error as a page shows it: a stable code, the words, the HTTP status.
type failure struct {
	code   string
	text   schema.Text
	status int
}

func (f *failure) Error() string { return f.code + ": " + f.text.EN }

func refused(code, zh, en string) *failure {
	return &failure{code, schema.Text{ZH: zh, EN: en}, http.StatusBadRequest}
}

// Refusals of this package.
var (
	errOrigin     = &failure{"wrong_origin", schema.Text{ZH: "来自其他页面的请求，已拒绝", EN: "refused: the request comes from another page"}, http.StatusForbidden}
	errToken      = &failure{"unauthorized", schema.Text{ZH: "请从数据目录里的 open.html 打开", EN: "open open.html in the data directory"}, http.StatusUnauthorized}
	errNoCall     = &failure{"unknown_call", schema.Text{ZH: "没有这个操作，页面与程序版本不符，请刷新", EN: "no such call: the page is of another version, reload it"}, http.StatusNotFound}
	errTooLarge   = &failure{"too_large", schema.Text{ZH: "内容过大，请分几次", EN: "too large: send it in parts"}, http.StatusRequestEntityTooLarge}
	errTooMany    = &failure{"too_many_windows", schema.Text{ZH: "打开的窗口过多，请关闭几个", EN: "too many windows are open: close some"}, http.StatusTooManyRequests}
	errParameters = refused("bad_call", "请求的内容不对，页面与程序版本不符，请刷新", "bad parameters: the page is of another version, reload it")
	errBadWord    = refused("bad_word", "口令词应为 1 到 20 个字", "the word has 1 to 60 bytes")
	errWordChosen = refused("word_chosen", "本机的口令词已经选定", "the word was chosen already")
	errEnrollText = refused("bad_enrollment", "登记内容应为“地址#登记码”，例如 https://10.1.2.3:8080#ABCD-2345", "an enrollment text is ADDRESS#CODE, as https://10.1.2.3:8080#ABCD-2345")
	errEnrolled   = refused("enrolled", "本机已登记；换服务器请用 client enroll", "this device is enrolled; to change the server use client enroll")
	errReason     = refused("no_reason", "请写明原因", "say why")
	errManyForms  = refused("too_many_forms", "一次可保存 1 到 2000 条", "1 to 2000 forms can be saved at once")
)

// failures are the errors of the device with one text each; the first match counts. The words are for a screen: no commands.
var failures = []struct {
	err error
	failure
}{
	{localdb.ErrNotEnrolled, failure{"not_enrolled", schema.Text{ZH: "本机尚未登记", EN: "this device is not enrolled"}, http.StatusConflict}},
	{localdb.ErrPINNeeded, failure{"locked", schema.Text{ZH: "请选择姓名并输入 PIN", EN: "choose your name and type the PIN"}, http.StatusForbidden}},
	{localdb.ErrBadPIN, failure{"bad_pin", schema.Text{ZH: "PIN 须为 4 到 64 个字符", EN: "a PIN has 4 to 64 characters"}, http.StatusBadRequest}},
	{localdb.ErrPIN, failure{"wrong_pin", schema.Text{ZH: "PIN 错误，请重试；连续输错后需等待更久", EN: "wrong PIN: try again; the wait grows with every wrong one"}, http.StatusForbidden}},
	{localdb.ErrOfficer, failure{"unknown_officer", schema.Text{ZH: "本机没有这个姓名，请由已有人员添加", EN: "this device does not know the name: an officer of the device adds it"}, http.StatusForbidden}},
	{localdb.ErrUnsure, failure{"unsure", schema.Text{ZH: "磁盘出错，不能确定是否已保存。先不要重录：请在列表里查看", EN: "the disk failed, and it is not certain whether this was saved: look in the list before you type it again"}, http.StatusInternalServerError}},
	{localdb.ErrFull, failure{"full", schema.Text{ZH: "磁盘已满，本次未保存；此前保存的都在。请腾出至少 8 MB 后重试", EN: "the disk is full and this was not saved; what was saved before is safe. Free 8 MB at least and try again"}, http.StatusInsufficientStorage}},
	{localdb.ErrForm, failure{"bad_draft", schema.Text{ZH: "草稿过大或过多，请先保存或放弃一些", EN: "the draft is too large, or there are too many: save or drop some"}, http.StatusBadRequest}},
	{localdb.ErrUnknownKind, failure{"unknown_kind", schema.Text{ZH: "没有这个种类", EN: "there is no such kind"}, http.StatusBadRequest}},
	{localdb.ErrUnknownRecord, failure{"unknown_record", schema.Text{ZH: "本机没有这条记录；其他设备的先同步取回", EN: "this device does not know the record; sync to fetch another device's"}, http.StatusNotFound}},
	{localdb.ErrOtherServer, failure{"other_server", schema.Text{ZH: "这是另一台服务器，请核对指纹后确认或放弃", EN: "this is another server: compare the fingerprint, then confirm or decline"}, http.StatusConflict}},
	{station.ErrFingerprint, failure{"wrong_fingerprint", schema.Text{ZH: "服务器的指纹与机关所给的不符，未登记：请核对地址，或向机关要新的登记内容", EN: "the server's fingerprint is not the one that HQ gave, and nothing was kept: check the address, or ask HQ for a new enrollment text"}, http.StatusConflict}},
	{localdb.ErrKey, failure{"bad_key", schema.Text{ZH: "密钥打不开本机数据库。请勿删除任何文件，联系管理员", EN: "the key does not open the database. Delete nothing; ask an administrator"}, http.StatusInternalServerError}},
	{localdb.ErrGone, failure{"database_gone", schema.Text{ZH: "本机数据库不见了。请勿删除任何文件，联系管理员", EN: "the database is gone. Delete nothing; ask an administrator"}, http.StatusInternalServerError}},
	{localdb.ErrDamaged, failure{"damaged", schema.Text{ZH: "本机数据库已损坏。停止使用本机并联系管理员", EN: "the database is damaged: stop using this device and ask an administrator"}, http.StatusInternalServerError}},
	{localdb.ErrNewer, failure{"newer", schema.Text{ZH: "数据由更高版本的程序写入，请升级", EN: "written by a newer version: upgrade"}, http.StatusInternalServerError}},
	{syncer.ErrRetryLater, failure{"later", schema.Text{ZH: "服务器要求稍后再报，数据在本机等待", EN: "the server asks to send again later; the data waits here"}, http.StatusServiceUnavailable}},
	{syncer.ErrServerLosesLines, failure{"server_forgets", schema.Text{ZH: "服务器确认收到后又查无此记录，请告知管理员；数据都在本机", EN: "the server takes lines and then does not have them: tell an administrator; all data are here"}, http.StatusServiceUnavailable}},
	{transport.ErrForeignAnswer, failure{"foreign_answer", schema.Text{ZH: "应答没有本机所属服务器的签名，未采信", EN: "the answer is not signed by this device's server and was not believed"}, http.StatusServiceUnavailable}},
	{transport.ErrUnreachable, failure{"unreachable", schema.Text{ZH: "连不上服务器，已保存的在本机等待", EN: "the server was not reached; what is saved waits here"}, http.StatusServiceUnavailable}},
	{context.DeadlineExceeded, failure{"slow", schema.Text{ZH: "等待过久，请重试；已保存的都在", EN: "it took too long: try again; what was saved is safe"}, http.StatusServiceUnavailable}},
	{context.Canceled, failure{"interrupted", schema.Text{ZH: "已中断", EN: "interrupted"}, http.StatusServiceUnavailable}},
}

// wordsOf turns any error into words.
func wordsOf(err error) *failure {
	if own, ok := errors.AsType[*failure](err); ok {
		return own
	}
	if _, ok := faultsOf(err); ok {
		return &failure{"faults", schema.Text{ZH: "有几处需要改正", EN: "some things must be mended"}, http.StatusUnprocessableEntity}
	}
	if t, ok := errors.AsType[*transport.NetworkError](err); ok {
		return &failure{t.Code, t.Text, http.StatusServiceUnavailable}
	}
	if r, ok := errors.AsType[*syncer.Refusal](err); ok {
		return &failure{r.Reason.Code, r.Reason.Message, http.StatusServiceUnavailable}
	}
	for i := range failures {
		if errors.Is(err, failures[i].err) {
			return &failures[i].failure
		}
	}
	return &failure{"unexpected", schema.Text{ZH: "意外错误：" + err.Error(), EN: "unexpected: " + err.Error()}, http.StatusInternalServerError}
}

// faultOut is the shape Fault of maker.js. row is the form among many, from 1.
type faultOut struct {
	Code    string      `json:"code"`
	Field   string      `json:"field,omitempty"`
	Message schema.Text `json:"message"`
	Row     int         `json:"row,omitempty"`
}

func newFault(f schema.Fault) faultOut { return faultOut{f.Code, f.Field, f.Message, 0} }

// faultsOf are the faults of a form.
func faultsOf(err error) (out []faultOut, ok bool) {
	faults, ok := errors.AsType[schema.Faults](err)
	if !ok {
		return nil, false
	}
	row := 0
	if d, many := errors.AsType[*localdb.DraftError](err); many {
		row = d.Index + 1
	}
	for _, f := range faults {
		one := newFault(f)
		one.Row = row
		out = append(out, one)
	}
	return out, true
}

// writeError writes the words of an error as JSON: code, zh, en and a form's faults.
func writeError(w http.ResponseWriter, err error) {
	f := wordsOf(err)
	faults, _ := faultsOf(err)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(f.status)
	_ = json.NewEncoder(w).Encode(struct {
		Code   string     `json:"code"`
		ZH     string     `json:"zh"`
		EN     string     `json:"en"`
		Faults []faultOut `json:"faults,omitempty"`
	}{f.code, f.text.ZH, f.text.EN, faults}) // a reader that left
}
