package auth

import (
	"context"
	"slices"

	"roadbook/schema"
	"roadbook/server/store"
	"roadbook/sync/wire"
)

// maxEarlier bounds the former units of a device. Every frame and certificate names them.
const maxEarlier = 16

var (
	errMoveRevoked = schema.Text{ZH: "设备已停用，不能调动", EN: "the device was revoked and is not moved"}
	errMoveTooMany = schema.Text{
		ZH: "设备换过的单位太多，请停用后换一把密钥重新入网", EN: "the device had too many units: revoke it, and enroll it anew with another key"}
)

// Move gives a device to another unit. Lines saved later are the new unit's; lines saved before count as before,
// delivered or not: former units stay among the device's. Moving a device to its own unit changes nothing.
// store.ErrNotFound; refused for a revoked device, and after too many units.
func (a *Auth) Move(ctx context.Context, id, unit, by string) (Device, error) {
	name, wrong := schema.UnitName(unit)
	if wrong != nil {
		return Device{}, refuse(wire.CodeBadRequest, wrong.Message)
	}
	d, err := edit(ctx, a, sectionDevice, id, func(d *Device) error {
		earlier := without(d.units(), name)
		switch {
		case d.onlyRevocation():
			return store.ErrNotFound
		case d.Revoked != 0:
			return refuse(wire.CodeBadRequest, errMoveRevoked)
		case d.Unit == name:
			return nil
		case len(earlier) > maxEarlier:
			return refuse(wire.CodeBadRequest, errMoveTooMany)
		}
		d.Unit, d.Earlier, d.Moved, d.MovedBy = name, earlier, max(a.now(), d.Moved+1), by
		return nil
	})
	a.devices.forget(id)
	return d, err
}

// Reconcile compares a device with the certificate in its request ("": none, as from a device never moved). Moves known
// to the certificate and not to the registry are registered again: the server was restored since. news is the last move
// if unknown to the certificate, else nil. Another device's certificate has no effect.
func (a *Auth) Reconcile(ctx context.Context, d Device, certificate string) (_ Device, news *wire.Moved, err error) {
	var c certClaims
	if certificate != "" {
		if len(certificate) > maxToken || a.parse(certificate, audCertificate, &c) != nil || c.Subject != d.ID {
			c = certClaims{}
		} else if d, err = a.learnMoves(ctx, d, &c); err != nil {
			return d, nil, err
		}
	}
	if d.Moved <= c.Moved || d.Revoked != 0 {
		return d, nil, nil
	}
	news = &wire.Moved{Unit: d.Unit, Earlier: d.Earlier, At: d.Moved}
	news.Certificate, err = a.certificate(&d)
	return d, news, err
}

// learnMoves registers the moves told by a device's certificate. A cached d may lack a move made at another server a
// moment ago.
func (a *Auth) learnMoves(ctx context.Context, d Device, c *certClaims) (Device, error) {
	told := c.device()
	if d.knows(&told) {
		return d, nil
	}
	a.devices.forget(d.ID)
	fresh, err := a.device(ctx, d.ID)
	if err != nil || fresh.knows(&told) {
		return fresh, err
	}
	fresh, err = edit(ctx, a, sectionDevice, d.ID, func(d *Device) error {
		d.learn(&told)
		return nil
	})
	a.devices.forget(d.ID)
	return fresh, err
}

// units are all units ever given to the device, the present one first.
func (d *Device) units() []string {
	return slices.Concat([]string{d.Unit}, d.Earlier)
}

// knows reports whether learning from the other state of the device changes nothing.
func (d *Device) knows(told *Device) bool {
	if told.Moved > d.Moved {
		return false
	}
	own := d.units()
	for _, unit := range told.units() {
		if !slices.Contains(own, unit) {
			return len(d.Earlier) >= maxEarlier // no room
		}
	}
	return true
}

// learn joins another state of the device: the last move counts, and the units of both.
func (d *Device) learn(told *Device) {
	all := slices.Concat(d.units(), told.units())
	if told.Moved > d.Moved {
		d.Unit, d.Moved, d.MovedBy = told.Unit, told.Moved, ""
	}
	d.Earlier = without(all, d.Unit)
	d.Earlier = d.Earlier[:min(len(d.Earlier), maxEarlier)]
}

// without lists the units except the given unit, each once.
func without(units []string, unit string) (rest []string) {
	for _, u := range units {
		if u != unit && !slices.Contains(rest, u) {
			rest = append(rest, u)
		}
	}
	return rest
}
