package kill

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// hq asks the server what an administrator may ask.
type hq struct {
	user, password, token string
	http                  http.Client
}

// ask sends a question and returns the answer's body. An answer other than 200 is an error.
func (h *hq) ask(url, method, path string, body any) ([]byte, error) {
	var raw []byte
	if body != nil {
		var err error
		if raw, err = json.Marshal(body); err != nil {
			return nil, err
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
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

func (h *hq) signIn(url string) error {
	h.token = ""
	raw, err := h.ask(url, http.MethodPost, "/v1/signin", map[string]string{"user": h.user, "password": h.password})
	if err != nil {
		return err
	}
	var session struct{ Token string }
	err = json.Unmarshal(raw, &session)
	h.token = session.Token
	return err
}

func (h *hq) code(url, unit, role string) (string, error) {
	raw, err := h.ask(url, http.MethodPost, "/v1/codes", map[string]string{"unit": unit, "role": role})
	if err != nil {
		return "", err
	}
	var made struct{ Code string }
	return made.Code, json.Unmarshal(raw, &made)
}

func (h *hq) release(url, target string) error {
	_, err := h.ask(url, http.MethodPost, "/v1/acts", map[string]string{"act": "release", "target": target})
	return err
}

// figure is one row of the indicators.
type figure struct {
	ID                            string
	Value, Numerator, Denominator *string
}

func (h *hq) figures(url string) (map[string]figure, error) {
	raw, err := h.ask(url, http.MethodGet, "/v1/indicators?year=2020&at=2020-12-31", nil)
	if err != nil {
		return nil, err
	}
	var table struct{ Rows []figure }
	if err := json.Unmarshal(raw, &table); err != nil {
		return nil, err
	}
	rows := map[string]figure{}
	for _, r := range table.Rows {
		rows[r.ID] = r
	}
	return rows, nil
}

// exported is a line of the export.
type exported struct {
	ID, Line string
	Server   struct{ Status string }
}

func (h *hq) export(url string) (list []exported, err error) {
	raw, err := h.ask(url, http.MethodGet, "/v1/export/observations", nil)
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(string(raw)) {
		var o exported
		if err := json.Unmarshal([]byte(line), &o); err != nil {
			return nil, err
		}
		list = append(list, o)
	}
	return list, nil
}

// metrics are the server's own numbers, by name and labels.
func (h *hq) metrics(url string) (map[string]int, error) {
	raw, err := h.ask(url, http.MethodGet, "/metrics", nil)
	numbers := map[string]int{}
	for line := range strings.Lines(string(raw)) {
		name, text, _ := strings.Cut(strings.TrimSpace(line), " ")
		if n, err := strconv.Atoi(text); err == nil {
			numbers[name] = n
		}
	}
	return numbers, err
}

// pause is between two tries of what will go through in the end.
const pause = 100 * time.Millisecond
