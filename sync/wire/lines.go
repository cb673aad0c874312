package wire

import (
	"bytes"
	"errors"
)

// ErrBadLines: the bytes are not from PackLines, or hold more than the limit.
var ErrBadLines = errors.New("wire: not packed lines")

var errNewline = errors.New("wire: a line holds a newline")

// PackLines compresses lines for storage: zstd over each line and its newline. Lines hold no newline.
func PackLines(lines [][]byte) []byte {
	text, err := appendLines(make([]byte, 0, textSize(lines)), lines)
	if err != nil {
		panic(err) // every line came through a decoder or writer, and neither lets a newline pass
	}
	packed, _ := compress(text, Zstd)
	return packed
}

// UnpackLines returns the lines packed by PackLines; all lines alias one buffer. ErrBadLines: b is damaged or holds
// more than limit bytes.
func UnpackLines(b []byte, limit int) ([][]byte, error) {
	text, err := inflate(b, Zstd, limit)
	if err != nil {
		return nil, errors.Join(ErrBadLines, err)
	}
	if len(text) == 0 {
		return nil, nil
	}
	if text[len(text)-1] != '\n' {
		return nil, ErrBadLines
	}
	return splitLines(text, bytes.Count(text, []byte{'\n'})), nil
}

// splitLines cuts the first n lines off text. text has at least n newlines.
func splitLines(text []byte, n int) [][]byte {
	lines := make([][]byte, n)
	for i := range lines {
		end := bytes.IndexByte(text, '\n')
		lines[i] = text[:end:end]
		text = text[end+1:]
	}
	return lines
}

func textSize(lines [][]byte) int {
	n := 0
	for _, line := range lines {
		n += len(line) + 1
	}
	return n
}

func appendLines(b []byte, lines [][]byte) ([]byte, error) {
	for _, line := range lines {
		if bytes.IndexByte(line, '\n') >= 0 {
			return nil, errNewline
		}
		b = append(append(b, line...), '\n')
	}
	return b, nil
}
