package schema

// The closed table of characters: schema/DOMAIN.md#characters. Sources are properties and blocks of the Unicode
// Character Database, version 15.0; the tests compare the table with Go's copy. The table never follows a new version by
// itself, because two programs of different age must make the same key of the same line.

// dropped stands for a removed character.
const dropped = rune(-1)

const (
	hangulFiller = '\u3164'
	fullWidth    = 0xfee0 // from a full-width form to its ASCII character
)

// span is a run of characters of the same effect.
type span struct {
	first, last rune
	effect      effect
}

type effect uint8

const (
	unseen    effect = iota + 1 // nothing to see, ever: dropped everywhere
	shapes                      // changes at most its neighbour's shape: dropped from names
	hyphen                      // "-" in names
	space                       // " " in names
	halfWidth                   // its ASCII character in names
)

func (s *span) replace(r rune) rune {
	switch s.effect {
	case hyphen:
		return '-'
	case space:
		return ' '
	case halfWidth:
		return r - fullWidth
	default:
		return dropped
	}
}

// charTable is the table's part for a sort of text.
type charTable struct {
	spans []span
	prose bool
}

var (
	nameTable  = &charTable{spans: characters[:]}
	proseTable = &charTable{spans: unseenSpans(), prose: true}
)

func unseenSpans() (out []span) {
	for _, s := range characters {
		if s.effect == unseen {
			out = append(out, s)
		}
	}
	return out
}

// characters is sorted.
//
//   - unseen and shapes together are the property Default_Ignorable_Code_Point, and the blank of the Braille patterns.
//   - hyphen is the general category Pd, and signs of other categories that input methods give for a hyphen.
//   - space is the general category Zs.
//   - halfWidth is, of the block Halfwidth and Fullwidth Forms, digits, letters and the punctuation of numbers.
var characters = [...]span{
	{0x00a0, 0x00a0, space},  // no-break space
	{0x00ad, 0x00ad, unseen}, // soft hyphen
	{0x02d7, 0x02d7, hyphen}, // modifier letter minus sign
	{0x034f, 0x034f, unseen}, // combining grapheme joiner
	{0x058a, 0x058a, hyphen}, // Armenian hyphen
	{0x05be, 0x05be, hyphen}, // Hebrew maqaf
	{0x061c, 0x061c, unseen}, // Arabic letter mark
	{0x115f, 0x1160, unseen}, // Hangul fillers
	{0x1400, 0x1400, hyphen}, // Canadian syllabics hyphen
	{0x1680, 0x1680, space},  // Ogham space mark
	{0x17b4, 0x17b5, unseen}, // Khmer inherent vowels
	{0x1806, 0x1806, hyphen}, // Mongolian hyphen
	{0x180b, 0x180d, shapes}, // Mongolian variation selectors
	{0x180e, 0x180e, unseen}, // Mongolian vowel separator
	{0x180f, 0x180f, shapes}, // Mongolian variation selector
	{0x2000, 0x200a, space},  // spaces of typography
	{0x200b, 0x200b, unseen}, // zero-width space
	{0x200c, 0x200d, shapes}, // zero-width non-joiner and joiner
	{0x200e, 0x200f, unseen}, // left-to-right and right-to-left mark
	{0x2010, 0x2015, hyphen}, // hyphens and dashes of General Punctuation
	{0x202a, 0x202e, unseen}, // bidirectional embeddings and overrides
	{0x202f, 0x202f, space},  // narrow no-break space
	{0x2043, 0x2043, hyphen}, // hyphen bullet
	{0x205f, 0x205f, space},  // medium mathematical space
	{0x2060, 0x206f, unseen}, // word joiner, invisible operators, bidirectional isolates, deprecated format characters
	{0x2212, 0x2212, hyphen}, // minus sign
	{0x2500, 0x2501, hyphen}, // box drawings horizontal, for a dash on Chinese keyboards
	{0x2800, 0x2800, shapes}, // Braille pattern blank
	{0x2e17, 0x2e17, hyphen}, // double oblique hyphen
	{0x2e1a, 0x2e1a, hyphen}, // hyphen with diaeresis
	{0x2e3a, 0x2e3b, hyphen}, // two-em and three-em dash
	{0x2e40, 0x2e40, hyphen}, // double hyphen
	{0x2e5d, 0x2e5d, hyphen}, // oblique hyphen
	{0x3000, 0x3000, space},  // ideographic space
	{0x301c, 0x301c, hyphen}, // wave dash
	{0x3030, 0x3030, hyphen}, // wavy dash
	{0x30a0, 0x30a0, hyphen}, // Katakana-Hiragana double hyphen
	{hangulFiller, hangulFiller, unseen},
	{0xfe00, 0xfe0f, shapes},    // variation selectors
	{0xfe31, 0xfe32, hyphen},    // dashes for vertical text
	{0xfe58, 0xfe58, hyphen},    // small em dash
	{0xfe63, 0xfe63, hyphen},    // small hyphen-minus
	{0xfeff, 0xfeff, unseen},    // byte order mark, zero-width no-break space
	{0xff03, 0xff03, halfWidth}, // ＃
	{0xff08, 0xff09, halfWidth}, // （ ）
	{0xff0b, 0xff0b, halfWidth}, // ＋
	{0xff0d, 0xff0d, hyphen},    // －
	{0xff0e, 0xff1a, halfWidth}, // ． ／ digits ：
	{0xff21, 0xff3b, halfWidth}, // capital letters ［
	{0xff3d, 0xff3d, halfWidth}, // ］
	{0xff3f, 0xff3f, halfWidth}, // ＿
	{0xff41, 0xff5a, halfWidth}, // small letters
	{0xffa0, 0xffa0, unseen},    // half-width Hangul filler
	{0xfff0, 0xfff8, unseen},    // unassigned, of no width
	{0x10ead, 0x10ead, hyphen},  // Yezidi hyphenation mark
	{0x1bca0, 0x1bca3, unseen},  // shorthand format controls
	{0x1d173, 0x1d17a, unseen},  // musical symbols' format controls
	{0xe0000, 0xe00ff, unseen},  // tags
	{0xe0100, 0xe01ef, shapes},  // variation selectors of the supplement
	{0xe01f0, 0xe0fff, unseen},  // unassigned, of no width
}
