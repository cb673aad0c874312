// What stands before the work: the word of this machine, the enrollment, the first PIN, and the PIN of each shift.
import { banner, button, choice, field } from "../view/components.js";
import { h } from "../view/render.js";
import { MakerError } from "../maker.js";

/** @typedef {import("./context.js").Context} Context */
/** @typedef {import("../view/render.js").Child} Child */

/** What was typed so far; it lives as long as the window.
 * @type {{word: string, text: string, inspected: import("../maker.js").Inspected | null, officer: string, pin: string, noPIN: boolean, fault: string, busy: boolean}} */
const typed = { word: "", text: "", inspected: null, officer: "", pin: "", noPIN: false, fault: "", busy: false };

/**
 * The step that is missing before the pages, or null.
 * @param {Context} context
 * @returns {Child}
 */
export function firstRun(context) {
  const { hello } = context;
  if (!hello.word) return step(context, "word_title", "word_help", wordStep(context));
  if (!hello.enrolled) return step(context, "enrol_title", "enrol_help", typed.inspected ? compareStep(context, typed.inspected) : enrolStep(context));
  if (hello.officers.length === 0 && !typed.noPIN && fresh(context)) return step(context, "pin_title", "pin_help", pinStep(context));
  if (hello.locked) return step(context, "unlock_title", "", unlockStep(context));
  return null;
}

/** A machine just enrolled is asked for a first PIN; one that works without a PIN is not.
 * @param {Context} context */
const fresh = ({ status }) => typed.inspected !== null || status === null;

/** Does what a step asks; a refusal stands in the step.
 * @param {Context} context @param {() => Promise<unknown>} act */
async function attempt(context, act) {
  if (typed.busy) return;
  typed.busy = true;
  typed.fault = "";
  context.redraw();
  try {
    await act();
  } catch (error) {
    if (!(error instanceof MakerError)) throw error;
    typed.fault = context.look.in(error.text);
  } finally {
    typed.busy = false;
    await context.refresh();
  }
}

/** @param {Context} context @param {string} title @param {string} help @param {Child} content */
function step({ say, hello }, title, help, content) {
  return h("main", { class: "first", key: title },
    h("p", { class: "brand" }, say("brand")),
    hello.word && h("p", { class: "word" }, say("unlock_word"), " ", h("b", null, hello.word)),
    h("h1", null, say(title)),
    help && h("p", { class: "first-help" }, say(help)),
    content);
}

/** @param {Context} context @param {string} text @param {() => Promise<unknown>} act @param {...Child} fields */
function asking(context, text, act, ...fields) {
  return h("form", { onsubmit: (/** @type {Event} */ event) => {
    event.preventDefault();
    void attempt(context, act);
  } }, fields, h("div", { class: "rb-actions" }, button(context.look, { text: context.say(text), kind: "primary", type: "submit", busy: typed.busy })));
}

/** @param {"word" | "text" | "officer" | "pin"} name */
const keepTyped = (name) => ({ oninput: (/** @type {any} */ event) => { typed[name] = event.target.value; } });

/** @param {Context} context */
function wordStep(context) {
  const { look, say, maker } = context;
  return asking(context, "next", () => maker.chooseWord(typed.word),
    field(look, { id: "word", label: say("word_label"), value: typed.word, fault: typed.fault, on: keepTyped("word") }));
}

/** @param {Context} context */
function enrolStep(context) {
  const { look, say, maker } = context;
  return asking(context, "enrol_check", async () => { typed.inspected = await maker.inspect(typed.text); },
    field(look, { id: "enrol", label: say("enrol_label"), value: typed.text, fault: typed.fault, lines: 2, on: keepTyped("text") }));
}

/** @param {Context} context @param {import("../maker.js").Inspected} seen */
function compareStep(context, seen) {
  const { look, say, maker } = context;
  return asking(context, "enrol_do", () => maker.enrol(seen.server, seen.code, seen.fingerprint),
    typed.fault && banner(look, { kind: "failure", text: typed.fault }),
    h("dl", { class: "compare" },
      h("dt", null, say("enrol_server")), h("dd", null, seen.server, !seen.secure && h("small", null, say("enrol_insecure"))),
      h("dt", null, say("enrol_code")), h("dd", null, seen.code),
      h("dt", null, say("enrol_print")), h("dd", null, seen.fingerprint || say("enrol_no_print"))),
    button(look, { text: say("back"), kind: "plain", on: { onclick: () => {
      typed.inspected = null;
      typed.fault = "";
      context.redraw();
    } } }));
}

/** @param {Context} context */
function pinStep(context) {
  const { look, say, maker } = context;
  const begin = async () => {
    await maker.setPIN(typed.officer, typed.pin);
    await maker.unlock(typed.officer, typed.pin);
    typed.pin = "";
  };
  return asking(context, "pin_save", begin,
    field(look, { id: "officer", label: say("name"), value: typed.officer, on: keepTyped("officer") }),
    field(look, { id: "pin", label: say("pin"), type: "password", value: typed.pin, fault: typed.fault, autocomplete: "new-password", on: keepTyped("pin") }),
    button(look, { text: say("pin_skip"), kind: "plain", on: { onclick: () => {
      typed.noPIN = true;
      context.redraw();
    } } }));
}

/** @param {Context} context */
function unlockStep(context) {
  const { look, say, maker, hello } = context;
  const names = hello.officers;
  if (names.length === 1) typed.officer = names[0];
  const begin = async () => {
    const pin = typed.pin;
    typed.pin = "";
    await maker.unlock(typed.officer, pin);
  };
  return asking(context, "unlock_do", begin,
    names.length > 1 && (names.length <= 6
      ? choice(look, { id: "officer", label: say("unlock_who"), value: typed.officer, options: names.map((name) => ({ value: name, text: name })), on: { onchange: (event) => { typed.officer = event.target.value; } } })
      : field(look, { id: "officer", label: say("unlock_who"), value: typed.officer, on: keepTyped("officer") })),
    names.length === 1 && h("p", { class: "first-who" }, names[0]),
    field(look, { id: "pin", label: "PIN", type: "password", value: typed.pin, fault: typed.fault, autocomplete: "current-password", on: keepTyped("pin") }));
}
