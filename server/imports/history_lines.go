package imports

import (
	"bytes"
	"errors"
	"slices"

	"roadbook/sync/wire"
)

// lineLog holds lines with their IDs packed, in order: a million take some 80 MB.
type lineLog struct {
	packed [][]byte // logLines lines each
	open   [][]byte // lines not yet packed
	count  int
	cached []cachedLines // the chunks unpacked last
	oldest int           // of cached: replaced next
}

type cachedLines struct {
	chunk int
	lines [][]byte
}

const (
	logLines  = 64
	logCached = 64 // chunks kept unpacked: rows come back in about the order of their lines
)

func (l *lineLog) add(id wire.ObsID, raw []byte) {
	l.count++
	if l.open = append(l.open, slices.Concat([]byte(id.String()+" "), raw)); len(l.open) == logLines {
		l.packed = append(l.packed, wire.PackLines(l.open))
		l.open = l.open[:0]
	}
}

var errLog = errors.New("imports: the importer's own lines can't be unpacked")

// at is the line at an index. The bytes are valid until many other lines are read.
func (l *lineLog) at(i int) (id wire.ObsID, raw []byte, err error) {
	lines, err := l.chunk(i / logLines)
	if err != nil || i%logLines >= len(lines) {
		return id, nil, errors.Join(errLog, err)
	}
	text, raw, _ := bytes.Cut(lines[i%logLines], []byte(" "))
	id, err = wire.ParseObsID(string(text))
	return id, raw, err
}

func (l *lineLog) chunk(n int) ([][]byte, error) {
	if n == len(l.packed) {
		return l.open, nil
	}
	for i := range l.cached {
		if l.cached[i].chunk == n {
			return l.cached[i].lines, nil
		}
	}
	lines, err := wire.UnpackLines(l.packed[n], maxUnpacked)
	if err != nil {
		return nil, err
	}
	if len(l.cached) < logCached {
		l.cached = append(l.cached, cachedLines{n, lines})
		return lines, nil
	}
	l.cached[l.oldest] = cachedLines{n, lines}
	l.oldest = (l.oldest + 1) % logCached
	return lines, nil
}
