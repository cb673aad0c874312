// What a program says: banners, faults, dialogs, toasts. The markup is that of schema/screen/templates/show.html.
import { h } from "./render.js";
import { button, classes, shape } from "./marks.js";

/** @typedef {import("./look.js").Look} Look */
/** @typedef {import("./marks.js").ButtonProps} ButtonProps */

/** Offline is grey and no fault; a failure says what comes next in `more`.
 * @typedef {{kind: "offline" | "failure" | "success" | "training", text: string, more?: string, action?: ButtonProps | null}} BannerProps */
/** @typedef {{id: string, faults: {field: string, text: string}[], ref?: (element: HTMLElement) => void}} SummaryProps */
/** open: shown in its place. modal: opened over the page, as programs do; Escape calls onCancel.
 * @typedef {{id: string, title: string, text?: string, buttons: ButtonProps[], open?: boolean, modal?: boolean,
 *   onCancel?: (event: Event) => void}} DialogProps */
/** left: seconds in which the act can be taken back.
 * @typedef {{text: string, left?: number, onUndo?: () => void}} ToastProps */

const BANNERS = { offline: "ring with slash", failure: "triangle", success: "disc with tick", training: "open book" };

/** @param {Look} look @param {BannerProps} props */
export function banner(look, { kind, text, more, action }) {
  return h("div", { class: `rb-banner rb-${kind}`, role: kind === "failure" ? "alert" : "status" },
    shape(look, BANNERS[kind]),
    h("div", { class: "rb-banner-text" }, h("p", null, h("strong", null, text)), more && h("p", null, more)),
    action && button(look, action));
}

/** The links lead to the fields without a change of the page's address, which may be a route.
 * @param {Look} look @param {SummaryProps} props */
export function summary(look, { id, faults, ref }) {
  return h("div", { class: "rb-summary", id, role: "alert", tabindex: "-1", "aria-labelledby": `${id}-title`, ref },
    h("h2", { class: "rb-summary-title", id: `${id}-title` }, shape(look, "triangle"), h("span", null, look.say("to_mend", faults.length))),
    h("ul", null, faults.map((f) => h("li", null, h("a", { href: `#${f.field}`, onclick: toField }, f.text)))));
}

/** @param {MouseEvent} event */
function toField(event) {
  const link = /** @type {HTMLAnchorElement} */ (event.currentTarget);
  const control = document.getElementById(link.hash.slice(1));
  if (!control) return;
  event.preventDefault();
  control.focus();
}

/** @param {Look} look @param {DialogProps} props */
export function dialog(look, { id, title, text, buttons, open, modal, onCancel }) {
  return h("dialog", {
    class: classes("rb-dialog", open && "rb-in-place"), id, "aria-labelledby": `${id}-title`, open, oncancel: onCancel,
    ref: modal ? (/** @type {HTMLDialogElement} */ element) => element.showModal() : null,
  },
  h("h2", { class: "rb-dialog-title", id: `${id}-title` }, title), text && h("p", null, text),
  h("div", { class: "rb-actions" }, buttons.map((b) => button(look, b))));
}

/** @param {Look} look @param {ToastProps} props */
export function toast(look, { text, left, onUndo }) {
  return h("div", { class: "rb-toast", role: "status" },
    shape(look, "disc with tick"),
    h("p", { class: "rb-toast-text" }, text),
    !!left && h("button", { class: "rb-button rb-plain", type: "button", onclick: onUndo },
      look.say("undo"), h("span", { class: "rb-left", "aria-hidden": "true" }, look.say("seconds", left))));
}
