package returning

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"
)

// hq asks the server the questions of an administrator.
type hq struct{ url, token string }

const patience = time.Minute

// ask sends a question. An answer other than 200 is an error.
func (h *hq) ask(method, path string, body any) ([]byte, error) {
	raw, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, h.url+path, bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+h.token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	out, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s %s: %s %s", method, path, resp.Status, out)
	}
	return out, err
}

func (h *hq) signIn(w *world) {
	w.t.Helper()
	raw, err := h.ask(http.MethodPost, "/v1/signin", map[string]string{"user": adminUser, "password": adminPassword})
	w.must(err)
	var session struct{ Token string }
	w.must(json.Unmarshal(raw, &session))
	h.token = session.Token
}

func (w *world) revoke(d *device) {
	w.t.Helper()
	w.tick()
	_, err := w.hq.ask(http.MethodPost, "/v1/devices/"+d.id+"/revoke", nil)
	w.must(err)
	d.revoked = true
}

func (w *world) release(id string) {
	w.t.Helper()
	w.tick()
	_, err := w.hq.ask(http.MethodPost, "/v1/acts", map[string]string{"act": "release", "target": id})
	w.must(err)
	w.truth.release(id)
}
