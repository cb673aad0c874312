package fleet

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"
)

// desk is a person at headquarters who works with the server over HTTP.
type desk struct {
	url, user, password string
	now                 func() time.Time
	token               string
	until               time.Time
}

// act decides something about a record.
func (d *desk) act(ctx context.Context, what map[string]string) error {
	if d.token == "" || !d.now().Before(d.until) {
		var s struct {
			Token     string `json:"token"`
			ExpiresIn int    `json:"expires_in"`
		}
		if err := d.post(ctx, "/v1/signin", map[string]string{"user": d.user, "password": d.password}, &s); err != nil {
			return err
		}
		d.token, d.until = s.Token, d.now().Add(time.Duration(s.ExpiresIn)*time.Second/2)
	}
	var done struct {
		Results []struct{ Status string }
	}
	if err := d.post(ctx, "/v1/acts", what, &done); err != nil {
		return err
	}
	for _, r := range done.Results {
		if r.Status != "created" {
			return fmt.Errorf("act %s: %s", what["act"], r.Status)
		}
	}
	return nil
}

func (d *desk) post(ctx context.Context, path string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, d.url+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	if d.token != "" {
		req.Header.Set("Authorization", "Bearer "+d.token)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %w", path, refusal(resp.StatusCode, raw))
	}
	return json.Unmarshal(raw, out)
}
