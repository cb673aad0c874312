package api

import (
	"strconv"

	"github.com/gofiber/fiber/v2"

	"roadbook/server/auth"
	"roadbook/sync/wire"
)

func (a *API) enroll(c *fiber.Ctx, _ *auth.Principal) error {
	var e wire.EnrollRequest
	if err := readJSON(c, &e); err != nil {
		return err
	}
	ctx, cancel := a.within(a.cfg.ReadTime)
	defer cancel()
	answer, err := a.cfg.Auth.Enroll(ctx, c.IP(), e)
	if err != nil {
		return err
	}
	answer.Limits, answer.Kinds = a.cfg.Ingest.Limits(), a.cfg.Ingest.Kinds()
	a.cfg.Log.Info("device enrolled", "device", answer.Device, "unit", answer.Unit, "role", answer.Role)
	return c.JSON(answer)
}

func (a *API) nonce(c *fiber.Ctx, _ *auth.Principal) error {
	n, err := a.cfg.Auth.NewNonce()
	if err != nil {
		return err
	}
	return c.JSON(n)
}

func (a *API) token(c *fiber.Ctx, _ *auth.Principal) error {
	var g wire.TokenRequest
	if err := readGrant(c, &g); err != nil {
		return err
	}
	ctx, cancel := a.within(a.cfg.ReadTime)
	defer cancel()
	t, err := a.cfg.Auth.Issue(ctx, g)
	if err != nil {
		return err
	}
	return c.JSON(t)
}

// sync is one round trip of a device. An error after the commit, in the pull part or in the device's last-seen time,
// does not revoke the acknowledgement: the error is logged, and the device asks again.
func (a *API) sync(c *fiber.Ctx, who *auth.Principal) error {
	if a.closing.Load() {
		return wire.Refuse(wire.CodeBusy, "")
	}
	req, answer, err := a.acceptFrame(c, who)
	if err != nil {
		return err
	}
	if req.Pull == nil {
		return a.sendAnswer(c, answer, req)
	}
	mine, err := a.reservePull(c, who.Device.ID, req)
	if err != nil {
		return err
	}
	if mine == nil {
		answer.Pull = &wire.Pulled{Cursor: req.Pull.Cursor, More: true}
		return a.sendAnswer(c, answer, req)
	}
	if err := a.addPull(who, req, answer); err != nil {
		a.cfg.Log.Warn("pull failed", "request", requestID(c), "device", who.Device.ID, "err", err)
		answer.Pull = nil
	}
	err = a.sendAnswer(c, answer, req)
	mine.resize(int64(len(c.Response().Body())))
	return err
}

// acceptFrame is the part of a sync behind the gate: the frame, and the device's last-seen time.
func (a *API) acceptFrame(c *fiber.Ctx, who *auth.Principal) (*wire.Request, *wire.Answer, error) {
	leave, err := a.syncs.enter()
	if err != nil {
		return nil, nil, err
	}
	defer leave()
	req, err := wire.DecodeRequest(c.Request().Body(), c.Get(fiber.HeaderContentEncoding), a.cfg.Ingest.Limits())
	if err != nil {
		return nil, nil, err
	}
	ctx, cancel := a.within(a.cfg.SyncTime)
	defer cancel()
	d, news, err := a.cfg.Auth.Reconcile(ctx, *who.Device, req.Certificate)
	if err != nil {
		return nil, nil, err
	}
	who.Device = &d
	answer, err := a.cfg.Ingest.Sync(ctx, ingestDevice(&d, who.Deposit, news), req)
	if err != nil {
		return nil, nil, err
	}
	a.meter.results(answer.Results)
	if err := a.cfg.Auth.MarkSeen(ctx, &d); err != nil {
		a.cfg.Log.Warn("last contact not noted", "device", d.ID, "err", err)
	}
	releaseBody(c)
	return req, answer, nil
}

// pullBytes estimates the memory for making one pull, in bytes: the frames read, their lines, the answer's text.
const pullBytes = 4 << 20

// reservePull reserves memory for a device's pull. A request with a frame never waits: without a free turn it gets
// nil, and its answer says "more". A request without a frame waits for PullWait and is then refused as busy; its
// place is kept.
func (a *API) reservePull(c *fiber.Ctx, device string, req *wire.Request) (mine *pullShare, err error) {
	var ok bool
	if req.Frame != nil {
		mine, ok = a.pulls.tryEnter(device, pullBytes)
	} else {
		ctx, cancel := a.within(a.cfg.PullWait)
		defer cancel()
		mine, ok = a.pulls.waitTurn(ctx, device, pullBytes)
	}
	switch {
	case ok:
		connOf(c.Context()).whenSent(mine.release)
		return mine, nil
	case req.Frame != nil:
		return nil, nil //nolint:nilnil // as said above
	}
	c.Set(fiber.HeaderRetryAfter, strconv.Itoa(a.pulls.retryAfter()))
	return nil, wire.Refuse(wire.CodeBusy, "")
}

// addPull adds the pull part. For a device without a cursor, or with a cursor of another epoch, it also adds all
// fixed times of the device's boots: a restored server may have fixed them differently. A revoked device gets the
// fates of its own lines only.
func (a *API) addPull(who *auth.Principal, req *wire.Request, answer *wire.Answer) (err error) {
	ctx, cancel := a.within(a.cfg.SyncTime)
	defer cancel()
	d := who.Device
	if who.Deposit {
		answer.Pull, err = a.cfg.Pull.Fates(ctx, d.ID, d.Unit, req.Pull)
		return err
	}
	if answer.Pull, err = a.cfg.Pull.Pull(ctx, req.Stream, d.Unit, req.Pull); err != nil {
		return err
	}
	if req.Pull.Cursor != "" && !answer.Pull.Reset {
		return nil
	}
	return a.cfg.Ingest.AddBoots(ctx, req, answer)
}

func (a *API) sendAnswer(c *fiber.Ctx, answer *wire.Answer, req *wire.Request) error {
	enc := answerEncoding(c.Get(fiber.HeaderAcceptEncoding))
	sealed, err := a.cfg.Ingest.Seal(answer, req, enc)
	if err != nil {
		return err
	}
	if enc != wire.Identity {
		c.Set(fiber.HeaderContentEncoding, string(enc))
	}
	if sealed.Signature != "" {
		c.Set(wire.SignatureHeader, sealed.Signature)
	}
	c.Set(fiber.HeaderContentType, fiber.MIMEApplicationJSONCharsetUTF8)
	return c.Send(sealed.Body)
}
