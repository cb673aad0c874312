package sheet

import (
	"strconv"
	"strings"
)

// texts are the shared texts, one behind the other in chunks of memory never copied again.
type texts struct {
	chunks [][]byte
	ends   []uint32 // of each text, counted over all chunks
}

const chunkSize = 1 << 20

func (t *texts) size() uint32 {
	if len(t.ends) == 0 {
		return 0
	}
	return t.ends[len(t.ends)-1]
}

func (t *texts) add(text []byte) error {
	size := t.size()
	if len(t.ends) == maxTextCount || int(size)+len(text) > maxTexts {
		return refuse("工作簿的文字太多，请拆分成几个文件", "the workbook holds too much text: split it into several files")
	}
	t.ends = append(t.ends, size+uint32(len(text)))
	for len(text) > 0 {
		if int(size/chunkSize) == len(t.chunks) {
			t.chunks = append(t.chunks, make([]byte, chunkSize))
		}
		n := copy(t.chunks[size/chunkSize][size%chunkSize:], text)
		text, size = text[n:], size+uint32(n)
	}
	return nil
}

// at is the text of an index written in digits.
func (t *texts) at(index string) (string, bool) {
	i, err := strconv.Atoi(strings.TrimSpace(index))
	if err != nil || i < 0 || i >= len(t.ends) {
		return "", false
	}
	from := uint32(0)
	if i > 0 {
		from = t.ends[i-1]
	}
	var out strings.Builder
	out.Grow(int(t.ends[i] - from))
	for from < t.ends[i] {
		chunk := t.chunks[from/chunkSize][from%chunkSize:]
		n := min(uint32(len(chunk)), t.ends[i]-from)
		out.Write(chunk[:n])
		from += n
	}
	return out.String(), true
}

func (b *Book) readTexts(part string) error {
	if part == "" {
		return nil
	}
	s, closer, err := b.part(part, maxStrings)
	if err != nil {
		return err
	}
	defer closer.Close()
	var text []byte
	return s.each(func(name string) error {
		if name != "si" {
			return nil
		}
		if text, err = s.richText(text[:0]); err != nil {
			return err
		}
		return b.texts.add(text)
	})
}

// richText reads the element just started to its end: the texts of its runs, without phonetic guides.
func (s *scanner) richText(to []byte) ([]byte, error) {
	for depth, inText := s.depth, 0; ; {
		ev, err := s.next()
		if err != nil || ev == evEOF {
			return to, orXML(err)
		}
		switch {
		case ev == evStart && string(s.name) == "rPh":
			if err := s.skip(); err != nil {
				return to, err
			}
		case ev == evStart && string(s.name) == "t":
			inText = s.depth
		case ev == evText && inText == s.depth:
			if to = append(to, s.text...); len(to) > maxText {
				return to, refuse("一格的文字太长", "the text of a cell is too long")
			}
		case ev == evEnd && s.depth < depth:
			return unescape(to), nil
		case ev == evEnd && s.depth < inText:
			inText = 0
		}
	}
}

// unescape writes _x000D_ and the like as the characters meant; _x005F_ is an underscore.
func unescape(b []byte) []byte {
	at := 0
	for i := 0; i < len(b); i++ {
		if i+7 <= len(b) && b[i] == '_' && b[i+1] == 'x' && b[i+6] == '_' {
			if c, err := strconv.ParseUint(string(b[i+2:i+6]), 16, 16); err == nil && (c < 0xd800 || c > 0xdfff) && c != 0 {
				at += copy(b[at:], string(rune(c)))
				i += 6
				continue
			}
		}
		b[at] = b[i]
		at++
	}
	return []byte(strings.ReplaceAll(string(b[:at]), "\r\n", "\n"))
}
