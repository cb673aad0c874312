package auth

import (
	"context"
	"crypto/ed25519"
	"errors"

	"roadbook/schema"
	"roadbook/server/store"
	"roadbook/sync/wire"
)

var errEnrolledElsewhere = schema.Text{ZH: "该设备已登记在其他单位或已停用；换单位请由管理员调动（server device move）",
	EN: "this device is enrolled elsewhere, or was revoked; an administrator moves it to another unit (server device move)"}

// Enroll registers a device: by a one-time code, or by a certificate that this server signed before it was restored
// from an older backup. After a lost answer, a device may ask again with the same code. from is the sender's address,
// by which wrong codes are limited.
func (a *Auth) Enroll(ctx context.Context, from string, e wire.EnrollRequest) (*wire.Enrolled, error) {
	if len(e.PublicKey) != ed25519.PublicKeySize || len(e.Certificate) > maxToken || len(e.Code) > maxToken {
		return nil, wire.Refuse(wire.CodeBadKey, "")
	}
	id := wire.DeviceID(e.PublicKey)
	if err := a.spendTry(ctx, "enrol "+from, enrollTries); err != nil {
		return nil, err
	}
	d, err := a.enrollDevice(ctx, id, e)
	if err != nil {
		return nil, err
	}
	if err := a.returnTry(ctx, "enrol "+from, enrollTries); err != nil {
		return nil, err
	}
	return a.enrollAnswer(&d)
}

func (a *Auth) enrollDevice(ctx context.Context, id string, e wire.EnrollRequest) (Device, error) {
	if e.Certificate != "" {
		return a.restoreDevice(ctx, id, e.Certificate)
	}
	known, err := a.findDevice(ctx, id)
	if err != nil {
		return Device{}, err
	}
	c, err := a.redeemCode(ctx, CanonicalCode(e.Code), id, known)
	if err != nil {
		return Device{}, err
	}
	return a.register(ctx, Device{ID: id, Key: e.PublicKey, Unit: c.Unit, Role: c.Role, Issued: c.Taken, Seen: c.Taken})
}

// findDevice reads a device. For an unknown device, the ID is "".
func (a *Auth) findDevice(ctx context.Context, id string) (Device, error) {
	var d Device
	_, err := a.get(ctx, sectionDevice, id, &d)
	if isNotFound(err) {
		return Device{}, nil
	}
	return d, err
}

// redeemCode assigns the code to the device; among concurrent devices one wins. A device that cannot use the code
// does not consume it.
func (a *Auth) redeemCode(ctx context.Context, canonical, device string, known Device) (Code, error) {
	c, err := edit(ctx, a, sectionCode, a.codeName(canonical), func(c *Code) error {
		if c.Device != "" && c.Device != device {
			return wire.Refuse(wire.CodeBadCode, "")
		}
		if c.Device == "" && a.now() >= c.Expires {
			return wire.Refuse(wire.CodeBadCode, "")
		}
		again := c.Device == device && known.Moved != 0 // its answer was lost, and it was moved since
		if known.ID != "" && (known.Unit != c.Unit && !again || known.Role != c.Role || known.Revoked != 0) {
			return refuse(wire.CodeBadKey, errEnrolledElsewhere)
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

// register stores a device, or returns the stored one. A revocation of RevokeUnknown persists.
func (a *Auth) register(ctx context.Context, d Device) (Device, error) {
	_, err := a.put(ctx, store.Entry{Section: sectionDevice, Name: d.ID}, &d)
	if errors.Is(err, store.ErrExists) {
		fresh := d
		d, err = edit(ctx, a, sectionDevice, d.ID, func(d *Device) error {
			if d.onlyRevocation() {
				fresh.Revoked, fresh.By = d.Revoked, d.By
				*d = fresh
			}
			return nil
		})
	}
	a.devices.forget(d.ID)
	return d, err
}

func (a *Auth) enrollAnswer(d *Device) (*wire.Enrolled, error) {
	cert, err := a.certificate(d)
	return &wire.Enrolled{
		Device: d.ID, Unit: d.Unit, Earlier: d.Earlier, Moved: d.Moved, Role: d.Role, Certificate: cert,
		ServerKey: a.PublicKey(), ServerEpoch: a.Epoch(), ServerTime: a.now(),
		Limits: wire.DefaultLimits, Signs: 1,
	}, err
}
