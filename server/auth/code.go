package auth

import (
	"context"
	"encoding/hex"
	"strings"
	"time"

	"roadbook/server/store"
)

// codeLen is the length of an enrolment code in characters, 5 bits each: short enough to be typed, long
// enough that a stolen table of hashes does not give up a code before it expires.
const codeLen = 10

// codeKept is how long a code's entry is kept after it expired: as long as a device may ask again for
// the answer that it did not get.
const codeKept = 30 * 24 * time.Hour

// Roles that a device may have.
const (
	RoleOfficer = "officer"
	RoleClerk   = "clerk"
)

// Code is an enrolment code as it is kept: the code itself is not, only its keyed hash is.
type Code struct {
	Unit    string `json:"unit"`
	Role    string `json:"role"`
	Made    int64  `json:"made"`
	Expires int64  `json:"expires"`
	By      string `json:"by"`               // who made it
	Device  string `json:"device,omitempty"` // who took it
	Taken   int64  `json:"taken,omitempty"`
}

// NewCode makes a one-time code with which a device may enrol at a unit, for at most life.
func (a *Auth) NewCode(ctx context.Context, unit, role, by string, life time.Duration) (string, error) {
	if err := checkUnitRole(unit, role); err != nil {
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

// ShowCode writes a code as it is shown and typed: two groups in upper case.
func ShowCode(code string) string {
	code = strings.ToUpper(code)
	return code[:len(code)/2] + "-" + code[len(code)/2:]
}

// CanonicalCode reads what a person typed: case, hyphens and spaces do not matter, o is 0, i and l are 1.
func CanonicalCode(typed string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case '-', ' ', '\t', '　', '－', '—':
			return -1
		case 'o':
			return '0'
		case 'i', 'l':
			return '1'
		}
		return r
	}, strings.ToLower(typed))
}

func (a *Auth) codeName(canonical string) string {
	return hex.EncodeToString(a.mac("code", []byte(canonical)))
}
