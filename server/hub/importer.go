package hub

import (
	"roadbook/server/imports"
	"roadbook/server/reconcile"
)

// openImporter makes the process's importer: its runs are serialised.
func (h *Hub) openImporter() {
	h.importer = &imports.Importer{
		Store: h.store, Ingest: h.ingest, Schema: h.schema, Key: h.auth.ImporterKey, Now: h.cfg.Now, Query: h.query,
	}
}

// Importer imports tables as lines.
func (h *Hub) Importer() *imports.Importer { return h.importer }

// Reconciler compares the platform's tables with the records.
func (h *Hub) Reconciler() *reconcile.Reconciler {
	return &reconcile.Reconciler{Store: h.store, Schema: h.schema, Counter: h.counter, Importer: h.importer}
}
