package outside

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"roadbook/sync/simtest/programs"
)

// errorOf decodes a command's JSON error, the last line of its error output.
func errorOf(o programs.Output) (code, zh string) {
	lines := strings.Split(strings.TrimSpace(o.Errs), "\n")
	var e struct {
		Error struct {
			Code    string
			Message struct{ ZH string }
		}
	}
	if json.Unmarshal([]byte(lines[len(lines)-1]), &e) != nil {
		return "no JSON", o.Errs
	}
	return e.Error.Code, e.Error.Message.ZH
}

// TestForeignAnswersAreNamed: on every path, a foreign answer is reported by its kind. Waiting lines keep waiting.
func TestForeignAnswersAreNamed(t *testing.T) {
	w := newWorld(t)
	s := w.serve("")
	p := w.proxy(s.URL)
	d := s.enroll("office-1", "clerk")
	d.plate()
	var strayed atomic.Int64
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { strayed.Add(1) }))
	defer elsewhere.Close()
	code, err := s.hq.Code(s.URL, "office-2", "clerk")
	w.must(err)
	for _, c := range []struct {
		lie         tamper
		code, words string
	}{
		{portal, "portal", "收到的是一个网页"},
		{empty204, "empty", "空的应答"},
		{braces, "stranger", "不是本系统服务器的应答"},
		{halfAnswer, "cut", "在途中断了"},
		{noAnswer, "cut", "在途中断了"},
		{redirect(http.StatusFound, elsewhere.URL), "redirect", elsewhere.URL},
		{redirect(http.StatusTemporaryRedirect, elsewhere.URL), "redirect", "未转去"},
		{answerWith(http.StatusForbidden, "text/html", "<html>blocked"), "http_403", "不是本系统服务器的应答"},
	} {
		for _, path := range []string{"/v1/nonce", "/v1/token", "/v1/sync", "/v1/enroll"} {
			p.tamperWith(onPath(path, c.lie))
			try, waits := func() programs.Output { return d.sync(p.URL) }, "已保存的数据在本机等待"
			if path == "/v1/enroll" {
				fresh := &device{w: w, dir: t.TempDir()}
				try, waits = func() programs.Output { return fresh.run("enroll", "--server", p.URL, "--code", code) }, "本机未登记"
			}
			o := try()
			got, zh := errorOf(o)
			if o.Exit != 4 || got != c.code || !strings.Contains(zh, c.words) || !strings.Contains(zh, waits) {
				t.Errorf("%s, %s: %v", path, c.code, o)
			}
		}
	}
	if strayed.Load() != 0 {
		t.Errorf("%d requests followed a redirect", strayed.Load())
	}
	d.wantWaiting(1)
	p.tamperWith()
	d.deliver(p.URL)
	s.wantExported(d.confirmed...)
}

// TestFinalRefusalEndsSync: a final refusal ends a sync at its first answer; after any other, the sync reports the wait
// and tries again.
func TestFinalRefusalEndsSync(t *testing.T) {
	w := newWorld(t)
	s := w.serve("")
	p := w.proxy(s.URL)
	d := s.enroll("office-1", "clerk")
	d.plate()
	var asked atomic.Int64
	counted := func(l tamper) tamper {
		return onPath("/v1/sync", func(x *roundTrip) {
			if x.Status == 0 {
				asked.Add(1)
			}
			l(x)
		})
	}
	for _, code := range []string{"forbidden", "bad_version", "bad_chain", "wrong_stream"} {
		asked.Store(0)
		p.tamperWith(counted(answerWith(http.StatusForbidden, "application/json",
			`{"code":"`+code+`","retryable":false,"message":{"zh":"不行","en":"no"}}`)))
		o := d.run("sync", "--tries", "100", "--server", p.URL)
		if got, zh := errorOf(o); o.Exit != 5 || got != code || asked.Load() != 1 || !strings.Contains(zh, "已保存的数据在本机等待") {
			t.Errorf("%s, asked %d times: %v", code, asked.Load(), o)
		}
	}
	stranger := w.serve("") // a server unaware of the device and of its certificate's signer
	o := d.run("sync", "--tries", "100", "--server", stranger.URL)
	if code, _ := errorOf(o); o.Exit != 5 || strings.Contains(o.Errs, "重试") {
		t.Errorf("at a server that does not know the device, %s: %v", code, o)
	}
	asked.Store(0)
	busy := answerWith(http.StatusServiceUnavailable, "application/json", `{"code":"busy","retryable":true,"message":{"zh":"服务器繁忙","en":"busy"}}`)
	p.tamperWith(counted(func(x *roundTrip) {
		if asked.Load() <= 2 {
			busy(x)
		}
	}))
	o = d.run("sync", "--tries", "100", "--server", p.URL)
	for _, words := range []string{"第 1 次失败：服务器繁忙", "第 2 次失败", "后重试"} {
		if o.Exit != 0 || !strings.Contains(o.Errs, words) {
			t.Errorf("%q is not told: %v", words, o)
		}
	}
	d.wantWaiting(0)
	s.wantExported(d.confirmed...)
}

// TestTwoSyncs: a second sync reports the first, waits, and exits 0 once all lines are delivered. A killed sync
// releases the lock, and a waiting sync in the background does not hold the lock.
func TestTwoSyncs(t *testing.T) {
	w := newWorld(t)
	s := w.serve("")
	p := w.proxy(s.URL)
	d := s.enroll("office-1", "clerk")
	d.deliver(p.URL) // keeps the proxy's address from now on
	other := "另一个 client sync 正在本机同步"
	for _, killed := range []bool{false, true} {
		d.plates(3)
		var blocked atomic.Bool
		entered, leave := make(chan bool), make(chan bool)
		release := sync.OnceFunc(func() { close(leave) })
		t.Cleanup(release)
		p.tamperWith(onPath("/v1/sync", func(x *roundTrip) {
			if x.Status == 0 && blocked.CompareAndSwap(false, true) {
				close(entered)
				<-leave
			}
		}))
		first := d.start("sync", "--tries", "1")
		<-entered
		second := d.start("sync", "--tries", "1")
		w.waitUntil("the second says that another is at it", func() bool { return strings.Contains(second.Errs(), other) })
		if killed {
			first.Kill()
		}
		release()
		w.must(first.Wait())
		w.must(second.Wait())
		if first.State().Success() == killed || !second.State().Success() {
			t.Errorf("first: %s, second: %s\n%s", first.State(), second.State(), second.Errs())
		}
		d.wantWaiting(0)
		s.wantExported(d.confirmed...)
	}
	p.tamperWith(onPath("/v1/sync", func(x *roundTrip) {
		answerWith(http.StatusServiceUnavailable, "application/json", `{"code":"busy","retryable":true,"message":{"zh":"繁忙","en":"busy"}}`)(x)
		x.Header.Set("Retry-After", "600")
	}))
	d.plate()
	watch := d.start("sync", "--watch")
	w.waitUntil("the one in the background waits", func() bool { return strings.Contains(watch.Errs(), "后重试") })
	p.tamperWith()
	if o := d.sync(""); o.Exit != 0 {
		t.Errorf("beside one that waits in the background: %v", o)
	}
	d.wantWaiting(0)
	s.wantExported(d.confirmed...)
}

// newCertificate makes a self-signed certificate: a new key, for one name, valid from and until.
func newCertificate(t *testing.T, name string, from, until time.Time) (c tls.Certificate, file string) {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "county CA"}, NotBefore: from, NotAfter: until,
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign}
	if ip := net.ParseIP(name); ip != nil {
		template.IPAddresses = []net.IP{ip}
	} else {
		template.DNSNames = []string{name}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &k.PublicKey, k)
	if err != nil {
		t.Fatal(err)
	}
	file = filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: k}, file
}

// TestCertificates: over TLS a wrong date and an unknown certificate are reported, and a good certificate is accepted.
func TestCertificates(t *testing.T) {
	w := newWorld(t)
	s := w.serve("")
	p := w.proxy(s.URL)
	d := s.enroll("office-1", "clerk")
	d.plate()
	now, year := time.Now(), 365*24*time.Hour
	for _, c := range []struct {
		name        string
		host        string
		from, until time.Time
		known       bool
		code, words string
	}{
		{"not yet valid", "127.0.0.1", now.Add(year), now.Add(2 * year), true, "clock", "多半是本机日期不对"},
		{"run out", "127.0.0.1", now.Add(-2 * year), now.Add(-year), true, "clock", "请先核对本机日期和时间"},
		{"unknown authority", "127.0.0.1", now.Add(-year), now.Add(year), false, "certificate", "county CA"},
		{"another's", "hq.test", now.Add(-year), now.Add(year), true, "certificate", "hq.test"},
		{"good", "127.0.0.1", now.Add(-year), now.Add(year), true, "", ""},
	} {
		certificate, file := newCertificate(t, c.host, c.from, c.until)
		_, unknown := newCertificate(t, c.host, c.from, c.until)
		web := httptest.NewUnstartedServer(http.HandlerFunc(p.serve))
		web.Config.ErrorLog = log.New(io.Discard, "", 0)
		web.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
		web.StartTLS()
		if !c.known {
			file = unknown
		}
		d.opts = []option{env("SSL_CERT_FILE=" + file)}
		o := d.sync(web.URL)
		if c.code == "" {
			if o.Exit != 0 {
				t.Errorf("%s: %v", c.name, o)
			}
		} else if code, zh := errorOf(o); o.Exit != 4 || code != c.code || !strings.Contains(zh, c.words) {
			t.Errorf("%s: %v", c.name, o)
		}
		web.Close()
	}
	d.wantWaiting(0)
	s.wantExported(d.confirmed...)
}
