package hub

import "roadbook/server/imports"

// openImporter makes the process's importer: its runs are serialised.
func (h *Hub) openImporter() {
	h.importer = &imports.Importer{
		Store: h.store, Ingest: h.ingest, Schema: h.schema, Key: h.auth.ImporterKey, Now: h.cfg.Now,
	}
}

// Importer imports tables as lines.
func (h *Hub) Importer() *imports.Importer { return h.importer }
