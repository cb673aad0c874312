package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"roadbook/client/localdb"
	"roadbook/client/maker"
	"roadbook/client/syncer"
	"roadbook/client/transport"
	"roadbook/schema"
)

// The exit codes are stable; --help prints them.
const (
	exitOK = iota
	exitUnexpected
	exitUsage
	exitNotEnrolled
	exitUnreachable
	exitRefused
	exitPIN
	exitQuarantined
	exitFull
	exitUnprinted
	exitOtherServer
)

// usageError is an unreadable command line.
type usageError struct{ error }

// errQuarantined: the sync succeeded, and the server quarantined lines.
var errQuarantined = errors.New("client: lines were quarantined")

// enrollError is a failed enrollment: its text must not promise saved data or advise another sync.
type enrollError struct{ error }

func (e enrollError) Unwrap() error { return e.error }

// failure is an error as a person reads about it: the event and the remedy.
type failure struct {
	exit int
	code string
	text schema.Text
}

// errorTexts are the errors with one text each. The first match counts.
var errorTexts = []struct {
	err error
	failure
}{
	{localdb.ErrNotEnrolled, failure{exitNotEnrolled, "not_enrolled", schema.Text{
		ZH: "本设备尚未登记。请运行：client enroll --server 地址 --code 登记码",
		EN: "this device is not enrolled: run client enroll --server URL --code CODE"}}},
	{localdb.ErrPINNeeded, failure{exitPIN, "pin_needed", schema.Text{
		ZH: "需要 PIN。请在终端输入，或设置环境变量 ROADBOOK_PIN",
		EN: "a PIN is needed: type it at a terminal, or set ROADBOOK_PIN"}}},
	{localdb.ErrBadPIN, failure{exitUsage, "bad_pin", schema.Text{
		ZH: "PIN 须为 4 到 64 个字符", EN: "a PIN has 4 to 64 characters"}}},
	{localdb.ErrPIN, failure{exitPIN, "wrong_pin", schema.Text{
		ZH: "PIN 错误，请重试；连续输错后需等待更久", EN: "wrong PIN: try again; the wait grows with every wrong one"}}},
	{localdb.ErrOfficer, failure{exitPIN, "unknown_officer", schema.Text{
		ZH: "请用 --officer 说明操作人；本机没有这个操作人时，先由已有操作人运行 client officer 姓名",
		EN: "say who you are with --officer; if this device does not know you, another officer runs client officer NAME"}}},
	{localdb.ErrFull, failure{exitFull, "disk_full", schema.Text{
		ZH: "磁盘已满，本次内容未保存。此前保存的都在，可查看、可同步；请腾出至少 8 MB 空间后重试",
		EN: "the disk is full and this was not saved. What was saved before is safe, can be read and synced; free 8 MB at least and try again"}}},
	{localdb.ErrKey, failure{exitUnexpected, "bad_key", schema.Text{
		ZH: "密钥文件打不开本机数据库：device.key 或数据库已损坏，或来自另一台设备。请勿删除任何文件，联系管理员",
		EN: "device.key does not open the database: one of them is damaged or another device's. Delete nothing; ask an administrator"}}},
	{localdb.ErrGone, failure{exitUnexpected, "database_gone", schema.Text{
		ZH: "本设备登记过（device.key 在），但数据库 roadbook.db 不见了或是空的；尚未同步的记录在其中。未作更改。请把它连同 roadbook.db-wal 从副本放回，或联系管理员。确实找不回时，把数据目录里的 device.key 和名称以 roadbook.db 开头的文件移到别处保存，再运行 client enroll，即成为一台新设备",
		EN: "this device was set up (device.key is there), but its database roadbook.db, with what was not synced, is missing or empty. Nothing was changed. Put it back from a copy, with its roadbook.db-wal, or ask an administrator. Only where it can't be found: move device.key and the files whose names begin with roadbook.db elsewhere, keep them, and run client enroll: it is a new device then"}}},
	{localdb.ErrDamaged, damaged},
	{localdb.ErrNewer, failure{exitUnexpected, "newer", schema.Text{
		ZH: "数据由更高版本的程序写入，请升级本程序", EN: "written by a newer version: upgrade this program"}}},
	{maker.ErrServed, failure{exitUsage, "served", schema.Text{
		ZH: "另一个程序正在为这个数据目录提供页面：请用它的窗口，或先结束它",
		EN: "another program serves the pages of this data directory: use its window, or end it first"}}},
	{localdb.ErrUnknownKind, failure{exitUsage, "unknown_kind", schema.Text{
		ZH: "没有这个种类。client kinds 列出全部", EN: "no such kind: client kinds lists them"}}},
	{localdb.ErrUnknownRecord, failure{exitUsage, "unknown_record", schema.Text{
		ZH: "本机没有这个编号的记录。编号可只写其中几位（至少 4 位）、#序号 或 last；client list 列出全部；其他设备的记录先运行 client sync",
		EN: "this device knows no record of that id. Part of an id (at least 4 characters), #SEQUENCE or last will do: client list lists them; for another device's records run client sync first"}}},
	{errQuarantined, failure{exitQuarantined, "quarantined", schema.Text{
		ZH: "已同步，但有记录被服务器隔离。client status 列出原因，用 client amend 或 client void 处理",
		EN: "synced, but the server quarantined lines: client status says why. Use client amend or client void; if the device is revoked, ask HQ"}}},
	{transport.ErrUnreachable, failure{exitUnreachable, "unreachable", schema.Text{
		ZH: "连不上服务器，已保存的数据在本机等待。检查网络和 --server 后再运行 client sync",
		EN: "the server was not reached; saved data waits on this device. Check the network and --server, then run client sync again"}}},
	{syncer.ErrServerLosesLines, failure{exitRefused, "server_forgets", schema.Text{
		ZH: "服务器确认收到后又查无此记录，已反复多次，本次停止；数据都在本机。请把本行提示发给管理员，由其在服务器上运行 server verify",
		EN: "the server takes lines and then does not have them, again and again; this sync stops, and all data are on this device. Send this line to an administrator, who runs server verify"}}},
	{syncer.ErrRetryLater, failure{exitUnreachable, "later", schema.Text{
		ZH: "服务器要求稍后再报，数据仍在本机。请稍后再运行 client sync",
		EN: "the server asks to send again later; the data waits on this device. Run client sync again in a while"}}},
	{context.Canceled, failure{exitUnexpected, "interrupted", schema.Text{
		ZH: "已中断。已保存的数据不受影响", EN: "interrupted. What was saved is safe"}}},
}

// damaged: no data in the file can be promised any more.
var damaged = failure{exitUnexpected, "damaged", schema.Text{
	ZH: "本机数据库已损坏。请勿删除任何文件，停止使用本机并联系管理员",
	EN: "this device's database is damaged. Delete nothing, stop using the device, and ask an administrator"}}

// explain turns any error into a text for a person, with its exit code.
func explain(err error) failure {
	var usage usageError
	var faults schema.Faults
	var refusal *syncer.Refusal
	var enrollErr enrollError
	var other otherServerError
	var unknownKind unknownKindError
	var ambiguous ambiguousError
	if f, ok := explainSaveError(err); ok {
		return f
	}
	if f, net := explainNetworkError(err); net {
		return f
	}
	switch {
	case errors.As(err, &unknownKind):
		return unknownKind.failure()
	case errors.As(err, &ambiguous):
		return ambiguous.failure()
	case errors.As(err, &other):
		return other.failure()
	case errors.As(err, &enrollErr) && errors.As(err, &refusal) && !refusal.Reason.Retryable:
		return failure{exitRefused, refusal.Reason.Code, schema.Text{
			ZH: "服务器拒绝登记：" + refusal.Reason.Message.ZH + "。请核对登记码，或向管理员要一个新的，再运行 client enroll",
			EN: "the server refused to enroll this device: " + refusal.Reason.Message.EN + ". Check the code, or ask an administrator for a new one, then run client enroll again"}}
	case errors.As(err, &usage):
		return failure{exitUsage, "usage", schema.Text{
			ZH: "命令用法有误：" + usageInChinese(usage.Error()) + "。client --help 说明用法", EN: usage.Error() + ": see client --help"}}
	case errors.As(err, &faults):
		return failure{exitUsage, "invalid", schema.Text{ZH: "内容有误，未保存：", EN: "not saved, something is wrong:"}}
	case errors.As(err, &refusal):
		return explainRefusal(refusal)
	}
	for _, k := range slices.Concat(serverErrorTexts, bundleErrorTexts, errorTexts) {
		if errors.Is(err, k.err) {
			return k.failure
		}
	}
	return failure{exitUnexpected, "unexpected", schema.Text{
		ZH: "意外错误：" + err.Error() + "。已保存的数据不受影响；请重试，仍不行请把这行发给管理员",
		EN: "unexpected: " + err.Error() + ". What was saved is safe; try again, and send this line to an administrator if it stays"}}
}

// usageInChinese translates the parser's usual messages; details about a flag follow untranslated.
func usageInChinese(text string) string {
	return strings.NewReplacer("missing flags: ", "缺少选项 ", "missing value", "缺少值", "=STRING", "",
		"unexpected argument ", "多余或不认识的词 ", "unknown flag ", "没有这个选项 ", ", did you mean ", "，是否指 ",
		"expected one of ", "请给出命令：", "must be one of ", "只能是 ", " but got ", "，而给出的是 ",
		"expected a valid 64 bit int", "应为整数", "expected int value", "应为整数",
		", expecting ", "，应为 ", "expected ", "缺少 ").Replace(text)
}

// explainRefusal blames the server for a retryable refusal, and the device for any other.
func explainRefusal(r *syncer.Refusal) failure {
	f := failure{exitRefused, r.Reason.Code, schema.Text{
		ZH: "服务器拒绝：" + r.Reason.Message.ZH + "。已保存的数据在本机等待；请联系管理员",
		EN: "refused by the server: " + r.Reason.Message.EN + ". Saved data waits on this device; ask an administrator"}}
	if r.Reason.Retryable && r.HTTP >= 429 {
		f.exit = exitUnreachable
		f.text = schema.Text{
			ZH: "服务器暂时不可用：" + r.Reason.Message.ZH + "。已保存的数据在本机等待；请稍后再运行 client sync",
			EN: "the server is not available now: " + r.Reason.Message.EN + ". Saved data waits on this device; run client sync again in a while"}
	}
	return f
}

// printError prints the failure on the error output and returns the exit code.
func (e *env) printError(err error) int {
	f := explain(err)
	var faults schema.Faults
	errors.As(err, &faults)
	if e.JSON {
		e.printErrorJSON(f, faults, err)
		return f.exit
	}
	fmt.Fprintln(e.stderr, f.text.In(e.Lang))
	for _, fault := range faults {
		fmt.Fprintln(e.stderr, "  "+e.faultText(fault))
	}
	if several, ok := errors.AsType[ambiguousError](err); ok {
		several.print(e.stderr)
	}
	if typed, ok := errors.AsType[kindFaults](err); ok {
		if hint, ok := typed.hint(); ok {
			e.note(hint)
		}
	}
	return f.exit
}

func (e *env) faultText(f schema.Fault) string {
	if f.Field == "" {
		return f.Message.In(e.Lang)
	}
	return f.Field + "  " + f.Message.In(e.Lang)
}

func (e *env) printErrorJSON(f failure, faults schema.Faults, err error) {
	type body struct {
		Code    string        `json:"code"`
		Exit    int           `json:"exit"`
		Message schema.Text   `json:"message"`
		Faults  schema.Faults `json:"faults,omitempty"`
		Saved   *savedOut     `json:"saved,omitempty"`
		Several []string      `json:"candidates,omitempty"` // records that an abbreviated id may mean
	}
	enc := json.NewEncoder(e.stderr)
	enc.SetEscapeHTML(false)
	several, _ := errors.AsType[ambiguousError](err)
	if err := enc.Encode(map[string]body{"error": {f.code, f.exit, f.text, faults, savedDespite(err), several.rows}}); err != nil {
		fmt.Fprintln(e.stderr, f.text.In(e.Lang))
	}
}
