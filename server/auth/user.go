package auth

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"golang.org/x/text/unicode/norm"

	"roadbook/schema"
	"roadbook/server/store"
	"roadbook/sync/wire"
)

// Roles of users: an administrator may also manage users and devices, HQ may also act on records and
// export, a viewer may only read.
const (
	RoleAdmin  = "admin"
	RoleHQ     = "hq"
	RoleViewer = "viewer"
)

// SessionLife is the validity of a user's token: a working day.
const SessionLife = 10 * time.Hour

const (
	minPassword = 8
	maxPassword = 256
	adminName   = "admin"
)

// User is a person at HQ.
type User struct {
	Name     string `json:"name"`
	Hash     string `json:"hash"`
	Role     string `json:"role"`
	Made     int64  `json:"made"`
	Gen      int64  `json:"gen"` // number of passwords so far: a new password ends all sessions
	Disabled bool   `json:"disabled,omitempty"`
}

// Session is the answer to a sign-in.
type Session struct {
	Token     string `json:"token"`
	ExpiresIn int    `json:"expires_in"` // s
	Role      string `json:"role"`
}

var (
	errName     = schema.Text{ZH: "用户名须为 1 到 32 个可见字符", EN: "a user name has 1 to 32 visible characters"}
	errUserRole = schema.Text{ZH: "用户角色应为 admin、hq 或 viewer", EN: "a user's role is admin, hq or viewer"}
	errPassword = schema.Text{ZH: "口令须为 8 到 256 个字节", EN: "a password has 8 to 256 bytes"}
	errSignIn   = schema.Text{ZH: "用户名或口令不正确", EN: "wrong user name or password"}
)

// AddUser makes a user under the clean name. store.ErrExists.
func (a *Auth) AddUser(ctx context.Context, name, password, role string) error {
	name = schema.CleanName(name)
	if !visible(name, 32) {
		return refuse(wire.CodeBadRequest, errName)
	}
	if role != RoleAdmin && role != RoleHQ && role != RoleViewer {
		return refuse(wire.CodeBadRequest, errUserRole)
	}
	if err := a.checkNewName(ctx, name); err != nil {
		return err
	}
	hash, err := a.newHash(ctx, password)
	if err != nil {
		return err
	}
	u := User{Name: name, Hash: hash, Role: role, Made: a.now(), Gen: 1}
	_, err = a.put(ctx, store.Entry{Section: sectionUser, Name: name}, &u)
	return err
}

func (a *Auth) newHash(ctx context.Context, password string) (string, error) {
	password = norm.NFC.String(password)
	if len(password) < minPassword || len(password) > maxPassword {
		return "", refuse(wire.CodeBadRequest, errPassword)
	}
	return a.hash(ctx, password)
}

// SetPassword replaces a user's password and ends the user's sessions. store.ErrNotFound.
func (a *Auth) SetPassword(ctx context.Context, name, password string) error {
	hash, err := a.newHash(ctx, password)
	if err != nil {
		return err
	}
	return a.editUser(ctx, name, func(u *User) { u.Hash, u.Gen = hash, u.Gen+1 })
}

// DisableUser keeps a user from signing in and ends all sessions. store.ErrNotFound.
func (a *Auth) DisableUser(ctx context.Context, name string) error {
	return a.editUser(ctx, name, func(u *User) { u.Disabled, u.Gen = true, u.Gen+1 })
}

func (a *Auth) editUser(ctx context.Context, typed string, change func(*User)) error {
	u, err := a.findUser(ctx, typed)
	if err != nil {
		return err
	}
	_, err = edit(ctx, a, sectionUser, u.Name, func(u *User) error {
		change(u)
		return nil
	})
	a.users.forget(u.Name)
	return err
}

// Users lists all users by name, without their hashes.
func (a *Auth) Users(ctx context.Context) ([]User, error) {
	us, err := list[User](ctx, a, sectionUser)
	for i := range us {
		us[i].Hash = ""
	}
	return us, err
}

// NewPassword makes a password for reading out and typing: 80 random bits in four groups.
func (a *Auth) NewPassword() (string, error) {
	id, err := a.randomID(16)
	if err != nil {
		return "", err
	}
	return strings.Join([]string{id[:4], id[4:8], id[8:12], id[12:]}, "-"), nil
}

// FirstAdmin makes the first administrator if there are no users yet, and returns the password, which is stored
// nowhere. If there are users, made is false and the password "".
func (a *Auth) FirstAdmin(ctx context.Context) (name, password string, made bool, err error) {
	es, err := a.reg.List(ctx, sectionUser, "", 1)
	if err != nil || len(es) > 0 {
		return adminName, "", false, err
	}
	if password, err = a.NewPassword(); err != nil {
		return adminName, "", false, err
	}
	err = a.AddUser(ctx, adminName, password, RoleAdmin)
	if errors.Is(err, store.ErrExists) { // another server was first
		return adminName, "", false, nil
	}
	return adminName, password, err == nil, err
}

// wrongSignIn refuses a name or a password. The answer speaks of these alone, and to send them again is no use.
func wrongSignIn() *wire.Error {
	e := wire.Refuse(wire.CodeUnauthorized, "")
	e.Message, e.Retryable = errSignIn, false
	return e
}

// SignIn gives a user a token. from is the sender's address, by which wrong passwords are limited.
func (a *Auth) SignIn(ctx context.Context, from, name, password string) (*Session, error) {
	if len(password) > maxTyped || len(name) > 4*32 {
		return nil, wrongSignIn()
	}
	person, address := "user "+from+" "+schema.CleanName(name), "address "+from
	if err := a.spendTry(ctx, address, addressTries); err != nil {
		return nil, err
	}
	if err := a.spendTry(ctx, person, personTries); err != nil {
		return nil, err
	}
	u, err := a.findUser(ctx, name)
	if err != nil && !isNotFound(err) {
		return nil, err
	}
	ok, err := a.matchesTyped(ctx, password, u.Hash) // for an unknown user too, so that both take the same time
	if err != nil {
		return nil, err
	}
	if !ok || u.Disabled {
		return nil, wrongSignIn()
	}
	if err := errors.Join(a.returnTry(ctx, person, personTries), a.returnTry(ctx, address, addressTries)); err != nil {
		return nil, err
	}
	token, err := a.signAccess(SessionLife, accessClaims{
		RegisteredClaims: jwt.RegisteredClaims{Subject: u.Name}, Kind: kindUser, Role: u.Role, Gen: u.Gen,
	})
	return &Session{token, int(SessionLife / time.Second), u.Role}, err
}

func (a *Auth) verifyUser(ctx context.Context, c *accessClaims) (*Principal, error) {
	u, err := a.user(ctx, c.Subject)
	if isNotFound(err) || (err == nil && (u.Disabled || u.Gen != c.Gen)) {
		return nil, wire.Refuse(wire.CodeUnauthorized, "")
	}
	if err != nil {
		return nil, err
	}
	return &Principal{User: u.Name, Role: u.Role}, nil
}

// user reads a user, at most cacheLife old. store.ErrNotFound.
func (a *Auth) user(ctx context.Context, name string) (User, error) {
	if u, ok := a.users.find(name, a.now()); ok {
		return u, nil
	}
	var u User
	if _, err := a.get(ctx, sectionUser, name, &u); err != nil {
		return u, err
	}
	a.users.keep(name, u, a.now())
	return u, nil
}
