package auth

import (
	"context"
	"crypto/ed25519"
	"errors"
	"maps"
	"slices"
	"strings"
	"unicode"

	"roadbook/schema"
	"roadbook/server/store"
	"roadbook/sync/wire"
)

// Device is an enrolled device. Times are Unix ms, 0 = never.
type Device struct {
	ID       string            `json:"id"`
	Key      ed25519.PublicKey `json:"key"`
	Unit     string            `json:"unit"`
	Earlier  []string          `json:"earlier,omitempty"` // former units, each once
	Moved    int64             `json:"moved,omitempty"`   // to Unit
	MovedBy  string            `json:"moved_by,omitempty"`
	Role     string            `json:"role"`
	Issued   int64             `json:"issued"`             // of the certificate
	Restored int64             `json:"restored,omitempty"` // registered again by certificate
	Seen     int64             `json:"seen,omitempty"`     // last contact, to the seenInterval
	Revoked  int64             `json:"revoked,omitempty"`
	By       string            `json:"by,omitempty"` // user who revoked the device
}

// Devices lists all devices by id.
func (a *Auth) Devices(ctx context.Context) ([]Device, error) {
	return list[Device](ctx, a, sectionDevice)
}

// Units lists the units with a device, revoked, moved away or not, or with a waiting code.
func (a *Auth) Units(ctx context.Context) ([]string, error) {
	ds, err := a.Devices(ctx)
	if err != nil {
		return nil, err
	}
	codes, err := list[Code](ctx, a, sectionCode)
	units := map[string]bool{}
	for i := range ds {
		for _, unit := range ds[i].units() {
			units[unit] = true
		}
	}
	for i := range codes {
		if codes[i].Device == "" && a.now() < codes[i].Expires {
			units[codes[i].Unit] = true
		}
	}
	delete(units, "") // of a device of which only the revocation is known
	return slices.Sorted(maps.Keys(units)), err
}

// Revoke marks a device's key: later lines are quarantined. store.ErrNotFound.
func (a *Auth) Revoke(ctx context.Context, id, by string) (Device, error) {
	d, err := edit(ctx, a, sectionDevice, id, func(d *Device) error {
		if d.Revoked == 0 {
			d.Revoked, d.By = a.now(), by
		}
		return nil
	})
	a.devices.forget(id)
	return d, err
}

// RevokeUnknown revokes a device missing in the registry: a device that was enrolled and revoked after the backup
// from which this server was restored. When the device returns with its certificate, it is already revoked.
func (a *Auth) RevokeUnknown(ctx context.Context, id, by string) (Device, error) {
	if !wire.ValidDevice(id) {
		return Device{}, refuse(wire.CodeBadRequest, errDeviceID)
	}
	d := Device{ID: id, Revoked: a.now(), By: by}
	_, err := a.put(ctx, store.Entry{Section: sectionDevice, Name: id}, &d)
	if errors.Is(err, store.ErrExists) {
		return a.Revoke(ctx, id, by)
	}
	return d, err
}

// onlyRevocation reports whether the entry holds only a revocation (see RevokeUnknown).
func (d *Device) onlyRevocation() bool { return len(d.Key) == 0 }

// seenInterval is the resolution of Seen, in ms: a device in regular contact costs one write per interval.
const seenInterval = 10 * 60 * 1000

// MarkSeen notes a contact of the device.
func (a *Auth) MarkSeen(ctx context.Context, d *Device) error {
	if now := a.now(); now-d.Seen < seenInterval && now >= d.Seen {
		return nil
	}
	fresh, err := edit(ctx, a, sectionDevice, d.ID, func(d *Device) error {
		d.Seen = max(d.Seen, a.now())
		return nil
	})
	if err == nil {
		a.devices.keep(d.ID, fresh, a.now())
	}
	return err
}

// device reads a device, at most cacheLife old. store.ErrNotFound, also for an entry with nothing but a revocation.
func (a *Auth) device(ctx context.Context, id string) (Device, error) {
	if d, ok := a.devices.find(id, a.now()); ok {
		return d, nil
	}
	var d Device
	if _, err := a.get(ctx, sectionDevice, id, &d); err != nil {
		return d, err
	}
	if d.onlyRevocation() {
		return Device{}, store.ErrNotFound
	}
	a.devices.keep(id, d, a.now())
	return d, nil
}

var (
	errDeviceID = schema.Text{ZH: "设备编号的格式不对", EN: "this is no device's id"}
	errRole     = schema.Text{ZH: "设备角色应为 officer 或 clerk", EN: "a device's role is officer or clerk"}
)

// checkUnitRole returns the clean name of the unit.
func checkUnitRole(unit, role string) (string, error) {
	name, wrong := schema.UnitName(unit)
	if wrong != nil {
		return "", refuse(wire.CodeBadRequest, wrong.Message)
	}
	if role != RoleOfficer && role != RoleClerk {
		return "", refuse(wire.CodeBadRequest, errRole)
	}
	return name, nil
}

// visible reports whether s has 1 to most characters, none of them space or control.
func visible(s string, most int) bool {
	bad := func(r rune) bool { return !unicode.IsGraphic(r) || unicode.IsSpace(r) || r == unicode.ReplacementChar }
	n := len([]rune(s))
	return n > 0 && n <= most && strings.IndexFunc(s, bad) < 0
}

// refuse is wire.Refuse with a detail in both languages.
func refuse(code string, detail schema.Text) *wire.Error {
	e := wire.Refuse(code, "")
	e.Message.ZH += "：" + detail.ZH
	e.Message.EN += ": " + detail.EN
	return e
}
