package fleet

import "context"

// Token is an access token of the device, for tests of who may do what with one.
func (l *Link) Token(ctx context.Context, d *Device) (string, error) {
	err := l.authorize(ctx, d)
	return l.token, err
}
