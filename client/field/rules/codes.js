// Code tables: a code by itself, or by any of its names.

import { lower } from "./characters.js";

export class CodeTable {
  /**
   * @param {import("./types.js").TableDoc} doc
   * @param {import("./characters.js").Characters} characters
   */
  constructor(doc, characters) {
    this.doc = doc;
    this.characters = characters;
    /** @type {Set<string>} */
    this.codes = new Set(doc.codes.map(([code]) => code));
    /** @type {Map<string, string>} */
    this.byText = new Map();
    for (const names of doc.codes) {
      for (const name of names) this.byText.set(characters.fold(name), names[0]);
    }
  }

  /**
   * The code of a clean text: the code itself, or one of its names in any letter case; undefined: none.
   * @param {string} text
   */
  lookup(text) {
    return this.codes.has(text) ? text : this.byText.get(lower(text));
  }

  /**
   * Reports whether the table has a code, or the code of which this one is a variant: one more letter or digit.
   * @param {string} code
   */
  lists(code) {
    if (this.codes.has(code)) return true;
    const last = code.charCodeAt(code.length - 1);
    return this.doc.variants === true && last < 0x80 && this.codes.has(code.slice(0, -1));
  }
}
