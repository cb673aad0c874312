package wire

import (
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/hpke"
	"crypto/sha512"
	"errors"
	"math/big"
	"slices"
)

// ErrSealed: the bytes were not sealed to this key, or were changed since.
var ErrSealed = errors.New("wire: not sealed to this key")

// Sealing is HPKE (RFC 9180, base mode) with DHKEM(X25519, HKDF-SHA256), HKDF-SHA256 and ChaCha20-Poly1305. The X25519
// keys come from the Ed25519 keys by the birational map of RFC 7748, u = (1+y)/(1−y): nobody has to keep a second key.
// Seal is the only function of this package with a random result.

// Seal encrypts plain for the holder of to's secret key; info names the purpose of the bytes.
func Seal(to ed25519.PublicKey, info string, plain []byte) ([]byte, error) {
	u, err := montgomery(to)
	if err != nil {
		return nil, err
	}
	pub, err := ecdh.X25519().NewPublicKey(u)
	if err != nil {
		return nil, ErrSealed
	}
	key, err := hpke.NewDHKEMPublicKey(pub)
	if err != nil {
		return nil, err
	}
	return hpke.Seal(key, hpke.HKDFSHA256(), hpke.ChaCha20Poly1305(), []byte(info), plain)
}

// Unseal decrypts bytes sealed to key's public half under the same info. ErrSealed otherwise.
func Unseal(key ed25519.PrivateKey, info string, sealed []byte) ([]byte, error) {
	if len(key) != ed25519.PrivateKeySize {
		return nil, ErrSealed
	}
	h := sha512.Sum512(key.Seed())
	secret, err := ecdh.X25519().NewPrivateKey(h[:32])
	if err != nil {
		return nil, ErrSealed
	}
	k, err := hpke.NewDHKEMPrivateKey(secret)
	if err != nil {
		return nil, ErrSealed
	}
	plain, err := hpke.Open(k, hpke.HKDFSHA256(), hpke.ChaCha20Poly1305(), []byte(info), sealed)
	if err != nil {
		return nil, ErrSealed
	}
	return plain, nil
}

// montgomery maps an Ed25519 public key to its X25519 key.
func montgomery(pub ed25519.PublicKey) ([]byte, error) {
	if len(pub) != ed25519.PublicKeySize {
		return nil, ErrSealed
	}
	p := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 255), big.NewInt(19))
	little := slices.Clone(pub)
	little[31] &= 0x7f // the sign of x
	slices.Reverse(little)
	y := new(big.Int).SetBytes(little)
	one := big.NewInt(1)
	below := new(big.Int).Mod(new(big.Int).Sub(one, y), p)
	if below.Sign() == 0 {
		return nil, ErrSealed
	}
	u := new(big.Int).Mul(new(big.Int).Add(one, y), below.ModInverse(below, p))
	out := u.Mod(u, p).FillBytes(make([]byte, 32))
	slices.Reverse(out)
	return out, nil
}
