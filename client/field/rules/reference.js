// HQ's lists as they are in force: the values that a record may name, and the nearest ones to a mistyped value.

import { compareTexts } from "./characters.js";

/** @typedef {import("./types.js").Rules} Rules */
/** A value on the days from to to (exclusive; yyyymmdd; 0: open).
 * @typedef {{value: string, label: string, from: number, to: number}} Entry */

const mostEntries = 50000; // of a list; a longer one is left out

export class Reference {
  /**
   * @param {Rules} rules
   * @param {Record<string, any>} lists [value, label, from, to] by list, as the server sends them
   */
  constructor(rules, lists) {
    this.rules = rules;
    /** @type {Map<string, Entry[]>} */
    this.lists = new Map();
    for (const name of rules.doc.lists) this.add(name, lists[name] ?? []);
  }

  /** @param {string} name @param {[string, string, number, number][]} rows */
  add(name, rows) {
    const entries = rows
      .map(([value, label, from, to]) => ({ value: this.rules.characters.name(value), label, from, to }))
      .filter((e) => e.value !== "")
      .sort(compareEntries);
    const distinct = entries.filter((e, i) => i === 0 || compareEntries(entries[i - 1], e) !== 0);
    if (distinct.length > 0 && distinct.length <= mostEntries) this.lists.set(name, distinct);
  }

  /**
   * Reports whether a list has a value on a day; some: the list has any value on that day.
   * @param {string} list
   * @param {string} value
   * @param {number} day yyyymmdd
   */
  listed(list, value, day) {
    const present = (this.lists.get(list) ?? []).filter((e) => isOn(e, day));
    const clean = this.rules.characters.name(value);
    return { listed: present.some((e) => e.value === clean), some: present.length > 0 };
  }

  /**
   * Up to n entries of a list on a day, the nearest to the typed text first, by value or label.
   * @param {string} list
   * @param {string} typed
   * @param {number} day
   * @param {number} n
   */
  nearest(list, typed, day, n) {
    const { characters } = this.rules;
    const want = characters.fold(typed);
    const most = Math.floor(([...want].length + 1) / 2);
    return (this.lists.get(list) ?? [])
      .filter((e) => isOn(e, day))
      .map((e) => ({ ...e, distance: Math.min(distance(want, characters.fold(e.value)), distance(want, characters.fold(e.label))) }))
      .filter((e) => e.distance <= most)
      .sort((a, b) => a.distance - b.distance)
      .slice(0, n);
  }
}

/** @param {Entry} e @param {number} day */
function isOn(e, day) {
  return e.from <= day && (e.to === 0 || day < e.to);
}

/** @param {Entry} a @param {Entry} b */
function compareEntries(a, b) {
  return compareTexts(a.value, b.value) || a.from - b.from || a.to - b.to || compareTexts(a.label, b.label);
}

/**
 * The distance from a typed name to a known one, both in small letters: the least number of characters to insert, delete or
 * replace. A part of the known name is as near as can be, and next to it a name with characters left out.
 * @param {string} typed
 * @param {string} known
 */
export function distance(typed, known) {
  if (typed !== "" && known.includes(typed)) return 0;
  const [a, b] = [[...typed], [...known]];
  return a.length > 1 && isSubsequence(a, b) ? 1 : editDistance(a, b);
}

/** @param {string[]} a @param {string[]} b */
function isSubsequence(a, b) {
  let at = 0;
  for (const c of b) if (c === a[at]) at++;
  return at === a.length;
}

/** @param {string[]} a @param {string[]} b */
function editDistance(a, b) {
  const row = Array.from({ length: b.length + 1 }, (_, j) => j);
  a.forEach((from, i) => {
    let diagonal = row[0];
    row[0] = i + 1;
    b.forEach((to, j) => {
      const replaced = diagonal + (from === to ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = Math.min(replaced, row[j] + 1, row[j + 1] + 1);
    });
  });
  return row[b.length];
}
