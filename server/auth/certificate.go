package auth

import (
	"context"
	"crypto/ed25519"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"roadbook/schema"
	"roadbook/sync/wire"
)

// Each kind of signed token has its own audience, so that no kind passes as another.
const (
	audAccess      = "roadbook-api"
	audCertificate = "roadbook-certificate"
)

// certClaims are the claims of a certificate, in which the server confirms an enrolled key. A certificate does not
// expire: its only use is to tell a server that was restored from an older backup about the device and its moves.
type certClaims struct {
	jwt.RegisteredClaims
	Key     []byte   `json:"public_key"`
	Unit    string   `json:"unit"`
	Earlier []string `json:"earlier,omitempty"`
	Moved   int64    `json:"moved,omitempty"` // Unix ms
	Role    string   `json:"role"`
}

// device is the device as it was when the certificate was signed.
func (c *certClaims) device() Device {
	d := Device{ID: c.Subject, Key: c.Key, Unit: schema.CleanName(c.Unit), Moved: c.Moved, Role: c.Role}
	for _, unit := range c.Earlier {
		d.Earlier = append(d.Earlier, schema.CleanName(unit))
	}
	if c.IssuedAt != nil {
		d.Issued = c.IssuedAt.UnixMilli()
	}
	return d
}

func (a *Auth) certificate(d *Device) (string, error) {
	return a.sign(&certClaims{
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer: wire.AssertionAudience, Subject: d.ID, Audience: jwt.ClaimStrings{audCertificate},
			IssuedAt: jwt.NewNumericDate(time.UnixMilli(d.Issued)),
		},
		Key: d.Key, Unit: d.Unit, Earlier: d.Earlier, Moved: d.Moved, Role: d.Role,
	})
}

func (a *Auth) sign(claims jwt.Claims) (string, error) {
	return jwt.NewWithClaims(jwt.SigningMethodEdDSA, claims).SignedString(a.id.key)
}

// parse verifies a token signed by this server, for one audience, by the server's clock.
func (a *Auth) parse(text, audience string, claims jwt.Claims, more ...jwt.ParserOption) error {
	opts := append([]jwt.ParserOption{
		jwt.WithValidMethods([]string{jwt.SigningMethodEdDSA.Alg()}),
		jwt.WithIssuer(wire.AssertionAudience), jwt.WithAudience(audience), jwt.WithTimeFunc(a.clock),
	}, more...)
	_, err := jwt.ParseWithClaims(text, claims, func(*jwt.Token) (any, error) { return a.PublicKey(), nil }, opts...)
	return err
}

// restoreDevice registers a device again by its certificate.
func (a *Auth) restoreDevice(ctx context.Context, id, certificate string) (Device, error) {
	var c certClaims
	if err := a.parse(certificate, audCertificate, &c); err != nil {
		return Device{}, wire.Refuse(wire.CodeUnknownDevice, "certificate")
	}
	if c.Subject != id || len(c.Key) != ed25519.PublicKeySize || wire.DeviceID(c.Key) != id || c.IssuedAt == nil {
		return Device{}, wire.Refuse(wire.CodeUnknownDevice, "certificate")
	}
	d := c.device()
	d.Restored = a.now()
	d, err := a.register(ctx, d)
	if err != nil {
		return d, err
	}
	return a.learnMoves(ctx, d, &c)
}

// ByCertificate finds the device of a certificate. A device or a move lost in a restore is registered again.
// unknown_device if the certificate is not this server's.
func (a *Auth) ByCertificate(ctx context.Context, certificate string) (Device, error) {
	var c certClaims
	if len(certificate) > maxToken || a.parse(certificate, audCertificate, &c) != nil {
		return Device{}, wire.Refuse(wire.CodeUnknownDevice, "certificate")
	}
	d, err := a.device(ctx, c.Subject)
	if isNotFound(err) {
		return a.restoreDevice(ctx, c.Subject, certificate)
	}
	if err != nil {
		return d, err
	}
	return a.learnMoves(ctx, d, &c)
}
