package wire

// The bodies of a device's requests before sync: JSON over HTTP. A refusal has an Error as its body.
//
//	POST /v1/enroll  EnrollRequest → Enrolled
//	POST /v1/nonce   (no body)     → Nonce
//	POST /v1/token   TokenRequest  → Token

// EnrollRequest presents a device's public key with a one-time code. A device that a restored server no longer knows
// presents the certificate that the server once signed instead. The same key with the same code gets the same answer
// again, since an answer may get lost.
type EnrollRequest struct {
	PublicKey   []byte `json:"public_key"` // Ed25519, 32 bytes
	Code        string `json:"code,omitempty"`
	Certificate string `json:"certificate,omitempty"`
}

// Enrolled says who the device is from now on: its id, unit and role, and the key of its server.
type Enrolled struct {
	Device string `json:"device"` // DeviceID(PublicKey)
	Unit   string `json:"unit"`
	Role   string `json:"role"`
	// Earlier are further units that the device was given before; Moved is the moment of the last move, Unix ms, 0 if it
	// was never moved.
	Earlier     []string `json:"earlier,omitempty"`
	Moved       int64    `json:"moved,omitempty"`
	ServerKey   []byte   `json:"server_key"`  // Ed25519, 32 bytes: signs boots and certificates
	Certificate string   `json:"certificate"` // JWT by the server over device, key, units and role
	ServerEpoch string   `json:"server_epoch"`
	ServerTime  int64    `json:"server_time"` // Unix ms
	Limits      Limits   `json:"limits"`
	// Signs is 1 if the server signs its answers: the device then refuses every unsigned answer.
	Signs int    `json:"signs,omitempty"`
	Kinds *Kinds `json:"kinds,omitempty"` // the lines that the server takes; nil: the server is of before
}

// Nonce is the random text for the next assertion. The assertion takes its times from ServerTime, because the device's
// own clock may be wrong.
type Nonce struct {
	Nonce      string `json:"nonce"`
	ServerTime int64  `json:"server_time"` // Unix ms
}

// GrantType is the JWT bearer grant of RFC 7523.
const GrantType = "urn:ietf:params:oauth:grant-type:jwt-bearer"

// AssertionAudience is the aud of a device's assertion and the iss of a server's tokens.
const AssertionAudience = "roadbook"

// TokenRequest carries the assertion: a JWT (EdDSA, the device's key) with iss = sub = device,
// aud = AssertionAudience, jti = the nonce, iat = the nonce's server time and exp at most five minutes on, in s.
type TokenRequest struct {
	GrantType string `json:"grant_type"`
	Assertion string `json:"assertion"`
	// Certificate, optional, makes the device known again to a restored server; see EnrollRequest.
	Certificate string `json:"certificate,omitempty"`
}

// Token is sent as "Authorization: Bearer".
type Token struct {
	AccessToken string `json:"access_token"`
	TokenType   string `json:"token_type"` // "Bearer"
	ExpiresIn   int64  `json:"expires_in"` // s
}
