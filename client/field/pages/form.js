// A form of any kind, from the rules alone: its fields in the kind's order, with the words, codes and bounds of the schema.
import { check, choice, field, picker } from "../view/components.js";
import { h } from "../view/render.js";

/** @typedef {import("./context.js").Context} Context */

/** Choices in view at once; more are a list with search. */
const mostChoices = 6;
/** Options in an open list. */
const mostOptions = 12;

/** Fields that a device or an import fills in. */
const ofTheMachine = new Set(["source_key", "unit", "crs", "lon", "lat", "site", "photos"]);

/** The list that is open, and the text typed in it.
 * @type {{id: string, text: string, active: number}} */
let opened = { id: "", text: "", active: 0 };

/**
 * The present values of a record as a person would type them.
 * @param {import("../maker.js").Shown} shown
 * @returns {Record<string, string>}
 */
export function typedOf(shown) {
  return Object.fromEntries(shown.fields.map(({ name, value, text }) => [name, /^\d{4}-\d\d-\d\dT/.test(value) ? text.zh : Array.isArray(value) ? value.join(",") : String(value)]));
}

/** Fields of every kind: behind the kind's own. */
const common = ["occurred_at", "remark"];

/**
 * The fields that a person fills in for a kind, the kind's own first.
 * @param {any} kind
 * @returns {any[]}
 */
export function fieldsOf(kind) {
  const all = kind.fields.filter((/** @type {any} */ f) => !ofTheMachine.has(f.name) && !f.imported && !f.owner);
  const isCommon = (/** @type {any} */ f) => common.includes(f.name);
  return [...all.filter((/** @type {any} */ f) => !isCommon(f)), ...all.filter(isCommon)];
}

/**
 * @param {Context} context
 * @param {any} kind of the rules
 * @param {Record<string, string>} typed
 * @param {{faults: import("../maker.js").Fault[], type: (name: string, text: string) => void, read?: import("../maker.js").Reading[], amend?: boolean}} form
 */
export function formOf(context, kind, typed, form) {
  return h("div", { class: "form", key: kind.name }, fieldsOf(kind).map((f) => h("div", { class: "form-field", key: f.name }, control(context, f, typed[f.name] ?? "", form))));
}

/**
 * @param {Context} context
 * @param {any} f
 * @param {string} value
 * @param {{faults: import("../maker.js").Fault[], type: (name: string, text: string) => void, read?: import("../maker.js").Reading[]}} form
 */
function control(context, f, value, form) {
  const { look } = context;
  const fault = form.faults.find((x) => x.field === f.name);
  const read = form.read?.find((r) => r.field === f.name);
  const asked = {
    id: f.name, label: look.in(f.label), optional: !f.required && !f.said || f.auto === true, fault: fault && look.in(fault.message), read: read?.read,
    help: f.form ? look.in(f.form) : f.auto ? context.say("auto_help") : "",
  };
  const typing = { oninput: (/** @type {any} */ event) => form.type(f.name, event.target.value) };
  switch (f.type) {
    case "bool":
      return check(look, { ...asked, value: value === "true", on: { onchange: (event) => form.type(f.name, event.target.checked ? "true" : "") } });
    case "code":
      return codes(context, f, value, asked, form.type);
    case "int":
    case "decimal":
      return field(look, { ...asked, value, inputmode: "decimal", on: typing });
    case "text":
      return field(look, { ...asked, value, lines: (f.max_len ?? 0) > 200 ? 3 : 1, on: typing });
    default:
      return field(look, { ...asked, value, on: typing });
  }
}

/** @param {Context} context @param {any} f @param {string} value @param {any} asked @param {(name: string, text: string) => void} type */
function codes(context, f, value, asked, type) {
  const { look, lang, rules } = context;
  const at = lang === "zh" ? 1 : 2;
  /** @type {string[][]} */
  const table = rules.codes[f.codes].codes;
  if (table.length <= mostChoices) {
    return choice(look, { ...asked, value, options: table.map((c) => ({ value: c[0], text: c[at] })), on: { onchange: (/** @type {any} */ event) => type(f.name, event.target.value) } });
  }
  const isOpen = opened.id === f.name;
  const chosen = table.find((c) => c[0] === value);
  const fits = isOpen ? table.filter((c) => c.some((word) => word.toLowerCase().includes(opened.text.toLowerCase()))) : [];
  const choose = (/** @type {string} */ code) => {
    opened = { id: "", text: "", active: 0 };
    type(f.name, code);
  };
  return picker(look, {
    ...asked, value: isOpen ? opened.text : (chosen?.[at] ?? value), chosen: value, open: isOpen && fits.length > 0, active: opened.active,
    options: fits.slice(0, mostOptions).map((c) => ({ value: c[0], text: c[at], note: c[0] })), more: Math.max(0, fits.length - mostOptions), onChoose: choose,
    on: {
      onfocus: () => {
        opened = { id: f.name, text: "", active: 0 };
        context.redraw();
      },
      oninput: (/** @type {any} */ event) => {
        opened = { id: f.name, text: event.target.value, active: fits.length > 0 ? 1 : 0 };
        context.redraw();
      },
      onblur: () => {
        if (opened.id === f.name) opened = { id: "", text: "", active: 0 };
        context.redraw();
      },
      onkeydown: (/** @type {KeyboardEvent} */ event) => walk(event, fits, choose, context.redraw),
    },
  });
}

/** The arrow keys walk through a list, Enter chooses, Escape closes.
 * @param {KeyboardEvent} event @param {string[][]} fits @param {(code: string) => void} choose @param {() => void} redraw */
function walk(event, fits, choose, redraw) {
  if (event.isComposing) return;
  const most = Math.min(fits.length, mostOptions);
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    opened = { ...opened, active: Math.max(1, Math.min(most, opened.active + (event.key === "ArrowDown" ? 1 : -1))) };
  } else if (event.key === "Enter" && opened.active > 0) {
    event.preventDefault();
    choose(fits[opened.active - 1][0]);
  } else if (event.key === "Escape") {
    opened = { id: "", text: "", active: 0 };
  } else return;
  redraw();
}
