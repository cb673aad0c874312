package fleet

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"roadbook/sync/wire"
)

// Link is a device's connection to a server.
type Link struct {
	URL    string
	HTTP   *http.Client
	Enc    wire.Encoding
	Now    func() time.Time // clock for the age of tokens; nil: the real clock
	After  time.Duration    // the waiting time of the last refusal, from Retry-After
	token  string
	expiry time.Time
}

// NewLink makes a link to the server at url.
func NewLink(url string) *Link {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 64
	return &Link{URL: url, HTTP: &http.Client{Transport: transport, Timeout: time.Minute}, Enc: wire.Zstd}
}

// Enroll sends the device's key and its one-time code. Later lines name the given catalogue version.
func (l *Link) Enroll(ctx context.Context, d *Device, code, catalogue string) error {
	var got wire.Enrolled
	err := l.postJSON(ctx, "/v1/enroll", "", wire.EnrollRequest{PublicKey: d.PublicKey(), Code: code}, &got)
	if err != nil {
		return err
	}
	d.SetEnrollment(got.Unit, got.Role, catalogue)
	d.limits, d.server = got.Limits, got.ServerKey
	return nil
}

// Push sends one frame and returns the server's answer with a checked signature.
func (l *Link) Push(ctx context.Context, d *Device, f *wire.Frame, now int64) (*wire.Answer, error) {
	req := d.Request(f, now)
	body, err := req.Encode(l.Enc)
	if err != nil {
		return nil, err
	}
	raw, head, err := l.post(ctx, d, body)
	if err != nil {
		return nil, err
	}
	trust := wire.Trust{Server: d.server, Signs: d.server != nil}
	return trust.OpenAnswer(req, raw, head.Get("Content-Encoding"), head.Get(wire.SignatureHeader), maxAnswer)
}

// Post sends an encoded body and returns the answer without checking its signature.
func (l *Link) Post(ctx context.Context, d *Device, body []byte) (*wire.Answer, error) {
	raw, head, err := l.post(ctx, d, body)
	if err != nil {
		return nil, err
	}
	return wire.DecodeAnswer(raw, head.Get("Content-Encoding"), maxAnswer)
}

func (l *Link) post(ctx context.Context, d *Device, body []byte) ([]byte, http.Header, error) {
	if err := l.authorize(ctx, d); err != nil {
		return nil, nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, l.URL+"/v1/sync", bytes.NewReader(body))
	if err != nil {
		return nil, nil, err
	}
	req.Header.Set("Content-Type", "application/x-ndjson")
	req.Header.Set("Content-Encoding", string(l.Enc))
	req.Header.Set("Authorization", "Bearer "+l.token)
	resp, err := l.HTTP.Do(req)
	if err != nil {
		return nil, nil, err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, nil, err
	}
	if resp.StatusCode != http.StatusOK {
		l.noteRetryAfter(resp)
		return nil, nil, refusal(resp.StatusCode, raw)
	}
	return raw, resp.Header, nil
}

const maxAnswer = 16 << 20

// Drain sends until no line waits. It gives up after tries failures in a row.
func (l *Link) Drain(ctx context.Context, d *Device, now int64, tries int) error {
	failed := 0
	for f := d.Next(); f != nil; f = d.Next() {
		a, err := l.Push(ctx, d, f, now)
		if err == nil {
			err = d.Acknowledge(f, a)
		}
		if err == nil {
			failed = 0
			continue
		}
		if failed++; failed >= tries {
			return fmt.Errorf("device %s: %w", d.Name, err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond << failed):
		}
	}
	return nil
}

// Acknowledge marks the lines at the front of a frame as sent, as far as the answer gives results for them.
func (d *Device) Acknowledge(f *wire.Frame, a *wire.Answer) error {
	done := f.First - 1
	for _, r := range a.Results {
		if r.First == done+1 && r.Status.Acknowledges() {
			done = r.Last
		}
		d.forked = d.forked || r.Status == wire.Forked
	}
	if done < f.First {
		return errors.New("nothing was acknowledged")
	}
	d.sent = max(d.sent, int(done))
	return nil
}

// authorize gets an access token if the present token is about to expire.
func (l *Link) authorize(ctx context.Context, d *Device) error {
	if l.token != "" && l.now().Before(l.expiry) {
		return nil
	}
	var nonce wire.Nonce
	if err := l.postJSON(ctx, "/v1/nonce", "", nil, &nonce); err != nil {
		return err
	}
	at := time.UnixMilli(nonce.ServerTime)
	assertion, err := jwt.NewWithClaims(jwt.SigningMethodEdDSA, jwt.RegisteredClaims{
		Issuer: d.ID, Subject: d.ID, Audience: jwt.ClaimStrings{wire.AssertionAudience}, ID: nonce.Nonce,
		IssuedAt: jwt.NewNumericDate(at), ExpiresAt: jwt.NewNumericDate(at.Add(time.Minute)),
	}).SignedString(d.key)
	if err != nil {
		return err
	}
	var token wire.Token
	if err := l.postJSON(ctx, "/v1/token", "", wire.TokenRequest{GrantType: wire.GrantType, Assertion: assertion}, &token); err != nil {
		return err
	}
	l.token = token.AccessToken
	l.expiry = l.now().Add(time.Duration(token.ExpiresIn) * time.Second * 4 / 5)
	return nil
}

func (l *Link) now() time.Time {
	if l.Now != nil {
		return l.Now()
	}
	return time.Now()
}

// postJSON posts JSON, with an access token if there is one, and reads JSON.
func (l *Link) postJSON(ctx context.Context, path, token string, in, out any) error {
	var body io.Reader
	if in != nil {
		raw, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, l.URL+path, body)
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := l.HTTP.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		l.noteRetryAfter(resp)
		return refusal(resp.StatusCode, raw)
	}
	return json.Unmarshal(raw, out)
}

// noteRetryAfter stores the waiting time of Retry-After.
func (l *Link) noteRetryAfter(resp *http.Response) {
	seconds, err := strconv.Atoi(resp.Header.Get("Retry-After"))
	if l.After = time.Duration(seconds) * time.Second; err != nil {
		l.After = 0
	}
}

// refusal reads the server's error; another body becomes an error with the status.
func refusal(status int, raw []byte) error {
	var e wire.Error
	if json.Unmarshal(raw, &e) == nil && e.Code != "" {
		return &e
	}
	return fmt.Errorf("server answered %d", status)
}
