package api

import (
	"context"
	"time"

	"github.com/gofiber/fiber/v2"

	"roadbook/server/auth"
	"roadbook/server/query"
	"roadbook/sync/clock"
)

// codeRequest asks for an enrollment code for a device of a unit.
type codeRequest struct {
	Unit  string `json:"unit"` // code, or name in the register
	New   bool   `json:"new"`  // the unit is new, or ended and is in use again
	Role  string `json:"role"`
	Hours int    `json:"hours"`
}

// codeAnswer is a new code.
type codeAnswer struct {
	Code     string `json:"code"`
	Unit     string `json:"unit"`
	UnitName string `json:"unit_name,omitempty"`
	New      bool   `json:"new,omitempty"` // nobody knew the unit
	Role     string `json:"role"`
	Expires  string `json:"expires"`
}

func (a *API) newCode(c *fiber.Ctx, who *auth.Principal) error {
	var in codeRequest
	if err := readStrictJSON(c, &in); err != nil {
		return err
	}
	if in.Hours == 0 {
		in.Hours = 72
	}
	if in.Hours < 1 || in.Hours > 24*90 {
		return badRequest("hours 应在 1 到 2160 之间", "hours lies between 1 and 2160")
	}
	return a.read(c, func(ctx context.Context) (any, error) { return a.makeCode(ctx, &in, who.User) })
}

func (a *API) makeCode(ctx context.Context, in *codeRequest, by string) (*codeAnswer, error) {
	unit, err := a.findUnit(ctx, in.Unit, in.New)
	if err != nil {
		return nil, err
	}
	life := time.Duration(in.Hours) * time.Hour
	code, err := a.cfg.Auth.NewCode(ctx, unit.Code, in.Role, by, life)
	return &codeAnswer{
		Code: code, Unit: unit.Code, UnitName: unit.Name, New: unit.New, Role: in.Role,
		Expires: a.cfg.Now().Add(life).In(clock.Shanghai).Format(time.RFC3339),
	}, err
}

// findUnit finds the unit named by a request. A refusal names the member with which the unit is accepted.
func (a *API) findUnit(ctx context.Context, typed string, accept bool) (*query.FoundUnit, error) {
	given, err := a.cfg.Auth.Units(ctx)
	if err != nil {
		return nil, err
	}
	unit, err := a.cfg.Query.FindUnit(ctx, typed, given, accept)
	if refusal, ok := query.NeedsNew(err); ok {
		refusal.Message.ZH += `。确是新单位或重新启用的，加 "new": true`
		refusal.Message.EN += `. If the unit is new, or in use again: "new": true`
	}
	return unit, err
}
