package auth

import (
	"context"
	"crypto/hmac"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"time"

	"roadbook/server/store"
	"roadbook/sync/wire"
)

// nonceLife is the validity of a nonce, from its issue.
const nonceLife = 5 * time.Minute

// A nonce is 16 random bytes, the server's time and a MAC over both. Issuing a nonce stores nothing, so that
// requesting many costs the server nothing.
const (
	nonceRandom = 16
	nonceBody   = nonceRandom + 8
	nonceMAC    = 16
)

// NewNonce gives out a nonce.
func (a *Auth) NewNonce() (*wire.Nonce, error) {
	now := a.now()
	b, err := a.random(nonceRandom)
	if err != nil {
		return nil, err
	}
	b = binary.BigEndian.AppendUint64(b, uint64(now))
	b = append(b, a.mac("nonce", b)[:nonceMAC]...)
	return &wire.Nonce{Nonce: base64.RawURLEncoding.EncodeToString(b), ServerTime: now}, nil
}

// useNonce consumes a nonce. Among all servers, only the first call succeeds.
func (a *Auth) useNonce(ctx context.Context, nonce string) error {
	b, err := base64.RawURLEncoding.Strict().DecodeString(nonce)
	if err != nil || len(b) != nonceBody+nonceMAC || !hmac.Equal(b[nonceBody:], a.mac("nonce", b[:nonceBody])[:nonceMAC]) {
		return wire.Refuse(wire.CodeBadAssertion, "nonce")
	}
	given := time.UnixMilli(int64(binary.BigEndian.Uint64(b[nonceRandom:nonceBody])))
	if age := a.clock().Sub(given); age > nonceLife || age < -nonceLife {
		return wire.Refuse(wire.CodeBadAssertion, "nonce expired")
	}
	_, err = a.reg.Put(ctx, store.Entry{
		Section: sectionNonce, Name: nonce, Data: []byte("{}"), Expires: given.Add(3 * nonceLife).UnixMilli(),
	})
	if errors.Is(err, store.ErrExists) {
		return wire.Refuse(wire.CodeBadAssertion, "nonce used")
	}
	return err
}
