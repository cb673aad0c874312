package auth

import (
	"context"
	"crypto/ed25519"
	"errors"

	"roadbook/schema"
	"roadbook/server/store"
	"roadbook/sync/wire"
)

// Enrolment is what a device says to become known.
type Enrolment struct {
	Code  string `json:"code"`
	Key   []byte `json:"key"`   // Ed25519 public key
	Proof []byte `json:"proof"` // by that key over EnrolBytes
	Name  string `json:"name,omitempty"`
}

// Enrolled is the answer to an Enrolment.
type Enrolled struct {
	Device      string      `json:"device"`
	Unit        string      `json:"unit"`
	Role        string      `json:"role"`
	Certificate string      `json:"certificate"`
	ServerKey   []byte      `json:"server_key"`
	Server      string      `json:"server"`
	ServerEpoch string      `json:"server_epoch"`
	ServerTime  int64       `json:"server_time"`
	Limits      wire.Limits `json:"limits"`
}

// EnrolBytes are what a device signs to prove that it holds its key:
// "roadbook enroll 1\n" + canonical code + "\n" + device id.
func EnrolBytes(code, device string) []byte {
	return []byte("roadbook enroll 1\n" + CanonicalCode(code) + "\n" + device)
}

var errTaken = schema.Text{ZH: "该设备已登记在其他单位或已被撤销", EN: "this device is enrolled elsewhere, or was revoked"}

// Enrol takes a code for a device and makes it known. A device that did not get the answer may ask again
// with the same code. from is the asker's address: wrong codes are limited by it.
func (a *Auth) Enrol(ctx context.Context, from string, e Enrolment) (*Enrolled, error) {
	if len(e.Key) != ed25519.PublicKeySize || (e.Name != "" && !visible(e.Name, 64)) {
		return nil, wire.Refuse(wire.CodeBadKey, "")
	}
	id := wire.DeviceID(e.Key)
	if len(e.Proof) != ed25519.SignatureSize || !ed25519.Verify(e.Key, EnrolBytes(e.Code, id), e.Proof) {
		return nil, wire.Refuse(wire.CodeBadKey, "proof")
	}
	if !a.tries.take("enrol "+from, enrolTries, a.clock()) {
		return nil, wire.Refuse(wire.CodeTooMany, "")
	}
	known, err := a.knownAs(ctx, id)
	if err != nil {
		return nil, err
	}
	c, err := a.takeCode(ctx, CanonicalCode(e.Code), id, known)
	if err != nil {
		return nil, err
	}
	a.tries.giveBack("enrol "+from, enrolTries)
	d := Device{ID: id, Key: e.Key, Unit: c.Unit, Role: c.Role, Name: e.Name, Issued: c.Taken, Seen: c.Taken}
	if d, err = a.register(ctx, d); err != nil {
		return nil, err
	}
	return a.enrolled(&d)
}

// knownAs reads the device if it is known already; its ID is "" if it is not.
func (a *Auth) knownAs(ctx context.Context, id string) (Device, error) {
	var d Device
	_, err := a.get(ctx, bucketDevice, id, &d)
	if isNotFound(err) {
		return Device{}, nil
	}
	return d, err
}

// takeCode marks the code as taken by the device: of many at once, one wins. It takes none for a device
// that could not use it.
func (a *Auth) takeCode(ctx context.Context, canonical, device string, known Device) (Code, error) {
	c, err := edit(ctx, a, bucketCode, a.codeName(canonical), func(c *Code) error {
		if c.Device != "" && c.Device != device {
			return wire.Refuse(wire.CodeBadCode, "")
		}
		if c.Device == "" && a.now() >= c.Expires {
			return wire.Refuse(wire.CodeBadCode, "")
		}
		if known.ID != "" && (known.Unit != c.Unit || known.Role != c.Role || known.Revoked != 0) {
			return refuse(wire.CodeBadKey, errTaken)
		}
		if c.Device == "" {
			c.Device, c.Taken = device, a.now()
		}
		return nil
	})
	if isNotFound(err) {
		return c, wire.Refuse(wire.CodeBadCode, "")
	}
	return c, err
}

// register stores a device, or returns the one that stands.
func (a *Auth) register(ctx context.Context, d Device) (Device, error) {
	_, err := a.put(ctx, store.Entry{Bucket: bucketDevice, Name: d.ID}, &d)
	if errors.Is(err, store.ErrExists) {
		_, err = a.get(ctx, bucketDevice, d.ID, &d)
	}
	a.devices.forget(d.ID)
	return d, err
}

func (a *Auth) enrolled(d *Device) (*Enrolled, error) {
	cert, err := a.certificate(d)
	return &Enrolled{
		Device: d.ID, Unit: d.Unit, Role: d.Role, Certificate: cert,
		ServerKey: a.PublicKey(), Server: a.ServerID(), ServerEpoch: a.Epoch(), ServerTime: a.now(),
		Limits: wire.DefaultLimits,
	}, err
}
