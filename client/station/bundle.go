package station

import (
	"context"

	"roadbook/client/syncer"
)

// Export writes the waiting lines into a file's content; see syncer.Export.
func (s *Station) Export(ctx context.Context) (file []byte, lines int, err error) {
	return syncer.Export(ctx, s.DB, s.keys.Device)
}

// Apply applies a file of answers; see syncer.ApplyBundle.
func (s *Station) Apply(ctx context.Context, file []byte) (syncer.Delivered, error) {
	return syncer.ApplyBundle(ctx, s.DB, s.keys.Device, file)
}
