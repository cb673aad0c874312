package api

import (
	"time"

	"github.com/gofiber/fiber/v2"

	"roadbook/server/auth"
	"roadbook/sync/wire"
)

// healthy: the process lives and answers.
func (a *API) healthy(c *fiber.Ctx, _ *auth.Principal) error {
	return c.JSON(fiber.Map{"status": "ok"})
}

// readyTime is how long the store may take to answer before the server counts as not ready.
const readyTime = 3 * time.Second

// ready: the store answers, and the server is not about to stop.
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
	return c.JSON(fiber.Map{"status": "ready", "catalogue": version})
}

const homePage = `<!doctype html>
<html lang="zh-CN"><meta charset="utf-8"><title>roadbook</title>
<p>roadbook 服务器正在运行：外勤登记的数据在此汇总。网页界面尚未提供，请使用接口 /v1。</p>
<p lang="en">This is a roadbook server: what is recorded in the field is added up here. It has no pages yet; use the interface under /v1.</p>
</html>
`

func (a *API) home(c *fiber.Ctx, _ *auth.Principal) error {
	c.Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
	return c.SendString(homePage)
}
