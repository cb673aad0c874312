package sheet

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"unicode/utf8"
)

func isSpace(b byte) bool { return b == ' ' || b == '\t' || b == '\n' || b == '\r' }

func (s *scanner) skipSpace(b byte) (byte, error) {
	var err error
	for isSpace(b) && err == nil {
		b, err = s.mustByte()
	}
	return b, err
}

// readName reads a name into buf, without its prefix, and returns the byte behind it.
func (s *scanner) readName(buf []byte, b byte) (name []byte, after byte, prefixed bool, err error) {
	buf = buf[:0]
	for !isSpace(b) && b != '>' && b != '/' && b != '=' {
		if b == '<' || b == '"' || b == '\'' || b == '&' || len(buf) >= 256 {
			return buf, b, prefixed, errXML
		}
		if b == ':' {
			buf, prefixed = buf[:0], true
		} else {
			buf = append(buf, b)
		}
		if b, err = s.mustByte(); err != nil {
			return buf, b, prefixed, err
		}
	}
	if len(buf) == 0 {
		return buf, b, prefixed, errXML
	}
	return buf, b, prefixed, nil
}

// readAttr reads name="value" and returns the byte behind it.
func (s *scanner) readAttr(b byte) (after byte, err error) {
	if len(s.attrs) == maxAttrs {
		return b, errXML
	}
	if len(s.attrs) < cap(s.attrs) {
		s.attrs = s.attrs[:len(s.attrs)+1]
	} else {
		s.attrs = append(s.attrs, attr{})
	}
	a := &s.attrs[len(s.attrs)-1]
	if a.name, b, a.prefixed, err = s.readName(a.name, b); err != nil {
		return b, err
	}
	if b, err = s.skipSpace(b); err != nil || b != '=' {
		return b, orXML(err)
	}
	quote, err := s.mustByte()
	if err == nil {
		quote, err = s.skipSpace(quote)
	}
	if err != nil || quote != '"' && quote != '\'' {
		return b, orXML(err)
	}
	a.value = a.value[:0]
	for {
		b, err := s.mustByte()
		switch {
		case err != nil:
			return b, err
		case b == quote:
			a.value = validUTF8(a.value)
			return s.mustByte()
		case b == '<', len(a.value) >= maxText:
			return b, errXML
		case b == '&':
			a.value, err = s.readEntity(a.value)
			if err != nil {
				return b, err
			}
		default:
			a.value = append(a.value, b)
		}
	}
}

// readText reads text up to the next "<". Line ends become line feeds.
func (s *scanner) readText(b byte) (err error) {
	s.text = s.text[:0]
	for last := byte(0); ; {
		switch {
		case len(s.text) >= maxText:
			return refuse("一格的文字太长", "the text of a cell is too long")
		case b == '&':
			if s.text, err = s.readEntity(s.text); err != nil {
				return err
			}
		case b == '\r':
			s.text = append(s.text, '\n')
		case b != '\n' || last != '\r':
			s.text = append(s.text, b)
		}
		ahead, err := s.src.Peek(1)
		if errors.Is(err, io.EOF) || err == nil && ahead[0] == '<' {
			s.text = validUTF8(s.text)
			return nil
		}
		last = b
		if b, err = s.readByte(); err != nil {
			return err
		}
	}
}

func validUTF8(b []byte) []byte {
	if utf8.Valid(b) {
		return b
	}
	return bytes.ToValidUTF8(b, []byte("\ufffd"))
}

var entities = map[string]byte{"lt": '<', "gt": '>', "amp": '&', "quot": '"', "apos": '\''}

// readEntity reads on behind an "&" and appends the character.
func (s *scanner) readEntity(to []byte) ([]byte, error) {
	var name [12]byte
	for n := range name {
		b, err := s.mustByte()
		if err != nil {
			return to, err
		}
		if b != ';' {
			name[n] = b
			continue
		}
		word := string(name[:n])
		if c, ok := entities[word]; ok {
			return append(to, c), nil
		}
		if n < 2 || word[0] != '#' {
			return to, errXML
		}
		digits, base := word[1:], 10
		if digits[0] == 'x' {
			digits, base = digits[1:], 16
		}
		c, err := strconv.ParseUint(digits, base, 21)
		if err != nil {
			return to, errXML
		}
		return utf8.AppendRune(to, rune(c)), nil
	}
	return to, errXML
}
