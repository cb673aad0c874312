// What asks: fields, plates, choices, lists with search, yes or no. The markup is that of schema/screen/templates/ask.html.
import { h } from "./render.js";
import { classes, shape } from "./marks.js";

/** @typedef {import("./look.js").Look} Look */
/** @typedef {import("./render.js").Child} Child */
/** @typedef {import("./marks.js").Listeners} Listeners */

/** @typedef {Object} Asked
 * @property {string} id also the name; a summary of faults links here
 * @property {string} label
 * @property {string} [help]
 * @property {string} [fault]
 * @property {string} [doubt] never in the way of a save
 * @property {string} [read] the value as a maker read the typed text
 * @property {boolean} [optional]
 * @property {boolean} [disabled]
 * @property {Listeners} [on] of the control
 */
/** @typedef {Asked & {value?: string, type?: string, inputmode?: string, autocomplete?: string, unit?: string, lines?: number}} FieldProps */
/** @typedef {Asked & {value?: string, region: string, sort?: string, onRegion?: (event: any) => void}} PlateProps */
/** @typedef {{value: string, text: string, note?: string}} Option */
/** @typedef {Asked & {value?: string, options: Option[]}} ChoiceProps */
/** active: the option under the arrow keys, from 1. more: options left out.
 * @typedef {Asked & {value?: string, chosen?: string, open?: boolean, options?: Option[], active?: number, more?: number,
 *   onChoose?: (value: string) => void}} PickerProps */
/** @typedef {Asked & {value?: boolean}} CheckProps */

/** @param {Look} look @param {Asked} props */
function optional(look, { optional }) {
  return optional && [" ", h("span", { class: "rb-optional" }, look.say("optional"))];
}

/** @param {Look} look @param {Asked} props */
function label(look, props) {
  return h("label", { class: "rb-label", for: props.id }, props.label, optional(look, props));
}

/** @param {Look} look @param {Asked} props */
function above(look, { id, help, fault }) {
  return [
    help && h("p", { class: "rb-help", id: `${id}-help` }, help),
    fault && h("p", { class: "rb-fault", id: `${id}-fault` }, shape(look, "triangle"),
      h("span", null, h("span", { class: "rb-away" }, look.say("fault")), fault)),
  ];
}

/** @param {Look} look @param {Asked} props */
function below(look, { id, read, doubt }) {
  return [
    read && h("p", { class: "rb-read", id: `${id}-read` }, look.say("read_as", read)),
    doubt && h("p", { class: "rb-doubt", id: `${id}-doubt` }, shape(look, "question mark"), h("span", null, look.say("doubt"), doubt)),
  ];
}

/** The attributes that tie a control to its texts.
 * @param {Asked} props @param {string | false} [beside] the part of the id of a text beside the control */
function asks({ id, help, fault, read, doubt, disabled, on }, beside) {
  const ids = [help && "help", fault && "fault", beside, read && "read", doubt && "doubt"].filter(Boolean);
  return {
    "aria-describedby": ids.map((part) => `${id}-${part}`).join(" ") || null,
    "aria-invalid": fault && "true",
    disabled,
    ...on,
  };
}

/** @param {string} name @param {Asked} props @param {...Child} children */
function around(name, props, ...children) {
  return h("div", { key: props.id, class: classes("rb-field", name, props.fault && "rb-wrong") }, children);
}

/** @param {Look} look @param {FieldProps} props */
export function field(look, props) {
  return around("", props, label(look, props), above(look, props), control(props), below(look, props));
}

/** @param {FieldProps} props */
function control(props) {
  const { id, value = "", lines = 0, unit } = props;
  const autocomplete = props.autocomplete || "off";
  if (lines > 1) return h("textarea", { class: "rb-input", id, name: id, rows: lines, autocomplete, ...asks(props), value });
  const input = h("input", {
    class: "rb-input", id, name: id, type: props.type || "text", value, inputmode: props.inputmode || null, autocomplete,
    ...asks(props, !!unit && "unit"),
  });
  return unit ? h("div", { class: "rb-with-unit" }, input, h("span", { class: "rb-unit", id: `${id}-unit` }, unit)) : input;
}

/** @param {Look} look @param {PlateProps} props */
export function plate(look, props) {
  const { id, value = "", region, sort, disabled, onRegion } = props;
  return around("", props, label(look, props), above(look, props),
    h("div", { class: "rb-plate" },
      h("button", {
        class: "rb-region", type: "button", id: `${id}-region`, "aria-label": look.say("region", region), disabled, onclick: onRegion,
      }, region, shape(look, "down")),
      h("input", {
        class: "rb-input rb-plate-number", id, name: id, type: "text", value, autocomplete: "off", autocapitalize: "characters",
        spellcheck: "false", ...asks(props, !!sort && "sort"),
      }),
      sort && h("span", { class: "rb-sort", id: `${id}-sort` }, sort)),
    below(look, props));
}

/** @param {Look} look @param {ChoiceProps} props */
export function choice(look, props) {
  const { id, value, options } = props;
  return h("fieldset", { key: props.id, class: classes("rb-field rb-choice", props.fault && "rb-wrong"), role: "radiogroup", ...asks(props) },
    h("legend", { class: "rb-label" }, props.label, optional(look, props)),
    above(look, props),
    h("div", { class: "rb-options" }, options.map((o, i) => h("label", { key: o.value, class: "rb-option" },
      h("input", { class: "rb-radio", type: "radio", id: i ? `${id}-${i + 1}` : id, name: id, value: o.value, checked: o.value === value }),
      h("span", { class: "rb-option-text" }, o.text, o.note && h("span", { class: "rb-note" }, o.note))))),
    below(look, props));
}

/** @param {Look} look @param {PickerProps} props */
export function picker(look, props) {
  const { id, value = "", open, active } = props;
  return around("rb-picker", props, label(look, props), above(look, props),
    h("input", {
      class: "rb-input", id, name: id, type: "text", value, role: "combobox", autocomplete: "off", spellcheck: "false",
      "aria-autocomplete": "list", "aria-expanded": String(!!open), "aria-controls": open && `${id}-list`,
      "aria-activedescendant": active ? `${id}-${active}` : null, ...asks(props),
    }),
    open && drop(look, props),
    below(look, props));
}

/** The open list under its input. A press keeps the focus in the input.
 * @param {Look} look @param {PickerProps} props */
function drop(look, { id, label, chosen, options = [], active, more, onChoose }) {
  return h("div", { class: "rb-drop" },
    h("ul", { class: "rb-list", id: `${id}-list`, role: "listbox", "aria-label": label, onmousedown: keepFocus },
      options.map((o, i) => h("li", {
        key: o.value, class: classes("rb-item", i + 1 === active && "rb-active"), id: `${id}-${i + 1}`, role: "option",
        "aria-selected": String(o.value === chosen), onclick: onChoose && (() => onChoose(o.value)),
      }, h("span", { class: "rb-item-text" }, o.text), o.note && h("span", { class: "rb-note" }, o.note)))),
    !options.length && h("p", { class: "rb-hint", role: "status" }, look.say("none_matches")),
    more && h("p", { class: "rb-hint", role: "status" }, look.say("more", more)));
}

/** @param {Event} event */
function keepFocus(event) {
  event.preventDefault();
}

/** @param {Look} look @param {CheckProps} props */
export function check(look, props) {
  const { id, value } = props;
  return around("rb-yes", props, above(look, props),
    h("label", { class: "rb-option" },
      h("input", { class: "rb-tick", type: "checkbox", id, name: id, checked: !!value, ...asks(props) }),
      h("span", { class: "rb-option-text" }, props.label)),
    below(look, props));
}
