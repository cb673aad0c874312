package house

import (
	"go/ast"
	"slices"
	"strings"
	"testing"
)

const (
	mostLines      = 350 // of a file, tests too
	medianFunction = 10  // lines of the middle function, tests apart
)

// TestSizes: files and functions stay short.
func TestSizes(t *testing.T) {
	var lengths []int
	eachFile(t, func(_ string, file *ast.File) {
		f := files.File(file.Pos())
		if n := f.LineCount(); n > mostLines {
			t.Errorf("%s has %d lines, at most %d", f.Name(), n, mostLines)
		}
		if strings.HasSuffix(f.Name(), "_test.go") {
			return
		}
		for _, d := range file.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok {
				lengths = append(lengths, f.Line(fn.End())-f.Line(fn.Pos())+1)
			}
		}
	})
	slices.Sort(lengths)
	if len(lengths) < 1000 {
		t.Fatalf("only %d functions found", len(lengths))
	}
	if median := lengths[len(lengths)/2]; median > medianFunction {
		t.Errorf("the middle function has %d lines, at most %d", median, medianFunction)
	}
}
