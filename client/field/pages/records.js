// My records: found by text, day, kind and state; one record with its history, its correction, its void.
import { banner, button, empty, field, rows as rowList, state } from "../view/components.js";
import { h } from "../view/render.js";
import { MakerError } from "../maker.js";
import { actWords, moment } from "../words.js";
import { formOf, typedOf } from "./form.js";

/** @typedef {import("./context.js").Context} Context */
/** @typedef {import("../maker.js").Shown} Shown */

const states = ["returned", "quarantined", "uncounted", "review", "saved", "counted", "void"];
/** Time after the last key until the search, ms. */
const searchAfter = 200;

/**
 * @param {Context} context
 * @returns {import("./context.js").Page}
 */
export function recordsPage(context) {
  const { maker } = context;
  /** @type {import("../maker.js").Question} */
  let question = {};
  /** @type {import("../maker.js").Rows} */
  let found = { rows: [], next: "" };
  /** @type {Shown | null} */
  let shown = null;
  /** @type {Record<string, string>} */
  let typed = {};
  let reason = "";
  /** @type {{text: import("../maker.js").Text, faults: import("../maker.js").Fault[]} | null} */
  let wrong = null;
  let timer = 0;
  let asked = 0;

  /** Answers may come in another order than the questions: the last question counts. */
  const search = async (/** @type {string} */ after = "") => {
    const mine = ++asked;
    const page = await maker.list(after ? { ...question, after } : question).catch(() => null);
    if (!page || mine !== asked) return;
    found = after ? { ...page, rows: [...found.rows, ...page.rows] } : page;
    context.redraw();
  };
  const open = async (/** @type {string} */ id) => {
    const next = await maker.show(id).catch(() => null);
    if (next?.row.record !== shown?.row.record) {
      typed = {};
      reason = "";
      wrong = null;
    }
    shown = next;
    context.redraw();
  };
  const follow = () => {
    const id = decodeURIComponent(location.hash.split("/")[1] ?? "");
    if (!id) {
      shown = null;
      context.redraw();
    } else if (id !== shown?.row.record) void open(id);
  };
  const attempt = async (/** @type {() => Promise<unknown>} */ act) => {
    wrong = null;
    try {
      await act();
      typed = {};
      reason = "";
      if (shown) await open(shown.row.record);
      await search();
    } catch (error) {
      if (!(error instanceof MakerError)) throw error;
      wrong = { text: error.text, faults: error.faults };
      context.redraw();
    }
  };
  addEventListener("hashchange", follow);
  void search();
  follow();

  const ask = (/** @type {Partial<import("../maker.js").Question>} */ change) => {
    question = { ...question, ...change };
    clearTimeout(timer);
    timer = window.setTimeout(() => void search(), searchAfter);
    context.redraw();
  };
  const model = () => ({ question, found, shown, typed, reason, wrong });
  const actions = {
    ask, more: () => search(found.next),
    type: (/** @type {string} */ name, /** @type {string} */ text) => {
      typed = { ...typed, [name]: text };
      context.redraw();
    },
    say: (/** @type {string} */ text) => {
      reason = text;
      context.redraw();
    },
    amend: () => void attempt(() => maker.amend(shown?.row.record ?? "", { kind: shown?.row.kind ?? "", typed })),
    void: () => void attempt(() => maker.void(shown?.row.record ?? "", reason)),
    restore: () => void attempt(() => maker.restore(shown?.row.record ?? "", reason)),
  };
  return {
    view: () => view(context, model(), actions),
    heard: (changed) => {
      if (!changed.includes("records")) return;
      void search();
      if (shown) void open(shown.row.record);
    },
    leave: () => removeEventListener("hashchange", follow),
  };
}

/** @typedef {{question: import("../maker.js").Question, found: import("../maker.js").Rows, shown: Shown | null, typed: Record<string, string>, reason: string, wrong: {text: import("../maker.js").Text, faults: import("../maker.js").Fault[]} | null}} Model */
/** @typedef {{ask: (change: Partial<import("../maker.js").Question>) => void, more: () => Promise<void>, type: (name: string, text: string) => void, say: (text: string) => void, amend: () => void, void: () => void, restore: () => void}} Actions */

/** @param {Context} context @param {Model} model @param {Actions} actions */
function view(context, model, actions) {
  const { look, say } = context;
  const rows = [...model.found.rows].sort((a, b) => Number(b.state === "returned") - Number(a.state === "returned"));
  return h("div", { class: "records" },
    h("section", { class: "records-list" },
      filters(context, model, actions),
      rows.length === 0 ? empty(look, { title: say("nothing_found") }) : rowList(look, { label: say("records"), rows: rows.map((row) => ({
        id: row.record, href: `#records/${encodeURIComponent(row.record)}`, title: look.in(row.title) || look.in(row.label), note: moment(row.at, context.now()),
        state: row.state, why: row.why ? look.in(row.why) : undefined,
      })) }),
      model.found.next && button(look, { text: say("more"), on: { onclick: () => void actions.more() } })),
    model.shown && detail(context, model.shown, model, actions));
}

/** @param {Context} context @param {Model} model @param {Actions} actions */
function filters({ look, say, rules, hello }, { question }, actions) {
  const kinds = rules.kinds.filter((/** @type {any} */ k) => k.roles.includes(hello.enrolled?.role));
  return h("form", { class: "filters", role: "search", onsubmit: (/** @type {Event} */ event) => event.preventDefault() },
    field(look, { id: "text", label: say("search"), help: say("search_help"), value: question.text ?? "", on: { oninput: (event) => actions.ask({ text: event.target.value }) } }),
    h("label", { class: "filter" }, h("span", null, say("day")),
      h("input", { class: "rb-input", type: "date", value: question.day ?? "", onchange: (/** @type {any} */ event) => actions.ask({ day: event.target.value }) })),
    h("label", { class: "filter" }, h("span", null, say("state")),
      h("select", { class: "rb-input", value: question.state ?? "", onchange: (/** @type {any} */ event) => actions.ask({ state: event.target.value }) },
        h("option", { value: "" }, say("all_states")), states.map((s) => h("option", { key: s, value: s }, look.state(s).word)))),
    h("label", { class: "filter" }, h("span", null, say("kind")),
      h("select", { class: "rb-input", value: question.kind ?? "", onchange: (/** @type {any} */ event) => actions.ask({ kind: event.target.value }) },
        h("option", { value: "" }, say("all_kinds")), kinds.map((/** @type {any} */ k) => h("option", { key: k.name, value: k.name }, look.in(k.label))))));
}

/** @param {Context} context @param {Shown} shown @param {Model} model @param {Actions} actions */
function detail(context, shown, model, actions) {
  const { look, say, rules } = context;
  const kind = rules.kinds.find((/** @type {any} */ k) => k.name === shown.row.kind);
  const isVoid = shown.row.state === "void";
  return h("article", { class: "detail", key: shown.row.record },
    h("h1", null, look.in(shown.row.title) || look.in(shown.row.label)),
    h("p", { class: "detail-state" }, state(look, { state: shown.row.state }), shown.row.why && h("span", null, look.in(shown.row.why))),
    shown.returned && banner(look, { kind: "failure", text: say("returned", shown.returned.words) }),
    shown.conflicts.map((c) => banner(look, { kind: "failure", text: `${look.in(c.label)}：${say("conflict", look.in(c.text))}` })),
    shown.doubts.filter((d) => !d.seen && d.text.zh !== shown.row.why?.zh).map((d) => h("p", { class: "rb-doubt", key: `${d.code}-${d.item ?? ""}-${d.other ?? ""}` }, look.in(d.text))),
    model.wrong && banner(look, { kind: "failure", text: look.in(model.wrong.text), more: model.wrong.faults.map((f) => look.in(f.message)).join(" ") }),
    kind && !isVoid && h("section", { class: "amend" },
      formOf(context, kind, { ...typedOf(shown), ...model.typed }, { faults: model.wrong?.faults ?? [], type: actions.type, amend: true }),
      h("div", { class: "rb-actions" }, button(look, { text: say("amend_do"), kind: "primary", disabled: Object.keys(model.typed).length === 0, on: { onclick: actions.amend } }))),
    h("section", { class: "taking-back" },
      field(look, { id: "reason", label: say("reason"), value: model.reason, on: { oninput: (event) => actions.say(event.target.value) } }),
      button(look, { text: say(isVoid ? "restore_do" : "void_do"), kind: isVoid ? "" : "danger", disabled: !isVoid && model.reason.trim() === "", on: { onclick: isVoid ? actions.restore : actions.void } })),
    history(context, shown));
}

/** @param {Context} context @param {Shown} shown */
function history(context, shown) {
  const { look, say, lang } = context;
  return h("section", { class: "history" }, h("h2", null, say("history")),
    h("ol", null, shown.history.map((s) => h("li", { key: s.id },
      h("time", null, moment(s.at, context.now())), " ",
      h("b", null, s.hq ? say("hq") : s.officer), " ", actWords(s.act)[lang], s.reason && `：${s.reason}`,
      s.own && s.status === "waiting" && h("span", { class: "step-state" }, state(look, { state: "saved" })),
      s.faults?.map((f) => h("span", { class: "rb-fault", key: f.code }, look.in(f.message)))))));
}
