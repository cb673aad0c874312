package wire

// The bodies of what a device asks before it may sync: JSON over HTTP. All of them answer an Error where
// they refuse.
//
//	POST /v1/enroll  EnrollRequest → Enrolled
//	POST /v1/nonce   (no body)     → Nonce
//	POST /v1/token   TokenRequest  → Token

// EnrollRequest presents a device's public key, with a one-time code or, to a server that was restored and
// does not know the device any more, with the certificate that it signed once. The same key with the same
// code is answered again: an answer may get lost.
type EnrollRequest struct {
	PublicKey   []byte `json:"public_key"` // Ed25519, 32 bytes
	Code        string `json:"code,omitempty"`
	Certificate string `json:"certificate,omitempty"`
}

// Enrolled is what a device is from then on.
type Enrolled struct {
	Device      string `json:"device"` // DeviceID(PublicKey)
	Unit        string `json:"unit"`
	Role        string `json:"role"`
	ServerKey   []byte `json:"server_key"`  // Ed25519, 32 bytes: signs boots and certificates
	Certificate string `json:"certificate"` // JWT by the server over device, key, unit and role
	ServerEpoch string `json:"server_epoch"`
	ServerTime  int64  `json:"server_time"` // Unix ms
	Limits      Limits `json:"limits"`
	// Signs is 1 where the server signs its answers: the device takes no unsigned one from it.
	Signs int `json:"signs,omitempty"`
}

// Nonce is what the next assertion must carry. The assertion takes its times from ServerTime: the device's
// own clock may say anything.
type Nonce struct {
	Nonce      string `json:"nonce"`
	ServerTime int64  `json:"server_time"` // Unix ms
}

// GrantType is that of RFC 7523.
const GrantType = "urn:ietf:params:oauth:grant-type:jwt-bearer"

// AssertionAudience is the aud of a device's assertion and the iss of a server's tokens.
const AssertionAudience = "roadbook"

// TokenRequest carries the assertion: a JWT (EdDSA, the device's key) with iss = sub = device,
// aud = AssertionAudience, jti = the nonce, iat = the nonce's server time and exp at most five minutes on, in s.
type TokenRequest struct {
	GrantType string `json:"grant_type"`
	Assertion string `json:"assertion"`
	// Certificate, optional, makes the device known again to a server that was restored; see EnrollRequest.
	Certificate string `json:"certificate,omitempty"`
}

// Token is sent as "Authorization: Bearer".
type Token struct {
	AccessToken string `json:"access_token"`
	TokenType   string `json:"token_type"` // "Bearer"
	ExpiresIn   int64  `json:"expires_in"` // s
}
