//go:build office

package report

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// LibreOffice opens the workbooks, sets each on one page, and prints the key cells of the sheets written by hand. The
// test needs soffice (libreoffice-calc), a Chinese font (fonts-noto-cjk) and pdfinfo, pdftotext (poppler-utils).
func TestLibreOfficePrintsTheWorkbook(t *testing.T) {
	for name, input := range inputs {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			book := filepath.Join(dir, name+".xlsx")
			if err := os.WriteFile(book, xlsx(t, sheet(t, input(t))), 0o600); err != nil {
				t.Fatal(err)
			}
			runTool(t, "soffice", "-env:UserInstallation=file://"+dir+"/profile", "--headless", "--convert-to", "pdf", "--outdir", dir, book)
			pdf := filepath.Join(dir, name+".pdf")
			if info := runTool(t, "pdfinfo", pdf); !strings.Contains(info, "Pages:           1\n") || !strings.Contains(info, "A4") {
				t.Errorf("not one page of A4:\n%s", info)
			}
			text := withoutSpaces(runTool(t, "pdftotext", "-layout", pdf, "-"))
			for _, w := range readByHand(t, name) {
				// A text broken into lines is spread over the columns: the test looks for its beginning.
				if want := withoutSpaces(firstCharacters(w.text, 5)); !strings.Contains(text, want) {
					t.Errorf("%s: the page does not show %q", w.area, want)
				}
			}
			if !strings.Contains(text, "sha256:"+sheet(t, input(t)).Digest) {
				t.Error("no digest on the page")
			}
		})
	}
}

func runTool(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
	return string(out)
}

// firstCharacters is the first n characters of a text's first line.
func firstCharacters(text string, n int) string {
	first, _, _ := strings.Cut(text, "\n")
	if r := []rune(first); len(r) > n {
		return string(r[:n])
	}
	return first
}

// withoutSpaces takes all spaces out.
func withoutSpaces(text string) string { return strings.Join(strings.Fields(text), "") }
