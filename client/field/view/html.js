// Writes a view as HTML, for tests: the same text that Go's html/template makes of the same markup.
import { attribute, isListener } from "./render.js";

/** @typedef {import("./render.js").VNode} VNode */

const EMPTY = new Set(["area", "br", "col", "hr", "img", "input", "link", "meta", "wbr"]);
/** As html/template escapes.
 * @type {Record<string, string>} */
const ESCAPED = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&#34;", "'": "&#39;", "+": "&#43;", "\0": "\uFFFD" };

/** @param {string} text */
const escape = (text) => text.replace(/[&<>"'+\0]/g, (c) => ESCAPED[c]);

/**
 * @param {VNode | string} vnode
 * @returns {string}
 */
export function toHTML(vnode) {
  if (typeof vnode === "string") return escape(vnode);
  const { tag, props, kids } = vnode;
  const area = tag === "textarea";
  let out = `<${tag}`;
  for (const [name, value] of Object.entries(props)) {
    if (name === "key" || name === "ref" || isListener(name) || (area && name === "value")) continue;
    const text = attribute(name, value);
    if (text !== null) out += value === true ? ` ${name}` : ` ${name}="${escape(text)}"`;
  }
  if (EMPTY.has(tag)) return out + ">";
  return `${out}>${area ? escape(props.value ?? "") : kids.map(toHTML).join("")}</${tag}>`;
}
