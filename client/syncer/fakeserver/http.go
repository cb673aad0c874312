package fakeserver

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"roadbook/sync/wire"
)

// HTTP serves a Server as sync/PROTOCOL.md says, with faults on demand.
type HTTP struct {
	*Server
	Code string // the enrollment code

	EveryRequest Fault // fault of every request, on every path; "" = none

	gate   sync.RWMutex // read-locked by every request
	mu     sync.Mutex
	faults []Fault
	tokens map[string]string // token → device
	serial int
}

// Fault is a fault of one sync request.
type Fault string

// The faults.
const (
	Expired    Fault = "401"  // the token is no longer accepted
	Busy       Fault = "503"  // Retry-After: 0
	LostAnswer Fault = "lost" // committed, then the connection is cut
	Portal     Fault = "portal"
	Empty      Fault = "204"
	Braces     Fault = "{}"
	Cut        Fault = "cut"      // half of an answer
	Redirect   Fault = "redirect" // to a page for signing in
	// Any other fault is a refusal's code.
)

// NewHTTP makes a handler over a fresh server.
func NewHTTP(code string) *HTTP {
	return &HTTP{Server: New(), Code: code, tokens: map[string]string{}}
}

// Fail makes the next sync requests fail, one fault each.
func (h *HTTP) Fail(f ...Fault) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.faults = append(h.faults, f...)
}

// Set changes the server between requests.
func (h *HTTP) Set(change func(*HTTP)) {
	h.gate.Lock()
	defer h.gate.Unlock()
	change(h)
}

// Forget removes all devices and tokens, like a restore from an older backup.
func (h *HTTP) Forget() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.Server.mu.Lock()
	defer h.Server.mu.Unlock()
	h.Server.devices = map[string]ed25519.PublicKey{}
	h.tokens = map[string]string{}
}

// ServeHTTP answers /v1/enroll, /v1/nonce, /v1/token and /v1/sync.
func (h *HTTP) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.gate.RLock()
	defer h.gate.RUnlock()
	if h.EveryRequest != "" {
		answerFault(w, h.EveryRequest)
		return
	}
	switch r.URL.Path {
	case "/v1/enroll":
		h.enroll(w, r)
	case "/v1/nonce":
		h.nextNonce()
		writeJSON(w, wire.Nonce{Nonce: strconv.Itoa(h.serial), ServerTime: h.Now})
	case "/v1/token":
		h.token(w, r)
	case "/v1/sync":
		h.sync(w, r)
	default:
		writeRefusal(w, wire.Refuse(wire.CodeNotFound, r.URL.Path))
	}
}

func (h *HTTP) nextNonce() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.serial++
}

func (h *HTTP) enroll(w http.ResponseWriter, r *http.Request) {
	var req wire.EnrollRequest
	if json.NewDecoder(r.Body).Decode(&req) != nil || len(req.PublicKey) != ed25519.PublicKeySize {
		writeRefusal(w, wire.Refuse(wire.CodeBadKey, ""))
		return
	}
	if req.Code != h.Code {
		writeRefusal(w, wire.Refuse(wire.CodeBadCode, ""))
		return
	}
	h.AddDevice(req.PublicKey)
	unit, role, _ := strings.Cut(h.Code, "/") // a code names unit and role: "window-1/clerk"
	writeJSON(w, wire.Enrolled{Device: wire.DeviceID(req.PublicKey), Unit: unit, Role: role, ServerKey: h.Public(),
		Certificate: base64.StdEncoding.EncodeToString(req.PublicKey), ServerEpoch: h.Epoch, ServerTime: h.Now, Limits: h.Limits, Signs: h.signs(), Kinds: h.Kinds})
}

func (h *HTTP) signs() int {
	if h.Unsigned {
		return 0
	}
	return 1
}

func (h *HTTP) token(w http.ResponseWriter, r *http.Request) {
	var req wire.TokenRequest
	if json.NewDecoder(r.Body).Decode(&req) != nil || req.GrantType != wire.GrantType {
		writeRefusal(w, wire.Refuse(wire.CodeBadRequest, ""))
		return
	}
	if raw, err := base64.StdEncoding.DecodeString(req.Certificate); err == nil && len(raw) == ed25519.PublicKeySize {
		h.AddDevice(raw)
	}
	var claims jwt.RegisteredClaims
	unknown := false
	_, err := jwt.ParseWithClaims(req.Assertion, &claims, func(*jwt.Token) (any, error) {
		h.Server.mu.Lock()
		defer h.Server.mu.Unlock()
		key, ok := h.devices[claims.Subject]
		unknown = !ok
		return key, nil
	}, jwt.WithValidMethods([]string{"EdDSA"}), jwt.WithAudience(wire.AssertionAudience), jwt.WithExpirationRequired(),
		jwt.WithTimeFunc(func() time.Time { return time.UnixMilli(h.Now) }))
	switch {
	case unknown:
		writeRefusal(w, wire.Refuse(wire.CodeUnknownDevice, ""))
		return
	case err != nil || claims.ID != strconv.Itoa(h.serial):
		writeRefusal(w, wire.Refuse(wire.CodeBadAssertion, ""))
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	token := "token-" + claims.ID
	h.tokens[token] = claims.Subject
	writeJSON(w, wire.Token{AccessToken: token, TokenType: "Bearer", ExpiresIn: 900})
}

func (h *HTTP) nextFault() (f Fault) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.faults) > 0 {
		f, h.faults = h.faults[0], h.faults[1:]
	}
	return f
}

func (h *HTTP) sync(w http.ResponseWriter, r *http.Request) {
	fault := h.nextFault()
	h.mu.Lock()
	device := h.tokens[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")]
	if fault == Expired {
		h.tokens, device = map[string]string{}, ""
	}
	h.mu.Unlock()
	if device == "" {
		writeRefusal(w, wire.Refuse(wire.CodeUnauthorized, ""))
		return
	}
	if fault != "" && fault != LostAnswer {
		answerFault(w, fault)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	req, err := wire.DecodeRequest(body, r.Header.Get("Content-Encoding"), h.Limits)
	if err != nil {
		writeRefusal(w, err.(*wire.Error)) //nolint:errorlint // DecodeRequest returns no other type
		return
	}
	if req.Stream.Device != device {
		writeRefusal(w, wire.Refuse(wire.CodeWrongStream, ""))
		return
	}
	ans, refusal := h.Server.Sync(req)
	if refusal != nil {
		writeRefusal(w, refusal)
		return
	}
	if fault == LostAnswer {
		panic(http.ErrAbortHandler)
	}
	sealed, err := wire.SignAnswer(ans, req, wire.Gzip, h.Key)
	if err != nil {
		panic(err)
	}
	w.Header().Set("Content-Encoding", string(wire.Gzip))
	if !h.Unsigned {
		w.Header().Set(wire.SignatureHeader, sealed.Signature)
	}
	w.Write(sealed.Body) //nolint:errcheck // a test's server
}

// answerFault answers like a device between client and server, or with a refusal.
func answerFault(w http.ResponseWriter, fault Fault) {
	switch fault {
	case Busy:
		w.Header().Set("Retry-After", "0")
		writeRefusal(w, wire.Refuse(wire.CodeBusy, ""))
	case Portal:
		io.WriteString(w, "<html>please sign in to this network</html>") //nolint:errcheck // a test's server
	case Empty:
		w.WriteHeader(http.StatusNoContent)
	case Braces:
		io.WriteString(w, "{}") //nolint:errcheck // a test's server
	case Cut:
		w.Header().Set("Content-Length", "100")
		io.WriteString(w, `{"v":1,"server_ep`) //nolint:errcheck // a test's server
		panic(http.ErrAbortHandler)
	case Redirect:
		w.Header().Set("Location", "https://login.test/portal?secret=1")
		w.WriteHeader(http.StatusFound)
	default:
		writeRefusal(w, wire.Refuse(string(fault), ""))
	}
}

func writeJSON(w http.ResponseWriter, v any) {
	json.NewEncoder(w).Encode(v) //nolint:errcheck // a test's server
}

func writeRefusal(w http.ResponseWriter, e *wire.Error) {
	w.WriteHeader(e.HTTP())
	writeJSON(w, e)
}
