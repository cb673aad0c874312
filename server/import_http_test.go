package main

import (
	"bytes"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// sendTable posts a form to a running server; files are named "part:name".
func sendTable(t *testing.T, url, token string, parts map[string]string) (status int, body string) {
	t.Helper()
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	for name, content := range parts {
		part, file, isFile := strings.Cut(name, ":")
		if !isFile {
			_ = w.WriteField(part, content)
			continue
		}
		f, err := w.CreateFormFile(part, file)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(f, content)
	}
	_ = w.Close()
	return call(t, http.MethodPost, url, token, w.FormDataContentType(), form.String())
}

func call(t *testing.T, method, url, token, kind, content string) (status int, body string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", kind)
	r.Header.Set("Authorization", "Bearer "+token)
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(data)
}

// TestImportsOverHTTP is HQ's way beside a running server.
func TestImportsOverHTTP(t *testing.T) {
	dir := t.TempDir()
	s := launch(t, "serve", "--data", dir, "--listen", "127.0.0.1:0", "--json")
	_, body := call(t, http.MethodPost, s.Ready.URL+"/v1/signin", "", "application/json",
		`{"user":"`+s.Ready.User+`","password":"`+s.Ready.Password+`"}`)
	var session struct{ Token string }
	if err := json.Unmarshal([]byte(body), &session); err != nil || session.Token == "" {
		t.Fatal(body)
	}
	url := s.Ready.URL + "/v1/imports"
	bad := strings.Replace(planTable, "2020-09-30", "2020-09-31", 1)
	var run string
	steps := []struct {
		name     string
		parts    map[string]string
		status   int
		contains []string
	}{
		{"no file", map[string]string{"kind": "task"}, 400, []string{"缺少文件 file"}},
		{"no mapping", map[string]string{"file:p.csv": planTable}, 400, []string{"缺少 mapping 或 kind"}},
		{"a broken mapping", map[string]string{"file:p.csv": planTable, "mapping:m.yaml": "name: x\nkind: tusk\n"}, 400, []string{"m.yaml:2:7: 没有种类“tusk”"}},
		{"a dry run", map[string]string{"file:p.csv": planTable, "kind": "task", "dry_run": "1"}, 200, []string{`"imported":false`, `"created":2`, `"outlook":{`, `"counting":0`, `"code":"unknown_project"`, `"why_no_effect"`}},
		{"how it was read", map[string]string{"file:p.csv": planTable, "kind": "task", "dry_run": "1"}, 200, []string{`"format":"csv","encoding":"utf-8","separator":","`}},
		{"an encoding", map[string]string{"file:p.csv": planTable, "kind": "task", "dry_run": "1", "encoding": "latin-1"}, 200, []string{`"encoding":"latin-1"`, "不认识"}},
		{"an unknown encoding", map[string]string{"file:p.csv": planTable, "kind": "task", "encoding": "ebcdic"}, 400, []string{"encoding 应为 utf-8、gb18030"}},
		{"50 kB of brackets", map[string]string{"file:p.csv": planTable, "mapping:m.yaml": strings.Repeat("[", 50_000)}, 400, []string{"嵌套超过 32 层"}},
		{"a casualty of no accident", map[string]string{"file:d.csv": "来源键,单位,发生时间,所属事故,死亡时间\n1,hq,2020-07-02,130636202000001,2020-07-02\n", "kind": "casualty"}, 200, []string{"没有编号为“130636202000001”的事故"}},
		{"a slip in a name", map[string]string{"file:p.csv": planTable, "kind": "task", "dryrun": "1"}, 400, []string{"没有表单项 dryrun，是否指 dry_run？"}},
		{"a slip in a flag", map[string]string{"file:p.csv": planTable, "kind": "task", "dry_run": "yes"}, 400, []string{"dry_run 应为 1 或 0"}},
		{"faults", map[string]string{"file:p.csv": bad, "kind": "task"}, 200, []string{`"imported":false`, `"row":3,"column":"C"`, "不存在"}},
		{"the valid rows", map[string]string{"file:p.csv": bad, "kind": "task", "accept_valid": "1"}, 200, []string{`"imported":true`, `"rejected":1`, `"rejects_name":"p.rejects-`}},
		{"all", map[string]string{"file:p.csv": planTable, "kind": "task"}, 200, []string{`"imported":true`, `"created":1`, `"unchanged":1`, `"outlook":{"rows":2,"counting":0`}},
		{"again", map[string]string{"file:p.csv": planTable, "kind": "task"}, 200, []string{`"unchanged":2`, `"run":""`}},
	}
	for _, tt := range steps {
		status, body := sendTable(t, url, session.Token, tt.parts)
		for _, want := range tt.contains {
			if status != tt.status || !strings.Contains(body, want) {
				t.Fatalf("%s: %d, lacks %q: %s", tt.name, status, want, body)
			}
		}
		var answer struct{ Run struct{ Run string } }
		if json.Unmarshal([]byte(body), &answer) == nil && answer.Run.Run != "" {
			run = answer.Run.Run
		}
	}
	file := filepath.Join(t.TempDir(), "p.csv")
	if err := os.WriteFile(file, []byte(planTable), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, out, errs := try(t, "", "import", file, "--kind", "task", "--dry-run", "--data", dir); code != 0 || !strings.Contains(out, "新建 0，更正 0，恢复 0，未变 2") {
		t.Errorf("a dry run beside the server: %d %s%s", code, out, errs)
	}
	for _, tt := range []struct {
		method, path string
		status       int
		want         string
	}{
		{"GET", "", 200, `"by":"admin"`},
		{"POST", "/" + run + "/undo", 200, `"voided":1`},
		{"POST", "/nosuch00/undo", 404, "not_found"},
		{"GET", "", 200, `"undone_by":"`},
	} {
		if status, body := call(t, tt.method, url+tt.path, session.Token, "", ""); status != tt.status || !strings.Contains(body, tt.want) {
			t.Errorf("%s %s: %d %s", tt.method, tt.path, status, body)
		}
	}
	if status, _ := sendTable(t, url, "", map[string]string{"kind": "task"}); status != http.StatusUnauthorized {
		t.Errorf("a stranger gets %d", status)
	}
}
