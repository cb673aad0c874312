// Unicode's composed form (NFC), with the server's bound: more than 30 marks in a row are parted by a grapheme joiner
// (Stream-Safe Text Format, Unicode Standard Annex 15). Such texts are mischief, and must give one value everywhere. Node and
// browsers may know marks of a later Unicode than the server does.

const mostMarks = 30;
const plain = /^[\0-\x7f\u4000-\u9fff]*$/; // nearly every name: nothing to compose
const joiner = "\u034f";
const lastMark = "\u0345"; // of the greatest combining class: every other mark is sorted before this one

/** @param {string} text */
export function compose(text) {
  return plain.test(text) ? text : parted(text).normalize("NFC");
}

/** @param {string} text */
function parted(text) {
  let out = "";
  let marks = 0;
  for (const c of text) {
    const parts = [...c.normalize("NFKD")];
    const leading = isMark(parts[0]) ? parts.length : 0;
    if (leading > 0 && marks + leading > mostMarks) {
      out += joiner;
      marks = 0;
    }
    marks = leading > 0 ? marks + leading : trailingMarks(parts);
    out += c;
  }
  return out;
}

/** @param {string[]} parts */
function trailingMarks(parts) {
  let n = 0;
  while (n < parts.length && isMark(parts[parts.length - 1 - n])) n++;
  return n;
}

// Letters that join a letter before them: of Hangul, and vowel signs of India and its neighbours.
const joining = /[\u09be\u09d7\u0b3e\u0b56\u0b57\u0bbe\u0bd7\u0cc2\u0cd5\u0cd6\u0d3e\u0d57\u0dcf\u0ddf\u102e\u1161-\u1175\u11a8-\u11c2\u1b35\u{11127}\u{1133e}\u{11357}\u{114b0}\u{114ba}\u{114bd}\u{115af}\u{11930}]/u;

/**
 * Reports whether a character counts as a mark: its combining class is not 0, or it joins a letter.
 * @param {string} c
 */
function isMark(c) {
  return c === lastMark || joining.test(c) || (lastMark + c).normalize("NFD") !== lastMark + c;
}
