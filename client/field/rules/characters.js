// Texts in the one form in which the server stores, compares and looks them up: schema/DOMAIN.md#characters. The table of
// characters is the server's own.

import { compose } from "./compose.js";

const fullWidth = 0xfee0; // from a full-width form to its ASCII character
const dropped = -1;
const chineseDashes = new Set([0x2014, 0x2015, 0x2500]); // two of one sign are one dash

export class Characters {
  /** @param {[number, number, string][]} spans first, last, effect; sorted */
  constructor(spans) {
    this.names = spans;
    this.unseen = spans.filter(([, , effect]) => effect === "unseen");
  }

  /**
   * The clean form of a name, number, code or reference.
   * @param {string} text
   */
  name(text) {
    return trim(compose(replaceAll(this.names, text)));
  }

  /**
   * A text for reading, without what nobody can see.
   * @param {string} text
   */
  prose(text) {
    const clean = trim(compose(replaceAll(this.unseen, text)));
    return this.shows(clean) ? clean : "";
  }

  /**
   * A name as names are compared: clean, in small letters.
   * @param {string} text
   */
  fold(text) {
    return lower(this.name(text));
  }

  /** @param {string} text */
  shows(text) {
    return [...text].some((c) => replace(this.names, c.codePointAt(0) ?? 0) !== dropped && !isSpace(c));
  }
}

/**
 * @param {[number, number, string][]} spans
 * @param {string} text
 */
function replaceAll(spans, text) {
  let out = "";
  let half = 0; // first half of a Chinese dash
  for (const c of text) {
    const from = c.codePointAt(0) ?? 0;
    const to = from < 0x80 ? from : replace(spans, from);
    if (to === dropped) continue;
    if (to === 0x2d && from === half) {
      half = 0;
      continue;
    }
    out += String.fromCodePoint(to);
    half = chineseDashes.has(from) ? from : 0;
  }
  return out;
}

/**
 * @param {[number, number, string][]} spans
 * @param {number} c
 */
function replace(spans, c) {
  const span = spans.find(([, last]) => c <= last);
  if (!span || c < span[0]) return c;
  switch (span[2]) {
    case "hyphen":
      return 0x2d;
    case "space":
      return 0x20;
    case "half":
      return c - fullWidth;
    default:
      return dropped;
  }
}

/**
 * Without white space at both ends. JavaScript's own trim knows another set.
 * @param {string} text
 */
export function trim(text) {
  let [first, end] = [0, text.length];
  while (first < end && isSpace(text[first])) first++;
  while (first < end && isSpace(text[end - 1])) end--;
  return text.slice(first, end);
}

/** @param {string} c */
export function isSpace(c) {
  return /^\p{White_Space}/u.test(c);
}

/**
 * Small letters, one character for one, as the server's.
 * @param {string} text
 */
export function lower(text) {
  return [...text].map((c) => (c === "\u0130" ? "i" : c.toLowerCase())).join("");
}

/**
 * Orders texts as the server does: by characters, not by halves of surrogate pairs.
 * @param {string} a
 * @param {string} b
 */
export function compareTexts(a, b) {
  const as = [...a];
  const bs = [...b];
  for (let i = 0; i < as.length && i < bs.length; i++) {
    const by = (as[i].codePointAt(0) ?? 0) - (bs[i].codePointAt(0) ?? 0);
    if (by !== 0) return by;
  }
  return as.length - bs.length;
}

/** @param {string} text */
export function countCharacters(text) {
  let n = 0;
  for (const _ of text) n++;
  return n;
}
