package ingest

import (
	"slices"

	"roadbook/schema"
	"roadbook/server/store"
	"roadbook/sync/merge"
)

// senderRules are the rules from which on a frame keeps all units of its device. Lines of older frames may speak about
// every record, as on arrival.
const senderRules = 3

// senderOf is the sender of a stored frame's lines.
func senderOf(f *store.Frame) merge.Sender {
	d := Device{Unit: f.Unit, Earlier: f.Earlier, Role: f.Role}
	if s := d.sender(); s.HQ() || f.Rules >= senderRules {
		return s
	}
	return merge.Sender{}
}

// sender is the standing of the device's lines in a frame committed now.
func (d *Device) sender() merge.Sender {
	if d.Role == RoleHQ {
		return merge.FromHQ()
	}
	return merge.SenderOf(append([]string{d.Unit}, d.Earlier...)...)
}

// had reports whether the device is or was a unit's; HQ's may name every unit.
func (d *Device) had(unit string) bool {
	return d.Role == RoleHQ || unit == schema.CleanName(d.Unit) || slices.ContainsFunc(d.Earlier, func(u string) bool { return unit == schema.CleanName(u) })
}
