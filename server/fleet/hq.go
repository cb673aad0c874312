package fleet

import (
	"context"
	"fmt"
	"time"
)

// HQ is a user at headquarters who acts over HTTP. It must not be used by several goroutines at once.
type HQ struct {
	User, Password string
	Link           *Link
}

// Act sends one act on a record; any result but created is an error.
func (h *HQ) Act(ctx context.Context, what map[string]string) error {
	if err := h.signIn(ctx); err != nil {
		return err
	}
	var done struct {
		Results []struct{ Status string }
	}
	if err := h.Link.postJSON(ctx, "/v1/acts", h.Link.token, what, &done); err != nil {
		return err
	}
	for _, r := range done.Results {
		if r.Status != "created" {
			return fmt.Errorf("act %s: %s", what["act"], r.Status)
		}
	}
	return nil
}

// signIn gets an access token, and a new token after half of the old token's life.
func (h *HQ) signIn(ctx context.Context) error {
	if h.Link.token != "" && h.Link.now().Before(h.Link.expiry) {
		return nil
	}
	var session struct {
		Token     string `json:"token"`
		ExpiresIn int    `json:"expires_in"`
	}
	err := h.Link.postJSON(ctx, "/v1/signin", "", map[string]string{"user": h.User, "password": h.Password}, &session)
	if err != nil {
		return err
	}
	h.Link.token, h.Link.expiry = session.Token, h.Link.now().Add(time.Duration(session.ExpiresIn)*time.Second/2)
	return nil
}
