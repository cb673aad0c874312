package auth

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
)

// Argon2id parameters, as recommended in the OWASP Password Storage Cheat Sheet: 19 MiB, two passes, one lane.
const (
	hashMemory = 19 * 1024 // KiB
	hashPasses = 2
	hashLanes  = 1
	hashLen    = 32
	saltLen    = 16
)

var hashPrefix = fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$", argon2.Version, hashMemory, hashPasses, hashLanes)

// hash writes a password in the PHC string format.
func (a *Auth) hash(ctx context.Context, password string) (string, error) {
	salt, err := a.random(saltLen)
	if err != nil {
		return "", err
	}
	sum, err := a.argon(ctx, password, salt)
	b64 := base64.RawStdEncoding.EncodeToString
	return hashPrefix + b64(salt) + "$" + b64(sum), err
}

// matches reports whether the password has this hash. A malformed hash takes the same time.
func (a *Auth) matches(ctx context.Context, password, hash string) (bool, error) {
	rest, ok := strings.CutPrefix(hash, hashPrefix)
	saltText, sumText, _ := strings.Cut(rest, "$")
	salt, err1 := base64.RawStdEncoding.DecodeString(saltText)
	want, err2 := base64.RawStdEncoding.DecodeString(sumText)
	if !ok || err1 != nil || err2 != nil || len(want) != hashLen {
		salt, want = make([]byte, saltLen), make([]byte, hashLen)
		ok = false
	}
	got, err := a.argon(ctx, password, salt)
	return ok && subtle.ConstantTimeCompare(got, want) == 1, err
}

// argon hashes, few at a time: each takes 19 MiB.
func (a *Auth) argon(ctx context.Context, password string, salt []byte) ([]byte, error) {
	select {
	case a.hashing <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-a.hashing }()
	return argon2.IDKey([]byte(password), salt, hashPasses, hashMemory, hashLanes, hashLen), nil
}
