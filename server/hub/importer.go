package hub

import "roadbook/server/exchange"

// openImporter makes the one importer of this process: its runs go one after another.
func (h *Hub) openImporter() {
	h.importer = &exchange.Importer{
		Store: h.store, Ingest: h.ingest, Schema: h.schema, Key: h.auth.ImporterKey, Now: h.cfg.Now,
	}
}

// Importer writes tables into the log.
func (h *Hub) Importer() *exchange.Importer { return h.importer }
