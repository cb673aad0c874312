package hub

import (
	"context"

	"roadbook/server/ingest"
)

// importUnit is the unit in whose name an importer writes; the records name their own.
const importUnit = "hq"

// ImportRun begins a run of the importer of a name: a stream of its own under a key that the server holds.
func (h *Hub) ImportRun(ctx context.Context, importer string) (*ingest.ImportRun, error) {
	key, err := h.auth.ImporterKey(ctx, importer)
	if err != nil {
		return nil, err
	}
	return h.ingest.NewImportRun(ingest.Officer{Name: importer, Unit: importUnit, Key: key})
}
