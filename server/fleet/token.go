package fleet

import "context"

// Token is an access token of the device, for tests of access rights.
func (l *Link) Token(ctx context.Context, d *Device) (string, error) {
	err := l.authorize(ctx, d)
	return l.token, err
}
