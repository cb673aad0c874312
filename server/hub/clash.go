package hub

import (
	"errors"

	"roadbook/schema"
	"roadbook/schema/catalogue"
	"roadbook/server/query"
	"roadbook/sync/clock"
	"roadbook/sync/wire"
)

// clashCode is the code of the warning about a clash.
const clashCode = "measures_disagree"

// ClashText tells the counting side of a clash, and the remedy for HQ.
func ClashText(c catalogue.Clash) schema.Text {
	keeper, other := c.Keeper.Name(), c.Other.Name()
	return schema.Text{
		ZH: "指标目录 " + other + " 与 " + keeper + " 各有一个统计项 " + c.Measure + "，含义不同：两者分开计数，各按各的目录，数字不受影响；导入的基数只计入 " +
			keeper + "。请运行 server catalogue upgrade " + keeper + "，审阅后发布",
		EN: "the catalogues " + other + " and " + keeper + " each have a measure " + c.Measure + " of their own meaning: both are counted apart, and every figure goes by its " +
			"own catalogue; imported baselines count for " + keeper + " alone. Run server catalogue upgrade " + keeper + ", review and publish",
	}
}

// logCatalogues tells the log what a person must see to: each clash, and that the present year has no catalogue.
func (h *Hub) logCatalogues() {
	_, err := h.query.Catalogue(clock.DayOf(h.cfg.Now().UnixMilli()).Year())
	if missing, ok := errors.AsType[*query.NoCatalogue](err); ok {
		text := missing.ForHQ().Message
		h.cfg.Log.Warn(text.ZH+" · "+text.EN, "code", wire.CodeNoCatalogue)
	}
	for _, c := range h.inForce.Load().clashes {
		text := ClashText(c)
		h.cfg.Log.Warn(text.ZH+" · "+text.EN, "code", clashCode)
	}
}
