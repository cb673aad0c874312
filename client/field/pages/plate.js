// How a plate is typed at the counter: the region stands already, the run's own characters follow. Pure functions.

/** @typedef {{classes: Record<string, string>, shapes: {types: string[], any_of: string[]}[], untyped: string[], prefectures: Record<string, string>}} Plates as in the rules */

/** Provinces by the initial of their pinyin, neighbours of Hebei first. Space walks to the next of one initial. */
const initials = {
  C: "川", E: "鄂", G: "桂甘赣贵", H: "黑沪", J: "冀京津晋吉", L: "辽鲁", M: "蒙闽", N: "宁", Q: "琼青", S: "陕苏",
  W: "皖", X: "湘新", Y: "豫渝粤云", Z: "浙藏",
};

/**
 * The provinces that a letter stands for.
 * @param {string} letter
 */
export const provincesOf = (letter) => /** @type {Record<string, string>} */ (initials)[letter.toUpperCase()] ?? "";

/**
 * Narrows full-width letters and digits, raises letters, and drops blanks, dots and hyphens: as people paste and scan.
 * @param {string} text
 */
export function narrow(text) {
  let out = "";
  for (const c of text) {
    const code = c.codePointAt(0) ?? 0;
    out += code >= 0xff01 && code <= 0xff5e ? String.fromCodePoint(code - 0xfee0) : c;
  }
  return out.toUpperCase().replace(/[\s·•・.\-‐‑–—_]/gu, "");
}

/**
 * The text after a person typed into an input: in place of the province an ASCII letter is its pinyin initial.
 * @param {string} text
 */
export function typedPlate(text) {
  const plain = narrow(text);
  const first = plain.charAt(0);
  const provinces = provincesOf(first);
  return /[A-Z]/.test(first) && provinces !== "" ? provinces.charAt(0) + plain.slice(1) : plain;
}

/**
 * The text with the next province of the same initial; the text itself where there is no other.
 * @param {string} text
 */
export function nextProvince(text) {
  const first = text.charAt(0);
  for (const all of Object.values(initials)) {
    const at = all.indexOf(first);
    if (at >= 0 && first !== "") return all.charAt((at + 1) % all.length) + text.slice(1);
  }
  return text;
}

/**
 * Whether a number has a layout such as PLSSSSS: a class letter stands for its characters, any other for itself.
 * @param {Plates} plates
 * @param {string} layout
 * @param {string} number
 */
function fits(plates, layout, number) {
  const want = [...layout];
  const have = [...number];
  return want.length === have.length && want.every((c, i) => (plates.classes[c] ?? c).includes(have[i]));
}

/**
 * The plate types that the shape of a number allows, in the order of the rules.
 * @param {Plates} plates
 * @param {string} number
 * @returns {string[]}
 */
export function typesOf(plates, number) {
  return plates.shapes.filter((s) => s.any_of.some((layout) => fits(plates, layout, number))).flatMap((s) => s.types);
}

/**
 * The type for a number: as in the line above where the shape allows, else the most common of its shape; "" if none fits. Small
 * cars (02) are the most common of the usual shape.
 * @param {Plates} plates
 * @param {string} number
 * @param {string} above
 */
export function typeFor(plates, number, above) {
  const types = typesOf(plates, number);
  if (types.includes(above)) return above;
  return types.includes("02") ? "02" : (types[0] ?? "");
}

/**
 * Whether a number is whole: it has the shape of some type.
 * @param {Plates} plates
 * @param {string} number
 */
export const isWhole = (plates, number) => typesOf(plates, number).length > 0;

/**
 * Whether a key event may move or save. While an input method composes, keys are its own; 229 is how older browsers say so.
 * @param {{isComposing?: boolean, keyCode?: number}} event
 */
export const isOwnKey = (event) => event.isComposing !== true && event.keyCode !== 229;
