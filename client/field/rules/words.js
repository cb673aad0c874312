// The words of faults and doubts. Every sentence comes from the rules; none stands here.

/** @typedef {import("./types.js").Text} Text */
/** @typedef {import("./types.js").Fault} Fault */
/** @typedef {import("./types.js").Rules} Rules */
/** @typedef {import("./types.js").Field} Field */
/** @typedef {Record<string, string | Text>} Filling */

const mostQuoted = 60; // characters of what was typed

/**
 * The fault of a sentence. The fault's code is the key up to its dot.
 * @param {Rules} rules
 * @param {string} key
 * @param {string} field
 * @param {Filling} values
 * @returns {Fault}
 */
export function say(rules, key, field, values) {
  const sentence = rules.doc.sentences[key];
  if (!sentence) throw new Error(`the rules have no sentence ${key}`);
  const message = { zh: fill(sentence.zh, "zh", values), en: fill(sentence.en, "en", values) };
  return { code: key.split(".")[0], field, message };
}

/**
 * The fault of a sentence about a field.
 * @param {Rules} rules
 * @param {Field} field
 * @param {string} key
 * @param {Filling} [values]
 */
export function fieldFault(rules, field, key, values = {}) {
  return say(rules, key, field.name, { ...values, label: field.label });
}

/**
 * Puts values in the place of the names in braces; a name without a value stays. Braces of values are text.
 * @param {string} text
 * @param {"zh" | "en"} lang
 * @param {Filling} values
 */
export function fill(text, lang, values) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => {
    const value = Object.prototype.hasOwnProperty.call(values, name) ? values[name] : whole;
    return typeof value === "string" ? value : value[lang];
  });
}

/**
 * Keeps hostile input from filling a message.
 * @param {string} text
 */
export function truncate(text) {
  const characters = [...text];
  return characters.length <= mostQuoted ? text : characters.slice(0, mostQuoted).join("") + "…";
}
