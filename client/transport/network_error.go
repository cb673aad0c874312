package transport

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"syscall"
	"time"
	"unicode/utf8"

	"roadbook/schema"
	"roadbook/sync/clock"
	"roadbook/sync/wire"
)

// NetworkError tells the obstacle between device and server, and the remedy. errors.Is reports ErrUnreachable.
type NetworkError struct {
	Code string // "portal", "empty", "cut", "stranger", "redirect", "clock", "certificate" or "tls"
	Text schema.Text
	err  error
}

func (t *NetworkError) Error() string { return t.Text.EN }

// Unwrap returns ErrUnreachable and the underlying error.
func (t *NetworkError) Unwrap() []error { return []error{ErrUnreachable, t.err} }

// networkError explains a failed round trip. Each fault of a certificate has its own remedy.
func networkError(err error) error {
	if trouble := certificateError(err, time.Now()); trouble != nil {
		return trouble
	}
	switch {
	case errors.Is(err, context.Canceled):
		return err
	case endsEarly(err):
		return cutOffError(err)
	}
	return fmt.Errorf("%w: %w", ErrUnreachable, err)
}

// certificateError explains the fault of a server's certificate, with the checking clock's time; nil: no such fault.
func certificateError(err error, now time.Time) error {
	if e, ok := errors.AsType[x509.CertificateInvalidError](err); ok && e.Reason == x509.Expired {
		return certificateTimeError(e, now)
	}
	if e, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		by := "?"
		if e.Cert != nil {
			by = clip(e.Cert.Issuer.String())
		}
		return &NetworkError{"certificate", schema.Text{
			ZH: "服务器的证书不是本机信任的机构签发的（签发者：" + by + "）。请管理员把单位的根证书装入本机；若是在外面的网络上，可能有人冒充服务器，请换一个网络",
			EN: "the server's certificate is by an authority that this machine does not know (" + by + "). Have an administrator install your unit's root certificate; on a foreign network somebody may pose as the server: use another network"}, err}
	}
	if e, ok := errors.AsType[x509.HostnameError](err); ok {
		names := clip(strings.Join(namesOf(e.Certificate), "、"))
		return &NetworkError{"certificate", schema.Text{
			ZH: "服务器的证书是给 " + names + " 的，不是给 " + clip(e.Host) + " 的：请核对 --server 地址；地址没错就联系管理员",
			EN: "the server's certificate is for " + names + ", not for " + clip(e.Host) + ": check --server; if the address is right, ask an administrator"}, err}
	}
	if e, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return &NetworkError{"certificate", schema.Text{
			ZH: "服务器的证书有问题（" + clip(e.Error()) + "），请联系管理员", EN: clip(e.Error()) + ": ask an administrator"}, err}
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok || errors.Is(err, http.ErrSchemeMismatch) {
		return &NetworkError{"tls", schema.Text{
			ZH: "该地址没有按 https 应答：请核对 --server 应为 https:// 还是 http://，以及端口",
			EN: "what answers there does not speak https: check whether --server begins with https:// or http://, and its port"}, err}
	}
	return nil
}

func namesOf(c *x509.Certificate) []string {
	names := slices.Clone(c.DNSNames)
	for _, ip := range c.IPAddresses {
		names = append(names, ip.String())
	}
	if len(names) == 0 {
		names = []string{c.Subject.String()}
	}
	return names
}

// certificateTimeError names both times. A program cannot tell the wrong one, and a person sees at a glance.
func certificateTimeError(e x509.CertificateInvalidError, now time.Time) error {
	here := formatMinute(now)
	if from := e.Cert.NotBefore; now.Before(from) {
		return &NetworkError{"clock", schema.Text{
			ZH: "本机时间是 " + here + "，而服务器证书自 " + formatMinute(from) + " 起才有效：多半是本机日期不对，请校准本机日期和时间后再试",
			EN: "this machine's time is " + here + ", and the server's certificate is not valid before " + formatMinute(from) + ": most likely the date here is wrong; set it right and try again"}, e}
	}
	until := formatMinute(e.Cert.NotAfter)
	return &NetworkError{"clock", schema.Text{
		ZH: "服务器证书已于 " + until + " 到期，而本机时间是 " + here + "：请先核对本机日期和时间；时间没错就请管理员更换服务器证书",
		EN: "the server's certificate ran out at " + until + ", and this machine's time is " + here + ": check the date here first; if it is right, the administrator has to renew the certificate"}, e}
}

func formatMinute(t time.Time) string { return t.In(clock.Shanghai).Format("2006-01-02 15:04") }

// redirectError names the target of a redirect. Redirects are never followed, since requests carry signatures and codes
// meant for the server alone.
func redirectError(resp *http.Response) error {
	err := fmt.Errorf("status %s", resp.Status)
	to, missing := resp.Location()
	if missing != nil {
		return &NetworkError{"redirect", schema.Text{
			ZH: "对方要求转到别处，却没有说明去向：多半是本网络的中间设备。请检查 --server 和网络",
			EN: "what answers leads elsewhere and does not say where: something in this network, most likely. Check --server and the network"}, err}
	}
	from, there := resp.Request.URL, publicURL(to)
	if from.Scheme == "http" && to.Scheme == "https" && from.Hostname() == to.Hostname() {
		at := to.Scheme + "://" + to.Host
		return &NetworkError{"redirect", schema.Text{
			ZH: "服务器要求改用 https，本机未自动转去：请改用 --server " + at,
			EN: "the server wants https; the redirect was not followed: use --server " + at}, err}
	}
	return &NetworkError{"redirect", schema.Text{
		ZH: "对方要求转到 " + there + "，本机未转去。若是本网络的登录页，请先用浏览器登录；若是服务器换了地址，请向管理员核实后用 --server 指定",
		EN: "what answers leads to " + there + "; that was not followed. If it is this network's sign-in page, sign in with a browser first; if the server has moved, confirm it with an administrator and use --server"}, err}
}

// publicURL is an address without query and user, which may be secret.
func publicURL(u *url.URL) string {
	return clip((&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String())
}

// cutOffError explains an incomplete answer.
func cutOffError(err error) error {
	return &NetworkError{"cut", schema.Text{
		ZH: "服务器的应答在途中断了：网络不稳，或中间设备截断了它",
		EN: "the server's answer was cut off on its way: the network is unstable, or something in between cut it"}, err}
}

// untrustedAnswerError explains an unbelievable answer to a sync. With a signature missing or broken, a readable answer
// is another server's or another request's. An unreadable body is no answer of the protocol.
func untrustedAnswerError(h http.Header, body []byte, err error) error {
	if errors.Is(err, wire.ErrUnsigned) || errors.Is(err, wire.ErrBadSignature) {
		_, unreadable := wire.DecodeAnswer(body, h.Get("Content-Encoding"), maxAnswer)
		if unreadable == nil {
			return fmt.Errorf("%w: %w: %w", ErrUnreachable, ErrForeignAnswer, err)
		}
		err = unreadable
	}
	return foreignBodyError(h, body, err)
}

// foreignBodyError explains a success status with a body outside the protocol: something else has answered instead of
// the server.
func foreignBodyError(h http.Header, body []byte, err error) error {
	text := bytes.TrimSpace(body)
	page := bytes.HasPrefix(text, []byte("<")) || strings.HasPrefix(h.Get("Content-Type"), "text/html")
	switch {
	case len(text) == 0:
		return &NetworkError{"empty", schema.Text{
			ZH: "收到的是空的应答，不是服务器发的：网络中间有设备代它应答了。请检查 --server 和网络",
			EN: "an empty answer came, which is not the server's: something in between answered in its place. Check --server and the network"}, err}
	case page:
		return &NetworkError{"portal", schema.Text{
			ZH: "收到的是一个网页，不是服务器的应答：本网络可能要先登录。请用浏览器打开任意网页登录后再试，或检查 --server",
			EN: "a web page came, not the server's answer: this network may want you to sign in. Open any page in a browser, sign in and try again, or check --server"}, err}
	case endsEarly(err):
		return cutOffError(err)
	}
	return &NetworkError{"stranger", schema.Text{
		ZH: "收到的不是本系统服务器的应答：网络中间有设备代它应答了，或 --server 指向了别的服务。请检查",
		EN: "what came is not this system's answer: something in between answered in the server's place, or --server is another service. Check both"}, err}
}

// endsEarly reports whether a body is incomplete.
func endsEarly(err error) bool {
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) {
		return true
	}
	syntax, ok := errors.AsType[*json.SyntaxError](err)
	return ok && syntax.Error() == "unexpected end of JSON input"
}

// clip shortens foreign text and removes control characters, for printing at a terminal.
func clip(s string) string {
	const most = 200 // characters
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == utf8.RuneError {
			return ' '
		}
		return r
	}, s)
	if utf8.RuneCountInString(s) > most {
		return string([]rune(s)[:most]) + "…"
	}
	return s
}
