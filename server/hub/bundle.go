package hub

import (
	"context"

	"roadbook/server/api"
	"roadbook/server/ingest"
)

// Bundle takes in a device's bundle; see ingest.Ingest.Bundle.
func (h *Hub) Bundle(ctx context.Context, file []byte) (*ingest.BundleResult, error) {
	return h.ingest.Bundle(ctx, file, api.ByCertificate(h.auth))
}
