package hub

import "roadbook/server/imports"

// openImporter makes the one importer of this process: its runs go one after another.
func (h *Hub) openImporter() {
	h.importer = &imports.Importer{
		Store: h.store, Ingest: h.ingest, Schema: h.schema, Key: h.auth.ImporterKey, Now: h.cfg.Now,
	}
}

// Importer writes tables into the log.
func (h *Hub) Importer() *imports.Importer { return h.importer }
