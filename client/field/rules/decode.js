// From the JSON of a draft to values, each checked alone. Every fault is found, in the order of the draft.

import { isText, NotJSON, Reader } from "./json.js";
import { Refused, ValueReader } from "./values.js";
import { fieldFault, say, truncate } from "./words.js";

/** @typedef {import("./types.js").Rules} Rules */
/** @typedef {import("./types.js").Kind} Kind */
/** @typedef {import("./types.js").Field} Field */
/** @typedef {import("./types.js").Value} Value */
/** @typedef {import("./types.js").Values} Values */
/** @typedef {import("./types.js").Fault} Fault */

/**
 * Reads the fields of a draft. Valid values are returned beside faults.
 * @param {Rules} rules
 * @param {Kind} kind
 * @param {string} text JSON
 * @returns {{values: Values, faults: Fault[]}}
 */
export function decode(rules, kind, text) {
  const decoder = new Decoder(rules, kind, text);
  try {
    decoder.object();
  } catch (wrong) {
    if (!(wrong instanceof NotJSON)) throw wrong;
    decoder.faults.push(say(rules, "bad_json", "", {}));
  }
  return { values: decoder.values, faults: decoder.faults };
}

class Decoder {
  /** @param {Rules} rules @param {Kind} kind @param {string} text */
  constructor(rules, kind, text) {
    this.rules = rules;
    this.kind = kind;
    this.reader = new Reader(text);
    /** @type {Values} */
    this.values = new Map();
    /** @type {Fault[]} */
    this.faults = [];
    /** @type {Set<Field>} */
    this.seen = new Set();
  }

  object() {
    const { reader } = this;
    if (!reader.accept("{")) throw new NotJSON();
    if (!reader.accept("}")) {
      do this.member();
      while (reader.accept(","));
      if (!reader.accept("}")) throw new NotJSON();
    }
    if (reader.peek() !== "") throw new NotJSON();
  }

  member() {
    const name = this.reader.readName();
    const field = isText(name) ? this.kind.byName.get(name) : undefined;
    if (!field) {
      const shown = isText(name) ? truncate(name) : "";
      this.faults.push(say(this.rules, "unknown_field", shown, { name: shown }));
      this.reader.skipValue();
    } else if (this.seen.has(field)) {
      this.faults.push(fieldFault(this.rules, field, "duplicate_field"));
      this.reader.skipValue();
    } else {
      this.seen.add(field);
      this.value(field);
    }
  }

  /** @param {Field} field */
  value(field) {
    const { reader } = this;
    const to = new ValueReader(this.rules, field);
    const c = reader.peek();
    if (reader.acceptWord("null")) return this.add(field, null);
    if (field.type === "list" && c === "[") return this.list(field, to);
    if (field.type === "bool" && reader.acceptWord("true")) return this.add(field, true);
    if (field.type === "bool" && reader.acceptWord("false")) return this.add(field, false);
    if ((field.type === "int" || field.type === "decimal") && reader.atNumber()) {
      const digits = reader.readNumber();
      return this.add(field, field.type === "int" ? to.int(digits) : to.decimal(digits));
    }
    if (c === "\"" && !["int", "bool", "list"].includes(field.type)) {
      const text = reader.readString();
      return this.add(field, isText(text) ? to.text(text) : to.refuse("bad_text"));
    }
    this.add(field, to.wrongType());
    return reader.skipValue();
  }

  /** @param {Field} field @param {ValueReader} to */
  list(field, to) {
    const { reader } = this;
    const start = reader.at;
    const items = [];
    reader.at++;
    while (!reader.accept("]")) {
      if (items.length > 0 && !reader.accept(",")) throw new NotJSON();
      if (reader.peek() !== "\"") {
        reader.at = start;
        this.add(field, to.wrongType());
        return reader.skipValue();
      }
      const item = reader.readString();
      items.push(isText(item) ? item : "\0");
    }
    return this.add(field, to.list(items));
  }

  /** @param {Field} field @param {Value | Refused} value */
  add(field, value) {
    if (value instanceof Refused) this.faults.push(value.fault);
    else this.values.set(field.name, value);
  }
}
