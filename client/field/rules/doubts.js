// The doubts about a record alone and about reference data. A doubt never stands in the way of a save. Doubts about other
// records (of: group, near, equal) are not found here.

import { holds } from "./expression.js";
import { dayOf, formatDay } from "./times.js";
import { encode } from "./values.js";
import { fill } from "./words.js";

/** @typedef {import("./types.js").Rules} Rules */
/** @typedef {import("./types.js").Kind} Kind */
/** @typedef {import("./types.js").Values} Values */
/** @typedef {import("./types.js").DoubtDoc} DoubtDoc */
/** @typedef {import("./types.js").LookupDoc} LookupDoc */
/** @typedef {import("./reference.js").Reference} Reference */
/** @typedef {import("./reference.js").Entry} Entry */

/** The setting in which values are said: the moment of saving (Unix ms; left out: unproven), by an import or not, and of an
 * item its record's occurred_at (Unix ms).
 * @typedef {{saved?: bigint, imported?: boolean, record?: bigint}} Said */

/** @typedef {{code: string, severity: "check" | "uncounted", field: string, value: string, near: Entry[], text: import("./types.js").Text}} Raised */

const mostNearest = 3; // known values that a doubt names
const yearOfRecord = "year";

/**
 * @param {Rules} rules
 * @param {Kind} kind
 * @param {Values} values
 * @param {Said} said
 * @param {Reference | null} reference null: no doubt of reference data
 * @returns {Raised[]}
 */
export function doubtsOf(rules, kind, values, said, reference) {
  const finder = new Finder(rules, kind, values, said, reference);
  return kind.doubts.flatMap((d) => finder.find(d) ?? []);
}

class Finder {
  /** @param {Rules} rules @param {Kind} kind @param {Values} values @param {Said} said @param {Reference | null} reference */
  constructor(rules, kind, values, said, reference) {
    this.rules = rules;
    this.kind = kind;
    this.values = values;
    this.said = said;
    this.reference = reference;
    const at = values.get("occurred_at");
    this.at = typeof at === "bigint" ? at : null;
    this.day = this.at === null ? 0 : Number(dayOf(this.at) ?? 0n);
  }

  /**
   * @param {DoubtDoc} doubt
   * @returns {Raised | null}
   */
  find(doubt) {
    if (doubt.of || !this.isFar(doubt) || this.isExempt(doubt)) return null;
    const missing = doubt.not_in ? this.missing(doubt.not_in) : this.valueAt(doubt);
    if (missing === null || !this.applies(doubt)) return null;
    const list = doubt.not_in?.list;
    const near = list && this.reference ? this.reference.nearest(list, missing, this.day, mostNearest) : [];
    const { code, severity, field = "" } = doubt;
    return { code, severity, field, value: missing, near, text: this.text(doubt, missing, near) };
  }

  /** Reports whether the distance from the moment of saving raises the doubt. @param {DoubtDoc} doubt */
  isFar({ before_saving: before = 0, after_saving: after = 0 }) {
    if (before === 0 && after === 0) return true;
    const { saved } = this.said;
    if (this.at === null || !saved) return false;
    return (before > 0 && saved - this.at > before) || (after > 0 && this.at - saved > after);
  }

  /** Imported rows are far from their saving, and right. @param {DoubtDoc} doubt */
  isExempt({ before_saving: before = 0, after_saving: after = 0 }) {
    if (before === 0 && after === 0) return false;
    return this.said.imported === true || this.kind.fields.some((f) => f.imported && this.values.has(f.name));
  }

  /**
   * The value that a list or table lacks; null: it has the value, or there is none.
   * @param {LookupDoc} lookup
   */
  missing({ list, codes, by, always }) {
    const value = this.lookedUp(by);
    if (value === null) return null;
    if (codes) return this.rules.tables.get(codes)?.lists(value) ? null : value;
    if (!list || !this.reference) return null;
    const { listed, some } = this.reference.listed(list, value, this.day);
    return !listed && (some || always) ? value : null;
  }

  /** The values to look up, joined; null: one is missing. @param {string[]} names */
  lookedUp(names) {
    if (this.day === 0) return null;
    const parts = [];
    for (const name of names) {
      const value = name === yearOfRecord ? String(Math.floor(this.day / 10000)) : this.values.get(name) ?? null;
      if (value === null) return null;
      parts.push(typeof value === "string" ? value : "");
    }
    return parts.join("|");
  }

  /** The value at the doubt's field as a line writes it. Doubts about the time name the day. @param {DoubtDoc} doubt */
  valueAt({ field = "" }) {
    const value = this.values.get(field) ?? null;
    if (value === null || field === "occurred_at") return "";
    return encode(this.kind.byName.get(field), value).replace(/^"+/, "").replace(/"+$/, "");
  }

  /** @param {DoubtDoc} doubt */
  applies({ when }) {
    if (!when) return true;
    const { saved, record } = this.said;
    /** @type {Record<string, bigint | undefined>} */
    const beside = { saved_at: saved || undefined, record_at: record || undefined };
    return holds(this.rules, when, (name) => this.values.get(name) ?? beside[name]) === true;
  }

  /** @param {DoubtDoc} doubt @param {string} value @param {Entry[]} near */
  text(doubt, value, near) {
    const shown = near.map((e) => (e.label && e.label !== e.value ? `${e.value} ${e.label}` : e.value)).join("、");
    const day = this.day === 0 ? "" : formatDay(BigInt(this.day));
    const values = { value, near: shown || this.rules.doc.none, day, record: "", unit: "" };
    return { zh: fill(doubt.text.zh, "zh", values), en: fill(doubt.text.en, "en", values) };
  }
}
