package api

import (
	"errors"
	"time"

	"github.com/gofiber/fiber/v2"

	"roadbook/schema"
	"roadbook/server/auth"
	"roadbook/server/store"
	"roadbook/sync/wire"
)

// health answers while the process runs.
func (a *API) health(c *fiber.Ctx, _ *auth.Principal) error {
	return c.JSON(fiber.Map{"status": "ok"})
}

// readyTime is how long the store may take to answer before the server counts as not ready.
const readyTime = 3 * time.Second

var filesGone = schema.Text{
	ZH: "数据库文件在运行中被删除、替换或移走，未确认任何数据；做法见服务器日志",
	EN: "the database's files were deleted, replaced or moved while in use; nothing is acknowledged; the server's log says what to do",
}

// ready reports that the store answers and has its files, and that the server is not stopping. A server with a full
// disk is ready, because reading and signing in go on; its answer lists the full disk among the warnings.
func (a *API) ready(c *fiber.Ctx, _ *auth.Principal) error {
	if a.closing.Load() {
		return wire.Refuse(wire.CodeBusy, "stopping")
	}
	ctx, cancel := a.within(readyTime)
	defer cancel()
	version, err := a.cfg.Store.CountedBy(ctx)
	if err != nil {
		a.cfg.Log.Warn("not ready", "err", err)
		return wire.Refuse(wire.CodeBusy, "store")
	}
	if err := a.cfg.Store.Ready(ctx); err != nil && !errors.Is(err, store.ErrFull) {
		a.cfg.Log.Warn("not ready", "err", err)
		refusal := wire.Refuse(wire.CodeBusy, "store")
		if errors.Is(err, store.ErrGone) {
			refusal.Message = filesGone
		}
		return refusal
	}
	answer := fiber.Map{"status": "ready", "catalogue": version}
	if a.cfg.Warnings != nil {
		if ws := a.cfg.Warnings(); len(ws) > 0 {
			answer["warnings"] = ws
		}
	}
	return c.JSON(answer)
}
