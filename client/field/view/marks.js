// Shapes, states and buttons. The markup is that of schema/screen/templates/show.html.
import { h } from "./render.js";

/** @typedef {import("./look.js").Look} Look */
/** @typedef {import("./render.js").VNode} VNode */
/** Listeners by name: {onclick: …}.
 * @typedef {Record<`on${string}`, (event: any) => void>} Listeners */

/** @typedef {Object} ButtonProps
 * @property {string} text
 * @property {string} [id]
 * @property {"" | "primary" | "danger" | "plain"} [kind]
 * @property {"button" | "submit"} [type]
 * @property {string} [href] a link that looks like a button
 * @property {boolean} [busy] pressed once; a second press does nothing, and the focus stays
 * @property {boolean} [disabled]
 * @property {Listeners} [on]
 */

/** A class, with more classes where something holds.
 * @param {string} base
 * @param {...(string | false | undefined)} more */
export const classes = (base, ...more) => [base, ...more.filter(Boolean)].join(" ");

/**
 * @param {Look} look
 * @param {string} name
 */
export function shape(look, name) {
  return h("svg", { class: "rb-shape", viewBox: "0 0 16 16", width: "16", height: "16", "aria-hidden": "true", focusable: "false" },
    look.shape(name).map((s) => h("path", { class: `rb-${s.draw}`, d: s.d })));
}

/** The state of a record: shape, word, colour.
 * @param {Look} look
 * @param {{state: string}} props
 */
export function state(look, props) {
  const s = look.state(props.state);
  return h("span", { class: `rb-state rb-${s.colour}`, "data-state": s.state },
    shape(look, s.shape), h("span", { class: "rb-state-word" }, s.word));
}

/**
 * @param {Look} _look
 * @param {ButtonProps} props
 */
export function button(_look, props) {
  const { text, id, kind, type, href, busy, disabled, on } = props;
  const name = classes("rb-button", kind && `rb-${kind}`);
  if (href) return h("a", { class: name, id, href, ...on }, text);
  return h("button", {
    class: name, type: type || "button", id, "aria-busy": busy && "true", "aria-disabled": busy && "true", disabled,
    ...(busy ? { onclick: halt } : on),
  }, text);
}

/** A busy button does not submit its form again.
 * @param {Event} event */
function halt(event) {
  event.preventDefault();
}
