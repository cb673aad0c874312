package hub

import (
	"context"

	"roadbook/server/ingest"
)

// importUnit is the unit of an importer's lines; the records name their own units.
const importUnit = "hq"

// ImportRun begins a run of the named importer: a stream of its own, under a key held by the server.
func (h *Hub) ImportRun(ctx context.Context, importer string) (*ingest.ImportRun, error) {
	key, err := h.auth.ImporterKey(ctx, importer)
	if err != nil {
		return nil, err
	}
	return h.ingest.NewImportRun(ingest.Officer{Name: importer, Unit: importUnit, Key: key})
}
