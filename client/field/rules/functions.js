// The operations of expressions. Whole numbers are bigint within 64 bits. FAILED: the operation has no result, such as a
// division by zero; UNKNOWN: a field without a value.

import { compareTexts, countCharacters } from "./characters.js";
import { dayOf, yearOf } from "./times.js";
import { canonicalDecimal } from "./values.js";

/** @typedef {import("./types.js").Rules} Rules */

export const UNKNOWN = Symbol("unknown");
export const FAILED = Symbol("failed");

/** @typedef {bigint | boolean | string | string[]} Known */
/** @typedef {Known | typeof UNKNOWN | typeof FAILED} Answer */

const least = -(2n ** 63n);

/**
 * Reports whether an operation stands in a table, and not in every object.
 * @param {object} table
 * @param {string} operation
 */
export const has = (table, operation) => Object.prototype.hasOwnProperty.call(table, operation);

/** @param {bigint} n */
const in64 = (n) => (BigInt.asIntN(64, n) === n ? n : FAILED);

/** @param {(a: bigint, b: bigint) => bigint} f */
const arithmetic = (f) => (/** @type {any} */ a, /** @type {any} */ b) => in64(f(a, b));

/** @param {(a: bigint, b: bigint) => bigint} f */
const division = (f) => (/** @type {any} */ a, /** @type {any} */ b) => (b === 0n || (a === least && b === -1n) ? FAILED : f(a, b));

/** @param {(order: number) => boolean} f */
const comparison = (f) => (/** @type {any} */ a, /** @type {any} */ b) => f(typeof a === "string" ? compareTexts(a, b) : a < b ? -1 : a > b ? 1 : 0);

/**
 * @param {Known} a
 * @param {Known} b
 * @returns {boolean}
 */
export function equal(a, b) {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((x, i) => x === b[i]);
  return a === b;
}

/**
 * A decimal × 10^n as an exact whole number.
 * @param {string} decimal
 * @param {bigint} n
 */
function scaled(decimal, n) {
  const [whole, decimals = ""] = (canonicalDecimal(decimal) ?? "").split(".");
  const zeros = n - BigInt(decimals.length);
  if (whole === "" || zeros < 0n || n > 18n) return FAILED;
  return in64(BigInt(whole + decimals + "0".repeat(Number(zeros))));
}

/**
 * Operations whose arguments must all be known.
 * @type {Record<string, (this: Rules, ...args: any[]) => Answer>}
 */
export const strict = {
  "!": (a) => !a,
  "==": equal,
  "!=": (a, b) => !equal(a, b),
  "<": comparison((order) => order < 0),
  "<=": comparison((order) => order <= 0),
  ">": comparison((order) => order > 0),
  ">=": comparison((order) => order >= 0),
  "+": arithmetic((a, b) => a + b),
  "-": arithmetic((a, b) => a - b),
  "*": arithmetic((a, b) => a * b),
  "/": division((a, b) => a / b),
  "%": division((a, b) => a % b),
  neg: arithmetic((a) => -a),
  in: (a, list) => list.some((/** @type {Known} */ x) => equal(a, x)),
  concat: (a, b) => a + b,
  size: (a) => BigInt(typeof a === "string" ? countCharacters(a) : a.length),
  dayOf: (a) => dayOf(a) ?? FAILED,
  yearOf: (a) => yearOf(a) ?? FAILED,
  milli: (a) => scaled(a, 3n),
  scaled,
  plateFits(type, number) {
    return this.plates.fits(type, number);
  },
  plateKnown(number) {
    return this.plates.known(number);
  },
  listed(table, code) {
    return this.tables.get(table)?.lists(code) ?? FAILED;
  },
};
