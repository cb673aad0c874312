package main

import (
	"bufio"
	"fmt"
	"strings"

	"golang.org/x/term"

	"roadbook/client/localdb"
	"roadbook/client/station"
	"roadbook/client/transport"
	"roadbook/schema"
	"roadbook/sync/wire"
)

type confirmCmd struct {
	Fingerprint string `arg:"" optional:"" help:"新服务器的指纹，向管理员核对；不给则在终端询问 / fingerprint of the new server, as its administrator reads it out; asked for at a terminal if not given"`
	Decline     bool   `help:"放弃，本机仍属原服务器 / no: the device stays with its server"`
}

// Run moves the device to a server of another key, or forgets the pending server. A device with officers asks for a
// PIN.
func (c *confirmCmd) Run(e *env) error {
	return e.withStation("", func(s *station.Station) error {
		if !c.Decline {
			return e.confirm(s, c.Fingerprint)
		}
		if _, err := e.authenticate(s.DB); err != nil {
			return err
		}
		if err := s.DB.Decline(e.ctx); err != nil {
			return err
		}
		e.note(schema.Text{ZH: "已放弃，本机仍属原服务器", EN: "declined: the device stays with its server"})
		return nil
	})
}

// confirm makes the pending server the device's own, after a person has named the server's fingerprint: as an argument,
// or at a terminal.
func (e *env) confirm(s *station.Station, typed string) error {
	p, err := s.DB.Pending(e.ctx)
	if err != nil {
		return err
	}
	if p == nil {
		return localdb.ErrNoPending
	}
	if typed == "" {
		if typed, err = e.askFingerprint(p); err != nil {
			return err
		}
	}
	if normalizeFingerprint(typed) != normalizeFingerprint(wire.Fingerprint(p.Enrolled.ServerKey)) {
		return otherServerError{p, true}
	}
	if _, err := e.authenticate(s.DB); err != nil {
		return err
	}
	if err := s.DB.Confirm(e.ctx); err != nil {
		return err
	}
	if e.JSON {
		return e.printJSON(map[string]any{"server": p.Server, "waiting": p.Lines})
	}
	e.note(schema.Text{ZH: "本机已改属 %s，%d 条全部等待发送；请运行 client sync",
		EN: "the device belongs to %s now, and all %d lines wait to be sent: run client sync"}, p.Server, p.Lines)
	return nil
}

// normalizeFingerprint removes separators and replaces letters that people confuse with digits.
func normalizeFingerprint(fingerprint string) string {
	return strings.NewReplacer("-", "", " ", "", "o", "0", "i", "1", "l", "1").Replace(strings.ToLower(schema.CleanName(fingerprint)))
}

// askFingerprint shows both servers and reads the new one's fingerprint from the terminal.
func (e *env) askFingerprint(p *localdb.Pending) (string, error) {
	if !term.IsTerminal(int(e.in.Fd())) {
		return "", otherServerError{p, false}
	}
	fmt.Fprintln(e.stderr, otherServerText(p).In(e.Lang))
	fmt.Fprint(e.stderr, schema.Text{ZH: "核对无误后输入新服务器的指纹（直接回车则以后再说）：",
		EN: "type the new server's fingerprint to confirm it (empty: later): "}.In(e.Lang))
	line, err := bufio.NewReader(e.in).ReadString('\n')
	if err != nil || strings.TrimSpace(line) == "" {
		return "", otherServerError{p, false}
	}
	return strings.TrimSpace(line), nil
}

// pendingOut is a server waiting for confirmation, as JSON.
type pendingOut struct {
	Server  string `json:"server"`
	Current string `json:"was"`         // fingerprint of the device's own server
	New     string `json:"fingerprint"` // of the new one
	Lines   int64  `json:"lines"`       // to be sent to the new server
}

func otherServerText(p *localdb.Pending) schema.Text {
	was, now := wire.Fingerprint(p.OwnKey), wire.Fingerprint(p.Enrolled.ServerKey)
	return schema.Text{
		ZH: fmt.Sprintf("%s 是另一台服务器，尚未确认，没有向它发送任何内容。本机所属服务器的指纹 %s，新服务器的指纹 %s；"+
			"确认后本机的 %d 条记录（含已送达的）全部发给新服务器。请向管理员核对新指纹，再运行：client confirm 指纹；不换则运行 client confirm --decline",
			p.Server, was, now, p.Lines),
		EN: fmt.Sprintf("%s is another server, not confirmed yet, and nothing was sent to it. Fingerprint of the device's server: %s; of the new one: %s. "+
			"Once confirmed, all %d lines of this device, delivered ones too, go to the new server. Check the new fingerprint with an administrator, then run "+
			"client confirm FINGERPRINT; to stay, run client confirm --decline",
			p.Server, was, now, p.Lines)}
}

// otherServerError: a server of another key waits, and this command did not confirm the change.
type otherServerError struct {
	pending *localdb.Pending
	wrong   bool // the given fingerprint is not the new server's
}

func (otherServerError) Error() string { return localdb.ErrOtherServer.Error() }

func (o otherServerError) failure() failure {
	f := failure{exitOtherServer, "other_server", otherServerText(o.pending)}
	if o.wrong {
		f.text.ZH = "指纹不符，未作任何改变。" + f.text.ZH
		f.text.EN = "this is not its fingerprint, nothing was changed. " + f.text.EN
	}
	return f
}

// serverErrorTexts extend errorTexts by the errors about the server's identity.
var serverErrorTexts = []struct {
	err error
	failure
}{
	{localdb.ErrNoPending, failure{exitUsage, "no_pending", schema.Text{
		ZH: "没有待确认的服务器。换服务器先运行 client enroll", EN: "no server waits to be confirmed: client enroll comes first"}}},
	{wire.ErrUnsigned, failure{exitUnreachable, "unsigned_answer", schema.Text{
		ZH: "收到的应答没有服务器签名，未采信，数据在本机等待。可能是中间的代理或网关去掉了应答头 " + wire.SignatureHeader + "，或应答的不是本机所属的服务器；请把这行发给管理员",
		EN: "the answer has no signature of the server and was not believed; the data waits on this device. A proxy or gateway may drop the header " + wire.SignatureHeader + ", or another server answered: send this line to an administrator"}}},
	{transport.ErrForeignAnswer, failure{exitUnreachable, "foreign_answer", schema.Text{
		ZH: "收到的应答不是本机所属服务器对这次请求签的，未采信，数据在本机等待。请检查 --server 的地址；地址无误时可能是中间的代理错发了别的应答，请把这行发给管理员",
		EN: "the answer was not signed by this device's server for this request, and was not believed; the data waits on this device. Check the address of --server; if it is right, a proxy may have mixed up answers: send this line to an administrator"}}},
}
