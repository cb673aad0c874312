package source

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/scanner"
	"github.com/goccy/go-yaml/token"
)

// Bounds of a file. The parser has none: its work grows with the square of the depth, of the keys of a mapping and of
// the documents, and each node holds the names of all keys above. A token takes 250 bytes, and a file may be all
// tokens. The largest catalogue so far has 44 kB, 5,100 tokens and a depth of 8.
const (
	maxSize      = 512 << 10 // bytes
	maxTokens    = 40_000
	maxDepth     = 32
	maxKey       = 1000     // bytes of a key
	maxPaths     = 64 << 20 // bytes of the names above all tokens together, at most
	maxDocuments = 16
	maxExpanded  = 40_000 // nodes once each alias is replaced by a copy of its anchor's
)

var bom = []byte("\ufeff")

// decoded is the file without a byte order mark. Editors of Windows write one, and save as GB18030 or UTF-16 on demand.
func decoded(data []byte) ([]byte, error) {
	if len(data) > maxSize {
		return nil, fmt.Errorf("the file is larger than %d bytes", maxSize)
	}
	data = bytes.TrimPrefix(data, bom)
	if !utf8.Valid(data) || bytes.IndexByte(data, 0) >= 0 {
		return nil, errors.New("the file is not UTF-8 text: save it again as UTF-8")
	}
	return data, nil
}

// tokensOf cuts text into tokens and stops at the first bound.
func tokensOf(text string) (token.Tokens, error) {
	var s scanner.Scanner
	s.Init(text)
	var tokens token.Tokens
	var m meter
	for {
		more, err := s.Scan()
		if errors.Is(err, io.EOF) {
			return tokens, m.pathFault()
		}
		for _, t := range more {
			if fault := m.add(t); fault != "" {
				return nil, &Error{Line: t.Position.Line, Column: t.Position.Column, Reason: fault}
			}
		}
		tokens.Add(more...)
	}
}

// meter measures the tokens of a file.
type meter struct {
	tokens, documents int
	flow              int   // open brackets
	columns           []int // of the open blocks
	deepest, longest  int   // depth; bytes of a key
	last              *token.Token
}

// add counts one more token; a fault names the bound.
func (m *meter) add(t *token.Token) string {
	m.tokens++
	switch t.Type {
	case token.DocumentHeaderType:
		m.documents++
		m.columns = m.columns[:0]
	case token.SequenceStartType, token.MappingStartType:
		m.flow++
	case token.SequenceEndType, token.MappingEndType:
		m.flow = max(m.flow-1, 0)
	case token.SequenceEntryType, token.MappingKeyType:
		m.openBlock(t)
	case token.MappingValueType:
		if m.last != nil {
			m.longest = max(m.longest, len(m.last.Value))
			m.openBlock(m.last)
		}
	}
	m.last = t
	m.deepest = max(m.deepest, m.flow+len(m.columns))
	switch {
	case m.tokens > maxTokens:
		return fmt.Sprintf("the file has more than %d words and signs", maxTokens)
	case m.deepest > maxDepth:
		return fmt.Sprintf("the file nests deeper than %d levels", maxDepth)
	case m.longest > maxKey:
		return fmt.Sprintf("a key is longer than %d bytes", maxKey)
	case m.documents > maxDocuments:
		return fmt.Sprintf("a file holds one document, this one has %d", m.documents)
	}
	return ""
}

// openBlock opens the block at a token's column, and closes all blocks right of that column.
func (m *meter) openBlock(t *token.Token) {
	if m.flow > 0 {
		return
	}
	n := len(m.columns)
	for n > 0 && m.columns[n-1] > t.Position.Column {
		n--
	}
	m.columns = m.columns[:n]
	if n == 0 || m.columns[n-1] < t.Position.Column {
		m.columns = append(m.columns, t.Position.Column)
	}
}

// pathFault bounds the names that the parser keeps for all nodes together.
func (m *meter) pathFault() error {
	if m.tokens*m.deepest*m.longest > maxPaths {
		return errors.New("the file is too large for the length of its keys: shorten the longest")
	}
	return nil
}

// expansion counts nodes as if each alias were a copy: ten aliases of ten aliases of ten are a thousand.
type expansion struct {
	anchors map[string]int
}

func (e *expansion) size(n ast.Node) int {
	total := 1
	switch n := n.(type) {
	case *ast.AnchorNode:
		total += e.size(n.Value)
		e.anchors[n.Name.String()] = total
	case *ast.AliasNode:
		total += e.anchors[n.Value.String()]
	case *ast.TagNode:
		total += e.size(n.Value)
	case *ast.MappingValueNode:
		total += e.size(n.Key) + e.size(n.Value)
	case *ast.MappingNode:
		for _, v := range n.Values {
			total = min(total+e.size(v), maxExpanded+1)
		}
	case *ast.SequenceNode:
		for _, v := range n.Values {
			total = min(total+e.size(v), maxExpanded+1)
		}
	}
	return min(total, maxExpanded+1)
}

func expansionFault(n ast.Node) error {
	e := expansion{anchors: map[string]int{}}
	if e.size(n) > maxExpanded {
		return errors.New("the file grows too large by its aliases (*name): write the values out")
	}
	return nil
}
