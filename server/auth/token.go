package auth

import (
	"context"
	"crypto/ed25519"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"roadbook/sync/wire"
)

// AccessLife is the validity of a device's token.
const AccessLife = 15 * time.Minute

// maxToken bounds every parsed token, in bytes.
const maxToken = 8 << 10

// accessClaims are an access token's claims.
type accessClaims struct {
	jwt.RegisteredClaims
	Kind    string `json:"kind"` // kindDevice, kindUser
	Unit    string `json:"unit,omitempty"`
	Role    string `json:"role"`
	Deposit bool   `json:"deposit,omitempty"`
	Gen     int64  `json:"gen,omitempty"` // of the user's password
}

const (
	kindDevice = "device"
	kindUser   = "user"
)

// Issue gives a device a token for a signed assertion (RFC 7523): iss and sub are the device, aud is
// wire.AssertionAudience, jti is a nonce, exp a time of the server's clock. Only an otherwise valid assertion
// consumes its nonce.
func (a *Auth) Issue(ctx context.Context, g wire.TokenRequest) (*wire.Token, error) {
	if g.GrantType != wire.GrantType || len(g.Assertion) > maxToken || len(g.Certificate) > maxToken {
		return nil, wire.Refuse(wire.CodeBadRequest, "grant_type")
	}
	id, err := claimedDevice(g.Assertion)
	if err != nil {
		return nil, err
	}
	d, err := a.device(ctx, id)
	if isNotFound(err) && g.Certificate == "" {
		return nil, wire.Refuse(wire.CodeUnknownDevice, "")
	}
	if isNotFound(err) {
		d, err = a.restoreByToken(ctx, id, g)
	} else if err == nil {
		err = a.checkAssertion(ctx, d.Key, id, g.Assertion)
	}
	if err != nil {
		return nil, err
	}
	return a.deviceToken(&d)
}

// restoreByToken checks the assertion by the certificate's key before it registers the device again.
func (a *Auth) restoreByToken(ctx context.Context, id string, g wire.TokenRequest) (Device, error) {
	var c certClaims
	if err := a.parse(g.Certificate, audCertificate, &c); err != nil {
		return Device{}, wire.Refuse(wire.CodeUnknownDevice, "certificate")
	}
	if err := a.checkAssertion(ctx, c.Key, id, g.Assertion); err != nil {
		return Device{}, err
	}
	return a.restoreDevice(ctx, id, g.Certificate)
}

// claimedDevice reads an assertion's subject, unverified, to find the key for the verification.
func claimedDevice(assertion string) (string, error) {
	var c jwt.RegisteredClaims
	if _, _, err := jwt.NewParser().ParseUnverified(assertion, &c); err != nil || len(c.Subject) != wire.DeviceLen {
		return "", wire.Refuse(wire.CodeBadAssertion, "")
	}
	return c.Subject, nil
}

// checkAssertion verifies an assertion by the device's key and consumes its nonce.
func (a *Auth) checkAssertion(ctx context.Context, key ed25519.PublicKey, id, assertion string) error {
	if len(key) != ed25519.PublicKeySize {
		return wire.Refuse(wire.CodeBadAssertion, "")
	}
	var c jwt.RegisteredClaims
	_, err := jwt.ParseWithClaims(assertion, &c, func(*jwt.Token) (any, error) { return key, nil },
		jwt.WithValidMethods([]string{jwt.SigningMethodEdDSA.Alg()}), jwt.WithAudience(wire.AssertionAudience),
		jwt.WithIssuer(id), jwt.WithSubject(id), jwt.WithExpirationRequired(), jwt.WithTimeFunc(a.clock))
	if err != nil {
		return wire.Refuse(wire.CodeBadAssertion, "")
	}
	return a.useNonce(ctx, c.ID)
}

func (a *Auth) deviceToken(d *Device) (*wire.Token, error) {
	text, err := a.signAccess(AccessLife, accessClaims{
		RegisteredClaims: jwt.RegisteredClaims{Subject: d.ID},
		Kind:             kindDevice, Unit: d.Unit, Role: d.Role, Deposit: d.Revoked != 0,
	})
	return &wire.Token{AccessToken: text, TokenType: "Bearer", ExpiresIn: int64(AccessLife / time.Second)}, err
}

// signAccess signs an access token with the given subject.
func (a *Auth) signAccess(life time.Duration, c accessClaims) (string, error) {
	now := a.clock()
	id, err := a.randomID(16)
	if err != nil {
		return "", err
	}
	c.Issuer, c.Audience, c.ID = wire.AssertionAudience, jwt.ClaimStrings{audAccess}, id
	c.IssuedAt, c.ExpiresAt = jwt.NewNumericDate(now), jwt.NewNumericDate(now.Add(life))
	return a.sign(&c)
}

// Principal is the device or the user of a token.
type Principal struct {
	Device *Device // nil for a user
	User   string  // "" for a device
	Role   string
	// Deposit: the device was revoked. Its lines are quarantined, and it has no other right.
	Deposit bool
}

// Verify reads an access token. An unknown device, a disabled user, and a user with a new password are refused like
// an expired token; a request for a new token gives the reason.
func (a *Auth) Verify(ctx context.Context, token string) (*Principal, error) {
	var c accessClaims
	if len(token) > maxToken || a.parse(token, audAccess, &c, jwt.WithExpirationRequired()) != nil {
		return nil, wire.Refuse(wire.CodeUnauthorized, "")
	}
	switch c.Kind {
	case kindDevice:
		return a.verifyDevice(ctx, &c)
	case kindUser:
		return a.verifyUser(ctx, &c)
	}
	return nil, wire.Refuse(wire.CodeUnauthorized, "")
}

func (a *Auth) verifyDevice(ctx context.Context, c *accessClaims) (*Principal, error) {
	d, err := a.device(ctx, c.Subject)
	if isNotFound(err) {
		return nil, wire.Refuse(wire.CodeUnauthorized, "")
	}
	if err != nil {
		return nil, err
	}
	return &Principal{Device: &d, Role: d.Role, Deposit: c.Deposit || d.Revoked != 0}, nil
}
