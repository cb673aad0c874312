// The words, states and shapes of schema/screen, in the reader's language: the first argument of every component.

/** @typedef {import("../maker.js").Text} Text */
/** @typedef {import("../maker.js").State} State */
/** @typedef {{draw: "line" | "dots" | "fill" | "cut", d: string}} Stroke */
/** The files states.json and words.json.
 * @typedef {{states: {state: string, word: Text, shape: string, colour: string}[], shapes: Record<string, Stroke[]>}} States */
/** @typedef {Record<string, Text>} Words */

/** What a component asks. `say` gives a shared word, with something inserted; an unknown key, state or shape throws.
 * @typedef {Object} Look
 * @property {"zh" | "en"} lang
 * @property {(key: string, it?: string | number) => string} say
 * @property {(text: Text) => string} in
 * @property {(state: string) => {state: string, word: string, shape: string, colour: string}} state
 * @property {(shape: string) => Stroke[]} shape
 */

/**
 * @param {States} table
 * @param {Words} words
 * @param {"zh" | "en"} lang
 * @returns {Look}
 */
export function makeLook(table, words, lang) {
  const states = new Map(table.states.map((s) => [s.state, { ...s, word: s.word[lang] }]));
  return {
    lang,
    say: (key, it = "") => found(words[key], key)[lang].replaceAll("{it}", () => String(it)),
    in: (text) => text[lang],
    state: (state) => found(states.get(state), state),
    shape: (shape) => found(table.shapes[shape], shape),
  };
}

/**
 * @template T
 * @param {T | undefined} thing
 * @param {string} name
 * @returns {T}
 */
function found(thing, name) {
  if (thing === undefined) throw new Error(`no word, state or shape ${name}`);
  return thing;
}

/** A whole number with commas between thousands.
 * @param {number} n */
export function number(n) {
  return String(n).replace(/\B(?=(\d{3})+$)/g, ",");
}
