package auth

import (
	"context"
	"encoding/json"

	"golang.org/x/text/unicode/norm"

	"roadbook/schema"
	"roadbook/server/store"
)

// findUser finds a user by the name as stored, then by the clean name: accounts of before schema/DOMAIN.md#characters
// keep the name that was typed. store.ErrNotFound.
func (a *Auth) findUser(ctx context.Context, typed string) (u User, err error) {
	if _, err = a.get(ctx, sectionUser, typed, &u); !isNotFound(err) {
		return u, err
	}
	if name := schema.CleanName(typed); name != typed {
		_, err = a.get(ctx, sectionUser, name, &u)
	}
	return u, err
}

// checkNewName refuses a name that looks like another user's. store.ErrExists.
func (a *Auth) checkNewName(ctx context.Context, name string) error {
	us, err := list[User](ctx, a, sectionUser)
	for i := range us {
		if schema.CleanName(us[i].Name) == name {
			return store.ErrExists
		}
	}
	return err
}

// maxTyped bounds a typed password: a text can take fewer bytes in NFC than as typed.
const maxTyped = 4 * maxPassword

// passwordForms are the forms of a typed password to try. Passwords are set in NFC, so that every keyboard gives the
// same bytes; a password of before NFC was set as it was typed.
func passwordForms(typed string) []string {
	nfc := norm.NFC.String(typed)
	if nfc == typed {
		return []string{nfc}
	}
	return []string{nfc, typed}
}

// matchesTyped reports whether any form of a typed password has this hash.
func (a *Auth) matchesTyped(ctx context.Context, typed, hash string) (bool, error) {
	for _, form := range passwordForms(typed) {
		if ok, err := a.matches(ctx, form, hash); ok || err != nil {
			return ok, err
		}
	}
	return false, nil
}

// UnmarshalJSON cleans the names of units: an entry of before the table of characters has them as they were typed.
func (d *Device) UnmarshalJSON(data []byte) error {
	type stored Device
	err := json.Unmarshal(data, (*stored)(d))
	d.Unit = schema.CleanName(d.Unit)
	for i := range d.Earlier {
		d.Earlier[i] = schema.CleanName(d.Earlier[i])
	}
	return err
}

// UnmarshalJSON cleans the name of the unit, as Device's does.
func (c *Code) UnmarshalJSON(data []byte) error {
	type stored Code
	err := json.Unmarshal(data, (*stored)(c))
	c.Unit = schema.CleanName(c.Unit)
	return err
}
