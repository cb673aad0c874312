// Package transport reaches a server over HTTP: enrollment, tokens and the protocol's round trip.
//
// The package promises: answers are read up to a limit. A refusal keeps the server's code, Retry-After, and whether to
// try again. Anything outside the protocol (a portal's page, a cut connection) is an error without a statement about
// lines. The device's clock is not used: tokens rest on the server's time, sent with its nonce.
package transport

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"roadbook/client/syncer"
	"roadbook/schema"
	"roadbook/sync/wire"
)

// maxAnswer bounds the size of an answer, in bytes, both compressed and inflated.
const maxAnswer = 16 << 20

// ErrUnreachable: no answer of the protocol came. Lines keep waiting.
var ErrUnreachable = errors.New("transport: server not reached")

// ErrForeignAnswer: the answer is not the device's server's to this request. The error is joined with ErrUnreachable.
var ErrForeignAnswer = errors.New("transport: not the answer of the device's server")

// Client talks to one server.
type Client struct {
	server   string
	http     *http.Client
	identity *Identity
	trust    wire.Trust
	encoding wire.Encoding // of requests
}

// New makes a client for the server's URL. identity is nil before enrollment; hc nil means a client with a timeout of
// two minutes.
func New(server string, identity *Identity, hc *http.Client) *Client {
	noRedirects := http.Client{Timeout: 2 * time.Minute}
	if hc != nil {
		noRedirects = *hc
	}
	noRedirects.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse } // see redirectError
	c := &Client{server: strings.TrimRight(server, "/"), http: &noRedirects, identity: identity, encoding: wire.Zstd}
	if identity != nil {
		c.trust = identity.Trust
	}
	return c
}

var _ syncer.Transport = (*Client)(nil)

// Enroll presents the device's key with a one-time code. The same key may present the same code again, as after a lost
// answer.
func (c *Client) Enroll(ctx context.Context, req wire.EnrollRequest) (*wire.Enrolled, error) {
	var e wire.Enrolled
	if err := c.postJSON(ctx, "/v1/enroll", req, &e); err != nil {
		return nil, err
	}
	if e.Device != wire.DeviceID(req.PublicKey) || e.Unit == "" {
		return nil, foreignBodyError(nil, []byte("{}"), errors.New("not an enrollment of this device"))
	}
	return &e, nil
}

// Sync makes one round trip. An answer not signed by the device's server for this request is refused: ErrUnreachable
// and ErrForeignAnswer, with wire.ErrBadSignature or, once an answer was signed, wire.ErrUnsigned.
func (c *Client) Sync(ctx context.Context, token string, req *wire.Request) (*wire.Answer, error) {
	got, raw, err := c.send(ctx, token, req)
	var refused *wire.Error
	if errors.As(err, &refused) && refused.Code == wire.CodeBadEncoding && c.encoding != wire.Identity {
		c.encoding = wire.Identity // something in between refuses compressed bodies
		got, raw, err = c.send(ctx, token, req)
	}
	if err != nil {
		return nil, err
	}
	ans, err := c.trust.OpenAnswer(req, raw, got.Get("Content-Encoding"), got.Get(wire.SignatureHeader), maxAnswer)
	if err != nil {
		return nil, untrustedAnswerError(got, raw, err)
	}
	c.trust.Signs = c.trust.Signs || ans.Signed
	return ans, nil
}

// send posts a request in the present encoding.
func (c *Client) send(ctx context.Context, token string, req *wire.Request) (http.Header, []byte, error) {
	body, err := req.Encode(c.encoding)
	if err != nil {
		return nil, nil, err
	}
	h := http.Header{}
	h.Set("Authorization", "Bearer "+token)
	h.Set("Content-Type", "application/x-ndjson")
	h.Set("Content-Encoding", string(c.encoding))
	h.Set("Accept-Encoding", "zstd, gzip")
	return c.post(ctx, "/v1/sync", h, body)
}

// postJSON posts one JSON value and reads another.
func (c *Client) postJSON(ctx context.Context, path string, in, out any) error {
	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return err
		}
	}
	got, raw, err := c.post(ctx, path, http.Header{"Content-Type": {"application/json"}}, body)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(raw, out); err != nil {
		return foreignBodyError(got, raw, err)
	}
	return nil
}

// post returns a 2xx answer's header and whole body, or the refusal for any other status.
func (c *Client) post(ctx context.Context, path string, h http.Header, body []byte) (http.Header, []byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.server+path, bytes.NewReader(body))
	if err != nil {
		return nil, nil, err
	}
	req.Header = h
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, nil, networkError(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	switch {
	case len(raw) > maxAnswer:
		return nil, nil, foreignBodyError(resp.Header, raw, errors.New("answer too long"))
	case err != nil:
		return nil, nil, networkError(err)
	case resp.StatusCode/100 == 3:
		return nil, nil, redirectError(resp)
	case resp.StatusCode/100 != 2:
		return nil, nil, readRefusal(resp, raw)
	}
	return resp.Header, raw, nil
}

// readRefusal reads an error's body. A body outside the protocol, as a proxy's, becomes a retryable refusal.
func readRefusal(resp *http.Response, raw []byte) error {
	r := &syncer.Refusal{HTTP: resp.StatusCode, RetryAfter: retryAfter(resp.Header.Get("Retry-After"))}
	var e wire.Error
	if json.Unmarshal(raw, &e) != nil || e.Code == "" || e.Message.ZH == "" {
		e = wire.Error{Code: "http_" + strconv.Itoa(resp.StatusCode), Retryable: true, Message: schema.Text{
			ZH: "服务器或中间设备返回 " + clip(resp.Status), EN: "the server, or something before it, answered " + clip(resp.Status)}}
	}
	if wire.Refuse(e.Code, "").Code != e.Code {
		e.Retryable = true // a code unknown to this program
	}
	r.Reason = &e
	return r
}

// retryAfter reads seconds. A date would need the device's clock, which may be wrong, and counts as none.
func retryAfter(text string) time.Duration {
	n, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil || n < 0 {
		return 0
	}
	return min(time.Duration(n)*time.Second, time.Hour)
}
