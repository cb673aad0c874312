// What shows: tables, records, totals, and the ways to other pages. The markup is that of schema/screen/templates/show.html.
import { h } from "./render.js";
import { number } from "./look.js";
import { button, shape, state } from "./marks.js";

/** @typedef {import("./look.js").Look} Look */
/** @typedef {import("./marks.js").ButtonProps} ButtonProps */
/** @typedef {import("./marks.js").Listeners} Listeners */

/** A cell has a text or a state; the first cell of a row names the row.
 * @typedef {{text?: string, state?: string, number?: boolean}} Cell */
/** @typedef {{id: string, cells: Cell[], chosen?: boolean, on?: Listeners}} TableRow */
/** @typedef {{id: string, caption: string, columns: {text: string, number?: boolean}[], rows: TableRow[]}} TableProps */
/** why: HQ's words, a fault, the reason of not counting.
 * @typedef {{id: string, href: string, title: string, note: string, state: string, why?: string, on?: Listeners}} Row */
/** @typedef {{label: string, rows: Row[]}} RowsProps */
/** year without a value: the server has not told; target without: none is set.
 * @typedef {{title: string, unit: string, today?: number | null, year?: number | null, target?: number | null, at?: string,
 *   own?: {state: string, n: number}[]}} TotalProps */
/** @typedef {{label: string, links: {href: string, text: string, count?: number, current?: boolean}[]}} NavProps */
/** @typedef {{title: string, text?: string, action?: ButtonProps | null}} EmptyProps */

/** @param {Look} look @param {TableProps} props */
export function table(look, { id, caption, columns, rows }) {
  const num = (/** @type {boolean | undefined} */ is) => (is ? "rb-num" : null);
  return h("div", { class: "rb-scroll", role: "region", "aria-labelledby": `${id}-caption`, tabindex: "0" },
    h("table", { class: "rb-table" },
      h("caption", { class: "rb-caption", id: `${id}-caption` }, h("span", null, caption)),
      h("thead", null, h("tr", null, columns.map((c) => h("th", { scope: "col", class: num(c.number) }, c.text)))),
      h("tbody", null, rows.map((row) => h("tr", { key: row.id, id: row.id, "aria-current": row.chosen && "true", ...row.on },
        row.cells.map((c, i) => (i === 0
          ? h("th", { scope: "row" }, c.text)
          : h("td", { class: num(c.number) }, c.state ? state(look, { state: c.state }) : c.text))))))));
}

/** @param {Look} look @param {RowsProps} props */
export function rows(look, { label, rows }) {
  return h("ul", { class: "rb-rows", "aria-label": label }, rows.map((row) => h("li", { key: row.id },
    h("a", { class: "rb-row", id: row.id, href: row.href, ...row.on },
      h("span", { class: "rb-row-title" }, row.title),
      state(look, row),
      h("span", { class: "rb-row-note" }, row.note),
      row.why && h("span", { class: "rb-why" }, row.why)))));
}

/** @param {Look} look @param {TotalProps} props */
export function total(look, props) {
  const { title, unit, today, year, target, at, own = [] } = props;
  const known = typeof year === "number" && typeof target === "number" && target > 0;
  const percent = known ? Math.max(0, Math.min(100, Math.floor((year * 100) / target))) : 0;
  return h("section", { class: "rb-total" },
    h("h2", { class: "rb-total-title" }, title, unit && [" ", h("span", { class: "rb-unit" }, look.say("counted_in", unit))]),
    h("dl", { class: "rb-figures" },
      h("div", null, h("dt", null, look.say("today")), figure(today)),
      h("div", null, h("dt", null, look.say("year")), figure(year)),
      h("div", null, h("dt", null, look.say("target")),
        typeof target === "number" || !at ? figure(target) : h("dd", { class: "rb-figure rb-none" }, look.say("no_target"))),
      known && left(look, target - year)),
    known && h("svg", { class: "rb-bar", viewBox: "0 0 100 4", preserveAspectRatio: "none", "aria-hidden": "true", focusable: "false" },
      h("rect", { class: "rb-bar-ground", width: "100", height: "4" }),
      h("rect", { class: "rb-bar-done", width: percent, height: "4" })),
    h("p", { class: "rb-as-of" }, at ? look.say("as_of", at) : look.say("not_told")),
    own.length > 0 && h("p", { class: "rb-own" },
      h("span", { class: "rb-own-label" }, look.say("own")),
      own.map((o) => h("span", { class: "rb-own-state" }, state(look, o), h("b", null, number(o.n))))));
}

/** What is missing to the target, or that it is reached.
 * @param {Look} look @param {number} short */
function left(look, short) {
  if (short > 0) return h("div", { class: "rb-short" }, h("dt", null, look.say("short")), figure(short));
  return h("div", { class: "rb-reached" },
    h("dt", null, shape(look, "disc with tick"), look.say("reached")),
    h("dd", { class: "rb-figure" }, look.say("over", number(-short))));
}

/** @param {number | null | undefined} n */
function figure(n) {
  return h("dd", { class: "rb-figure" }, typeof n === "number" ? number(n) : "—");
}

/** @param {Look} _look @param {NavProps} props */
export function nav(_look, { label, links }) {
  return h("nav", { class: "rb-nav", "aria-label": label }, h("ul", null, links.map((l) => h("li", { key: l.href },
    h("a", { href: l.href, "aria-current": l.current && "page" }, l.text, !!l.count && h("span", { class: "rb-count" }, l.count))))));
}

/** @param {Look} look @param {EmptyProps} props */
export function empty(look, { title, text, action }) {
  return h("div", { class: "rb-empty" },
    h("p", { class: "rb-empty-title" }, title), text && h("p", null, text), action && button(look, action));
}
