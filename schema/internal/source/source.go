// Package source reads a YAML file strictly (unknown and repeated keys are faults) and knows the place of each value,
// so that a later check of the content can still name line and column.
package source

import (
	"errors"
	"fmt"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// Error is a fault at a place of a file; Line and Column count from 1, 0 = not known.
type Error struct {
	File         string
	Line, Column int
	Reason       string
}

func (e *Error) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, e.Reason)
}

// Document is a parsed file.
type Document struct {
	file string
	root ast.Node
}

// Read parses data into out, a pointer to a struct with yaml tags: UTF-8 with or without a byte order mark, at most 512 KiB
// and 32 levels deep. Its error is an *Error. file is only used in errors.
func Read(data []byte, file string, out any) (*Document, error) {
	body, err := parse(data)
	if err == nil {
		err = yaml.NodeToValue(body, out, yaml.Strict())
	}
	if err != nil {
		return nil, translate(err, file)
	}
	return &Document{file: file, root: body}, nil
}

// parse bounds a file before the parser sees it.
func parse(data []byte) (ast.Node, error) {
	text, err := decoded(data)
	if err != nil {
		return nil, err
	}
	tokens, err := tokensOf(string(text))
	if err != nil {
		return nil, err
	}
	parsed, err := parser.Parse(tokens, 0)
	switch {
	case err != nil:
		return nil, err
	case len(parsed.Docs) != 1:
		return nil, fmt.Errorf("a file holds one document, this one has %d", len(parsed.Docs))
	case isEmpty(parsed.Docs[0].Body):
		return nil, errors.New("the file is empty")
	}
	return parsed.Docs[0].Body, expansionFault(parsed.Docs[0].Body)
}

func isEmpty(body ast.Node) bool {
	if body == nil {
		return true
	}
	_, comment := body.(*ast.CommentGroupNode)
	return comment
}

func translate(err error, file string) *Error {
	if at, ok := errors.AsType[*Error](err); ok {
		at.File = file
		return at
	}
	out := &Error{File: file, Reason: err.Error()}
	if at, ok := errors.AsType[yaml.Error](err); ok {
		out.Reason = at.GetMessage()
		if t := at.GetToken(); t != nil && t.Position != nil {
			out.Line, out.Column = t.Position.Line, t.Position.Column
		}
	}
	return out
}

// At returns the line and column of the value at a path of keys (string) and indices (int), or of the nearest existing
// part of the path.
func (d *Document) At(path ...any) (line, column int) {
	node, at := d.root, position(d.root)
	for _, step := range path {
		if node = child(node, step); node == nil {
			break
		}
		if p := position(node); p != nil {
			at = p
		}
	}
	if at == nil {
		return 0, 0
	}
	return at.Line, at.Column
}

// KeyAt returns the line and column of the last key of a path, or of the item of a list that a path ends with; ok is
// false if the file has no such part.
func (d *Document) KeyAt(path ...any) (line, column int, ok bool) {
	if len(path) == 0 {
		return 0, 0, false
	}
	parent, last := d.root, path[len(path)-1]
	for _, step := range path[:len(path)-1] {
		parent = child(parent, step)
	}
	at := position(child(parent, last))
	if name, isKey := last.(string); isKey {
		at = keyPosition(parent, name)
	}
	if at == nil {
		return 0, 0, false
	}
	return at.Line, at.Column, true
}

func keyPosition(n ast.Node, name string) *token.Position {
	if a, ok := n.(*ast.AnchorNode); ok {
		return keyPosition(a.Value, name)
	}
	if m, ok := n.(*ast.MappingNode); ok {
		for _, v := range m.Values {
			if v.Key.GetToken().Value == name {
				return v.Key.GetToken().Position
			}
		}
	}
	return nil
}

// Fault makes an error at a path.
func (d *Document) Fault(reason string, path ...any) *Error {
	line, column := d.At(path...)
	return &Error{File: d.file, Line: line, Column: column, Reason: reason}
}

// position is the beginning of a node: for a mapping its first key.
func position(n ast.Node) *token.Position {
	if m, ok := n.(*ast.MappingNode); ok && len(m.Values) > 0 && !m.IsFlowStyle {
		n = m.Values[0].Key
	}
	if n == nil || n.GetToken() == nil {
		return nil
	}
	return n.GetToken().Position
}

func child(n ast.Node, step any) ast.Node {
	switch n := n.(type) {
	case *ast.AnchorNode:
		return child(n.Value, step)
	case *ast.MappingNode:
		for _, v := range n.Values {
			if name, ok := step.(string); ok && v.Key.GetToken().Value == name {
				return v.Value
			}
		}
	case *ast.SequenceNode:
		if i, ok := step.(int); ok && i < len(n.Values) {
			return n.Values[i]
		}
	}
	return nil
}
