// Plate numbers: how they are written, and the shapes of the plate types.

/** @typedef {Set<string>[]} Shape the allowed characters of each position */

export const noPlate = "-"; // a vehicle without a plate
export const plateTypeField = "plate_type";

export class Plates {
  /**
   * @param {import("./types.js").PlatesDoc} doc
   * @param {string} dots dropped from plate numbers
   */
  constructor(doc, dots) {
    this.dots = new Set([" ", ...dots]);
    /** @param {string} layout @returns {Shape} */
    const compile = (layout) => [...layout].map((c) => new Set(doc.classes[c] ?? c));
    this.untyped = doc.untyped.map(compile);
    /** @type {Map<string, Shape[]>} */
    this.byType = new Map();
    for (const { types, any_of } of doc.shapes) {
      for (const type of types) {
        this.byType.set(type, [...(this.byType.get(type) ?? []), ...any_of.map(compile)]);
      }
    }
  }

  /**
   * Reports whether a number has a shape of its type. A type without shapes accepts every number.
   * @param {string} type
   * @param {string} number
   */
  fits(type, number) {
    const shapes = this.byType.get(type);
    return !shapes || number === noPlate || anyMatches(shapes, number);
  }

  /**
   * Reports whether a number has the shape of any plate.
   * @param {string} number
   */
  known(number) {
    return number === noPlate || anyMatches(this.untyped, number) || [...this.byType.values()].some((s) => anyMatches(s, number));
  }

  /**
   * A number as lines write it: capitals, without spaces and dots.
   * @param {string} text
   */
  form(text) {
    return [...text].filter((c) => !this.dots.has(c)).map((c) => (/[a-z]/.test(c) ? c.toUpperCase() : c)).join("");
  }
}

/** @param {Shape[]} shapes @param {string} number */
function anyMatches(shapes, number) {
  const characters = [...number];
  return shapes.some((s) => s.length === characters.length && s.every((set, i) => set.has(characters[i])));
}

/**
 * Reports whether a text could be a plate number of at most so many characters.
 * @param {string} text
 * @param {number} most
 */
export function isPlausible(text, most) {
  return text === noPlate || (/^[A-Z0-9\u4e00-\u9fff]{5,}$/u.test(text) && [...text].length <= most);
}

/**
 * Digits in the place of the letters that people type for them; plates have neither letter.
 * @param {string} number
 */
export function withDigits(number) {
  return number.replaceAll("O", "0").replaceAll("I", "1");
}
