// JSON as the server reads it: numbers stay texts, members stay in order and may stand twice, and half a surrogate pair is JSON
// but no text. JSON.parse would hide all three.

const maxDepth = 32; // of values of unknown fields

/** The text is no JSON. */
export class NotJSON extends Error {}

const escapes = new Map([["\"", "\""], ["\\", "\\"], ["/", "/"], ["b", "\b"], ["f", "\f"], ["n", "\n"], ["r", "\r"], ["t", "\t"]]);
const number = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;

export class Reader {
  /** @param {string} text */
  constructor(text) {
    this.text = text;
    this.at = 0;
  }

  /** The next character after white space, "" at the end. */
  peek() {
    while (this.at < this.text.length && " \t\n\r".includes(this.text[this.at])) this.at++;
    return this.text[this.at] ?? "";
  }

  /**
   * Takes a character, if it is the next one.
   * @param {string} c
   */
  accept(c) {
    if (this.peek() !== c) return false;
    this.at++;
    return true;
  }

  /** @param {string} word */
  acceptWord(word) {
    if (!this.text.startsWith(word, this.at)) return false;
    this.at += word.length;
    return true;
  }

  atNumber() {
    const c = this.peek();
    return c === "-" || (c >= "0" && c <= "9");
  }

  readNumber() {
    number.lastIndex = this.at;
    const found = number.exec(this.text);
    if (!found) throw new NotJSON();
    this.at += found[0].length;
    const next = this.text[this.at] ?? "";
    const whole = !/[.eE]/.test(found[0]);
    if ((next === "." && whole) || (/^[eE]$/.test(next) && !/[eE]/.test(found[0]))) throw new NotJSON();
    return found[0];
  }

  /** Reads a string; the next character is its opening quote. */
  readString() {
    let out = "";
    for (this.at++; this.at < this.text.length; this.at++) {
      const c = this.text[this.at];
      if (c === "\"") {
        this.at++;
        return out;
      }
      if (c < " ") break;
      out += c === "\\" ? this.readEscape() : c;
    }
    throw new NotJSON();
  }

  /** Reads an escape; ends at its last character. */
  readEscape() {
    const c = this.text[++this.at] ?? "";
    if (c === "u") {
      const hex = this.text.slice(this.at + 1, this.at + 5);
      if (!/^[0-9a-fA-F]{4}$/.test(hex)) throw new NotJSON();
      this.at += 4;
      return String.fromCharCode(parseInt(hex, 16));
    }
    const plain = escapes.get(c);
    if (plain === undefined) throw new NotJSON();
    return plain;
  }

  /** Skips a value of any type. */
  skipValue(depth = 0) {
    const c = this.peek();
    if (c === "\"") this.readString();
    else if (this.atNumber()) this.readNumber();
    else if (c === "{" || c === "[") this.skipElements(c === "{", depth);
    else if (!["true", "false", "null"].some((word) => this.acceptWord(word))) throw new NotJSON();
  }

  /** @param {boolean} object @param {number} depth */
  skipElements(object, depth) {
    if (depth === maxDepth) throw new NotJSON();
    this.at++;
    const end = object ? "}" : "]";
    if (this.accept(end)) return;
    do {
      if (object) this.readName();
      this.skipValue(depth + 1);
    } while (this.accept(","));
    if (!this.accept(end)) throw new NotJSON();
  }

  /** Reads a member's name and its colon. */
  readName() {
    if (this.peek() !== "\"") throw new NotJSON();
    const name = this.readString();
    if (!this.accept(":")) throw new NotJSON();
    return name;
  }
}

/**
 * Reports whether a text has no half of a surrogate pair alone.
 * @param {string} text
 */
export function isText(text) {
  return !/\p{Surrogate}/u.test(text);
}

/**
 * Writes a text as lines do: with required escapes only.
 * @param {string} text
 */
export function quote(text) {
  const escaped = text.replace(/["\\\u0000-\u001f]/g, (c) => {
    if (c === "\n" || c === "\t") return c === "\n" ? "\\n" : "\\t";
    return c < " " ? "\\u" + c.charCodeAt(0).toString(16).padStart(4, "0") : "\\" + c;
  });
  return `"${escaped}"`;
}

/**
 * Writes a draft's fields as JSON. Whole numbers may be bigint.
 * @param {Record<string, any>} draft
 */
export function write(draft) {
  const members = Object.entries(draft).filter(([, value]) => value !== undefined);
  return `{${members.map(([name, value]) => `${JSON.stringify(name)}:${typeof value === "bigint" ? value : JSON.stringify(value)}`).join(",")}}`;
}
