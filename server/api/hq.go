package api

import (
	"context"
	"encoding/json"

	"github.com/gofiber/fiber/v2"

	"roadbook/schema"
	"roadbook/server/auth"
	"roadbook/server/ingest"
	"roadbook/server/query"
	"roadbook/server/web"
	"roadbook/sync/wire"
)

func (a *API) signIn(c *fiber.Ctx, _ *auth.Principal) error {
	var in struct {
		User     string `json:"user"`
		Password string `json:"password"`
	}
	if err := readStrictJSON(c, &in); err != nil {
		return err
	}
	ctx, cancel := a.within(a.cfg.ReadTime)
	defer cancel()
	s, err := a.cfg.Auth.SignIn(ctx, c.IP(), in.User, in.Password)
	if err != nil {
		return err
	}
	return c.JSON(s)
}

func (a *API) indicators(c *fiber.Ctx, _ *auth.Principal) error {
	return a.read(c, func(ctx context.Context) (any, error) {
		return a.cfg.Query.Indicators(ctx, query.Question{Year: c.Query("year"), At: c.Query("at"), Unit: schema.CleanName(c.Query("unit"))})
	})
}

func (a *API) record(c *fiber.Ctx, _ *auth.Principal) error {
	return a.read(c, func(ctx context.Context) (any, error) {
		return a.cfg.Query.Record(ctx, web.PathParam(c, "id"))
	})
}

func (a *API) quarantine(c *fiber.Ctx, _ *auth.Principal) error {
	released, err := query.Flag("released", c.Query("released"))
	if err != nil {
		return err
	}
	return a.read(c, func(ctx context.Context) (any, error) {
		return a.cfg.Query.Quarantined(ctx, query.QuarantinedQuestion{
			Stream: c.Query("stream"), After: c.Query("after"), Limit: c.Query("limit"), Released: released,
		})
	})
}

// read answers an HQ query with JSON, under the bound on queries at once and a deadline.
func (a *API) read(c *fiber.Ctx, ask func(context.Context) (any, error)) error {
	leave, err := a.reads.enter()
	if err != nil {
		return err
	}
	defer leave()
	ctx, cancel := a.within(a.cfg.ReadTime)
	defer cancel()
	v, err := ask(ctx)
	if err != nil {
		return err
	}
	return c.JSON(v)
}

// actRequest is an act as HQ sends it.
type actRequest struct {
	Act    wire.Act        `json:"act"`
	Record string          `json:"record"`
	Kind   string          `json:"kind"`
	Item   string          `json:"item"`
	With   string          `json:"with"`
	Target string          `json:"target"`
	Reason string          `json:"reason"`
	Fields json.RawMessage `json:"fields"`
}

// actResult is the answer to an act: results as for a device's lines, and the record's new state.
type actResult struct {
	Results []wire.Result  `json:"results"`
	Record  *query.History `json:"record,omitempty"`
}

// act writes a line in the user's own stream, whose key the server holds.
func (a *API) act(c *fiber.Ctx, who *auth.Principal) error {
	var d actRequest
	if err := readStrictJSON(c, &d); err != nil {
		return err
	}
	if err := d.check(); err != nil {
		return err
	}
	return a.read(c, func(ctx context.Context) (any, error) {
		key, err := a.cfg.Auth.HQKey(ctx, who.User)
		if err != nil {
			return nil, err
		}
		answer, err := a.cfg.Ingest.Do(ctx, ingest.Officer{Name: who.User, Unit: schema.HQUnit, Key: key}, ingest.Act{
			Act: d.Act, Record: d.Record, Kind: d.Kind, Item: d.Item, With: d.With,
			Target: d.Target, Reason: d.Reason, Fields: d.Fields,
		})
		if err != nil {
			return nil, err
		}
		a.cfg.Log.Info("act", "request", requestID(c), "user", who.User, "act", d.Act, "record", d.Record, "target", d.Target)
		out := actResult{Results: answer.Results}
		if d.Record != "" {
			out.Record, err = a.cfg.Query.Record(ctx, d.Record)
		}
		return out, err
	})
}

// check requires the fields of each act, and valid ids. Ids are cleaned: people copy them from chats.
func (d *actRequest) check() error {
	ids := []*string{&d.Record, &d.Item, &d.With, &d.Target}
	if d.Target = schema.CleanName(d.Target); d.Act == wire.Review {
		ids = ids[:len(ids)-1] // its target is a doubt
	}
	for _, id := range ids {
		*id = schema.CleanName(*id)
		if _, err := wire.ParseObsID(*id); *id != "" && err != nil {
			return badRequest("编号格式不正确，这里须写全", "not an id; all of it is needed here")
		}
	}
	switch d.Act {
	case wire.Link:
		return require(d.Record != "" && d.With != "", "link 需要 record 和 with", "link needs record and with")
	case wire.Release:
		return require(d.Target != "", "release 需要 target", "release needs target")
	case wire.Void:
		return require(d.Record != "" && schema.CleanName(d.Reason) != "", "void 需要 record 和 reason", "void needs record and reason")
	case wire.Amend:
		return require(d.Record != "" && saysSomething(d.Fields), "amend 需要 record 和 fields", "amend needs record and fields")
	case wire.Review:
		return d.checkReview()
	case wire.Separate, wire.Restore:
		return require(d.Record != "", "需要 record", "record is missing")
	}
	return badRequest("未知的 act", "unknown act")
}

// checkReview requires the record, and words for its unit if the record as a whole is meant: such a review returns it.
func (d *actRequest) checkReview() error {
	if d.Record == "" {
		return badRequest("需要 record", "record is missing")
	}
	return require(d.Target != "" || schema.CleanName(d.Reason) != "", "退回记录需要 reason（写明要更正什么）；复核存疑需要 target（存疑的 code:cause）",
		"to return a record needs reason (what is to be corrected); to review a doubt needs target (code:cause of the doubt)")
}

// saysSomething reports whether fields is an object with a member.
func saysSomething(fields json.RawMessage) bool {
	var members map[string]json.RawMessage
	return json.Unmarshal(fields, &members) == nil && len(members) > 0
}

func require(ok bool, zh, en string) error {
	if ok {
		return nil
	}
	return badRequest(zh, en)
}

func badRequest(zh, en string) error {
	e := wire.Refuse(wire.CodeBadRequest, "")
	e.Message.ZH += "：" + zh
	e.Message.EN += ": " + en
	return e
}
