package auth

import (
	"context"
	"encoding/hex"
	"strings"
	"time"

	"roadbook/schema"
	"roadbook/server/store"
)

// codeLen is the length of an enrollment code in characters, 5 bits each: short enough to type, long enough that a
// stolen table of hashes reveals no code before the code expires.
const codeLen = 10

// codeKept is the time for which a code's entry is kept after the code's expiry. During this time a device may ask
// again for a lost answer.
const codeKept = 30 * 24 * time.Hour

// Roles of devices.
const (
	RoleOfficer = "officer"
	RoleClerk   = "clerk"
)

// Code is a stored enrollment code. The code itself is not stored, only its keyed hash as the entry's name.
type Code struct {
	Unit    string `json:"unit"`
	Role    string `json:"role"`
	Made    int64  `json:"made"`
	Expires int64  `json:"expires"`
	By      string `json:"by"`               // maker of the code
	Device  string `json:"device,omitempty"` // device that used the code
	Taken   int64  `json:"taken,omitempty"`
}

// NewCode makes a one-time code for enrolling a device at a unit, valid for at most life.
func (a *Auth) NewCode(ctx context.Context, unit, role, by string, life time.Duration) (string, error) {
	unit, err := checkUnitRole(unit, role)
	if err != nil {
		return "", err
	}
	code, err := a.randomID(codeLen)
	if err != nil {
		return "", err
	}
	now := a.clock()
	c := Code{Unit: unit, Role: role, By: by, Made: now.UnixMilli(), Expires: now.Add(life).UnixMilli()}
	e := store.Entry{Section: sectionCode, Name: a.codeName(code), Expires: now.Add(life + codeKept).UnixMilli()}
	_, err = a.put(ctx, e, &c)
	return ShowCode(code), err
}

// ShowCode formats a code for display and typing: two groups in upper case.
func ShowCode(code string) string {
	code = strings.ToUpper(code)
	return code[:len(code)/2] + "-" + code[len(code)/2:]
}

// CanonicalCode normalises a typed code: case, hyphens, spaces and full width do not matter, o is 0, i and l are 1.
func CanonicalCode(typed string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case '-', ' ', '\t':
			return -1
		case 'o':
			return '0'
		case 'i', 'l':
			return '1'
		}
		return r
	}, strings.ToLower(schema.CleanName(typed)))
}

func (a *Auth) codeName(canonical string) string {
	return hex.EncodeToString(a.mac("code", []byte(canonical)))
}
