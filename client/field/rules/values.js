// The canonical value of a field, from a text or number of a draft, or the fault. Bounds and forms are the field's, words the
// rules'.

import { countCharacters, isSpace, trim } from "./characters.js";
import { quote } from "./json.js";
import { isPlausible } from "./plates.js";
import { formatDay, formatTime, parseDay, parseTime } from "./times.js";
import { fieldFault, truncate } from "./words.js";

/** @typedef {import("./types.js").Rules} Rules */
/** @typedef {import("./types.js").Field} Field */
/** @typedef {import("./types.js").Value} Value */
/** @typedef {import("./types.js").Fault} Fault */

/** A fault in the place of a value. */
export class Refused {
  /** @param {Fault} fault */
  constructor(fault) {
    this.fault = fault;
  }
}

/** Reads fields by the rules; every method returns a value, or Refused. */
export class ValueReader {
  /** @param {Rules} rules @param {Field} field */
  constructor(rules, field) {
    this.rules = rules;
    this.field = field;
  }

  /** @param {string} key @param {import("./words.js").Filling} [values] */
  refuse(key, values) {
    return new Refused(fieldFault(this.rules, this.field, key, values));
  }

  wrongType() {
    return this.refuse("wrong_type", { type: this.rules.doc.types[this.field.type] });
  }

  /**
   * Reads a text of any type of field that takes texts.
   * @param {string} typed
   * @returns {Value | Refused}
   */
  text(typed) {
    const clean = this.clean(typed);
    switch (this.field.type) {
      case "code":
        return this.code(clean);
      case "plate":
        return this.plate(clean);
      case "time":
        return parseTime(clean) ?? this.refuse("bad_time");
      case "day":
        return parseDay(clean) ?? this.refuse("bad_day");
      case "decimal":
        return this.decimal(clean);
      case "record":
        return isRecord(clean, this.rules.doc.record_sign) ? clean : this.refuse("bad_record");
      default:
        return this.plainText(clean);
    }
  }

  /** @param {string} text */
  clean(text) {
    return this.field.prose ? this.rules.characters.prose(text) : this.rules.characters.name(text);
  }

  /** An empty text is no value. @param {string} clean @returns {Value | Refused} */
  plainText(clean) {
    const wrong = this.checkText(clean);
    return wrong ?? (clean === "" ? null : clean);
  }

  /** @param {string} text @returns {Refused | null} */
  checkText(text) {
    const { max_len: most = 0, token, regexp, form } = this.field;
    if (/[^\P{Control}\n\t]/u.test(text)) return this.refuse("bad_text");
    if (most > 0 && countCharacters(text) > most) return this.tooLong(most);
    if (token && [...text].some((c) => c === "|" || isSpace(c))) return this.refuse("bad_pattern.token");
    if (text !== "" && regexp && !regexp.test(text)) return this.refuse("bad_pattern.form", { form: form ?? "" });
    return null;
  }

  /** @param {number} most */
  tooLong(most) {
    return this.refuse(this.field.type === "list" ? "too_long.list" : "too_long.text", { n: String(most) });
  }

  /** @param {string} clean @returns {Value | Refused} */
  code(clean) {
    const code = this.field.table?.lookup(clean);
    if (code !== undefined) return code;
    return this.field.open ? this.plainText(clean) : this.refuse("bad_code", { code: truncate(clean) });
  }

  /** @param {string} clean @returns {Value | Refused} */
  plate(clean) {
    const number = this.rules.plates.form(clean);
    return isPlausible(number, this.field.max_len ?? 0) ? number : this.refuse("bad_plate.implausible");
  }

  /**
   * Reads a whole number as JSON writes it.
   * @param {string} digits
   * @returns {Value | Refused}
   */
  int(digits) {
    if (/[.eE]/.test(digits)) return this.wrongType();
    const n = BigInt(digits);
    const { min = n, max = n } = this.field;
    return BigInt.asIntN(64, n) === n && n >= min && n <= max ? n : this.outOfRange();
  }

  outOfRange() {
    const { min, max } = this.field;
    const values = { min: String(min), max: String(max) };
    if (min !== undefined) return this.refuse(max !== undefined ? "out_of_range.between" : "out_of_range.least", values);
    return this.refuse(max !== undefined ? "out_of_range.most" : "out_of_range.bits", values);
  }

  /**
   * Reads a decimal number without exponent, from a text or from JSON's number.
   * @param {string} text
   * @returns {Value | Refused}
   */
  decimal(text) {
    const number = canonicalDecimal(text);
    const { max_len: most = 0, scale, min, max } = this.field;
    if (number === null) return this.refuse("bad_number");
    if (most > 0 && number.length > most) return this.tooLong(most);
    const decimals = (number.split(".")[1] ?? "").length;
    if (scale !== undefined && decimals > scale) return this.refuse("too_precise", { n: String(scale) });
    const low = min !== undefined && compareDecimal(number, min) < 0;
    return low || (max !== undefined && compareDecimal(number, max) > 0) ? this.outOfRange() : number;
  }

  /**
   * Reads a list of texts: clean elements in their order, without elements in which nobody can see anything. An empty list is
   * no value. Half a surrogate pair is refused as a control character is.
   * @param {string[]} items
   * @returns {Value | Refused}
   */
  list(items) {
    const { max } = this.field;
    if (max !== undefined && items.length > max) return this.tooLong(max);
    const out = [];
    for (const item of items) {
      if (trim(item) === "") return this.refuse("bad_pattern.element");
      const clean = this.clean(item);
      const wrong = this.checkText(clean);
      if (wrong) return wrong;
      if (clean !== "") out.push(clean);
    }
    return out.length > 0 ? out : null;
  }
}

/**
 * Without leading and trailing zeros: -0.50 is -0.5, 007 is 7, -0 is 0; null: no decimal number.
 * @param {string} text
 */
export function canonicalDecimal(text) {
  const found = /^(-?)([0-9]+)(?:\.([0-9]+))?$/.exec(text);
  if (!found) return null;
  const whole = stripZeros(found[2]);
  const decimals = [...stripZeros([...(found[3] ?? "")].reverse().join(""))].reverse().join("");
  if (whole === "" && decimals === "") return "0";
  return found[1] + (whole || "0") + (decimals && "." + decimals);
}

/** @param {string} digits */
function stripZeros(digits) {
  return digits.replace(/^0+/, "");
}

/**
 * Compares a canonical decimal with a whole number, exactly.
 * @param {string} decimal
 * @param {number} n
 */
function compareDecimal(decimal, n) {
  const [whole, decimals = ""] = decimal.split(".");
  const ten = 10n ** BigInt(decimals.length);
  const sign = whole.startsWith("-") ? -1n : 1n;
  const scaled = sign * BigInt(whole.replace("-", "") + decimals);
  const other = BigInt(n) * ten;
  return scaled < other ? -1 : scaled > other ? 1 : 0;
}

/** The form of a record's id: device.epoch.sequence.hash. @param {string} text @param {string} signs */
function isRecord(text, signs) {
  const [device, epoch, sequence, hash, ...rest] = text.split(".");
  if (rest.length > 0 || device?.length !== 10 || epoch?.length !== 8 || hash?.length !== 16) return false;
  return /^[1-9][0-9]{0,19}$/.test(sequence) && [...(device + epoch + hash)].every((c) => signs.includes(c));
}

/**
 * Writes a value as lines do.
 * @param {Field | undefined} field
 * @param {Value} value
 */
export function encode(field, value) {
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "string") return quote(value);
  if (typeof value !== "bigint") return `[${value.map(quote).join(",")}]`;
  switch (field?.type) {
    case "time":
      return `"${formatTime(value)}"`;
    case "day":
      return `"${formatDay(value)}"`;
    default:
      return value.toString();
  }
}
