package transport

import (
	"context"
	"crypto/ed25519"
	"errors"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"roadbook/sync/wire"
)

// assertionLife is the validity of an assertion, by the server's clock.
const assertionLife = 2 * time.Minute

// Identity proves an enrolled device's identity.
type Identity struct {
	Device      string
	Key         ed25519.PrivateKey
	Certificate string
	Trust       wire.Trust // demands on the server's answers
}

// ErrNoIdentity: the client has no Identity.
var ErrNoIdentity = errors.New("transport: not enrolled")

// Token gets an access token: nonce, assertion (RFC 7523), token. A server restored from a backup older than the
// enrollment does not know the device, and gets the certificate signed at the enrollment.
func (c *Client) Token(ctx context.Context) (string, error) {
	token, err := c.requestToken(ctx, "")
	var e *wire.Error
	if errors.As(err, &e) && e.Code == wire.CodeUnknownDevice && c.identity.Certificate != "" {
		token, err = c.requestToken(ctx, c.identity.Certificate)
	}
	return token, err
}

func (c *Client) requestToken(ctx context.Context, certificate string) (string, error) {
	if c.identity == nil {
		return "", ErrNoIdentity
	}
	var n wire.Nonce
	if err := c.postJSON(ctx, "/v1/nonce", nil, &n); err != nil {
		return "", err
	}
	if n.Nonce == "" {
		return "", foreignBodyError(nil, []byte("{}"), errors.New("no nonce in the answer"))
	}
	assertion, err := c.identity.assertion(&n)
	if err != nil {
		return "", err
	}
	var t wire.Token
	req := wire.TokenRequest{GrantType: wire.GrantType, Assertion: assertion, Certificate: certificate}
	if err := c.postJSON(ctx, "/v1/token", req, &t); err != nil {
		return "", err
	}
	if t.AccessToken == "" {
		return "", foreignBodyError(nil, []byte("{}"), errors.New("no token in the answer"))
	}
	return t.AccessToken, nil
}

// assertion signs the device's id with the server's nonce and time.
func (i *Identity) assertion(n *wire.Nonce) (string, error) {
	at := time.UnixMilli(n.ServerTime)
	return jwt.NewWithClaims(jwt.SigningMethodEdDSA, jwt.RegisteredClaims{
		Issuer: i.Device, Subject: i.Device, Audience: jwt.ClaimStrings{wire.AssertionAudience},
		ID: n.Nonce, IssuedAt: jwt.NewNumericDate(at), ExpiresAt: jwt.NewNumericDate(at.Add(assertionLife)),
	}).SignedString(i.Key)
}
