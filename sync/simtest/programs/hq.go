package programs

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// HQ asks a server the questions of an administrator. The server's address is part of each question, because the server
// moves.
type HQ struct {
	User, Password string
	token          string
	http           http.Client
}

// Ask sends a question and returns the answer's body. An answer other than 200 is an error.
func (h *HQ) Ask(url, method, path string, body any) ([]byte, error) {
	var raw []byte
	if body != nil {
		var err error
		if raw, err = json.Marshal(body); err != nil {
			return nil, err
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), Patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, url+path, bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	if h.token != "" {
		req.Header.Set("Authorization", "Bearer "+h.token)
	}
	resp, err := h.http.Do(req)
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

// SignIn begins the session of all later questions.
func (h *HQ) SignIn(url string) error {
	h.token = ""
	raw, err := h.Ask(url, http.MethodPost, "/v1/signin", map[string]string{"user": h.User, "password": h.Password})
	if err != nil {
		return err
	}
	var session struct{ Token string }
	err = json.Unmarshal(raw, &session)
	h.token = session.Token
	return err
}

// Code makes an enrollment code for a unit that may be new.
func (h *HQ) Code(url, unit, role string) (string, error) {
	raw, err := h.Ask(url, http.MethodPost, "/v1/codes", map[string]any{"unit": unit, "role": role, "new": true})
	if err != nil {
		return "", err
	}
	var made struct{ Code string }
	return made.Code, json.Unmarshal(raw, &made)
}

// Revoke revokes a device.
func (h *HQ) Revoke(url, device string) error {
	_, err := h.Ask(url, http.MethodPost, "/v1/devices/"+device+"/revoke", nil)
	return err
}

// Release releases a quarantined observation.
func (h *HQ) Release(url, target string) error {
	_, err := h.Ask(url, http.MethodPost, "/v1/acts", map[string]string{"act": "release", "target": target})
	return err
}

// Figure is a row of the indicators.
type Figure struct {
	ID                            string
	Value, Numerator, Denominator *string
}

// Figures are the figures of 2020, by their ids.
func (h *HQ) Figures(url string) (map[string]Figure, error) {
	raw, err := h.Ask(url, http.MethodGet, "/v1/indicators?year=2020&at=2020-12-31", nil)
	if err != nil {
		return nil, err
	}
	var table struct{ Rows []Figure }
	if err := json.Unmarshal(raw, &table); err != nil {
		return nil, err
	}
	rows := map[string]Figure{}
	for _, r := range table.Rows {
		rows[r.ID] = r
	}
	return rows, nil
}

// Exported is a line of the export.
type Exported struct {
	ID, Line string
	Server   struct{ Status string }
}

// Export lists every observation of the server.
func (h *HQ) Export(url string) (list []Exported, err error) {
	raw, err := h.Ask(url, http.MethodGet, "/v1/export/observations", nil)
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(string(raw)) {
		var o Exported
		if err := json.Unmarshal([]byte(line), &o); err != nil {
			return nil, err
		}
		list = append(list, o)
	}
	return list, nil
}

// Metrics are the server's own numbers, by name and labels.
func (h *HQ) Metrics(url string) (map[string]int, error) {
	raw, err := h.Ask(url, http.MethodGet, "/metrics", nil)
	numbers := map[string]int{}
	for line := range strings.Lines(string(raw)) {
		name, text, _ := strings.Cut(strings.TrimSpace(line), " ")
		if n, err := strconv.Atoi(text); err == nil {
			numbers[name] = n
		}
	}
	return numbers, err
}
