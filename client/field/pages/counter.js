// The clerk's table: a run of plates, each its own characters and Enter. run.js has the state; here is the page around it.
import { banner, button, empty, table, toast, total } from "../view/components.js";
import { h } from "../view/render.js";
import { MakerError } from "../maker.js";
import { moment } from "../words.js";
import { isOwnKey } from "./plate.js";
import { choose, enter, landed, refused, resume, startRun, typeNumber, undo, walkProvince } from "./run.js";
import { tone } from "./tone.js";

/** @typedef {import("./context.js").Context} Context */
/** @typedef {import("./run.js").Run} Run */

const draftID = "plates";
/** Time after the last change until the draft goes to the disk, ms. */
const draftAfter = 200;
const shownLines = 12;

/**
 * @param {Context} context
 * @returns {import("./context.js").Page}
 */
export function counterPage(context) {
  const { maker, rules } = context;
  let run = startRun(context.hello.begin);
  /** Records of today by id, as the maker tells their states.
   * @type {Map<string, import("../maker.js").Row>} */
  let rows = new Map();
  let timer = 0;
  let ticking = 0;
  /** Calls about the draft, in order: an old text must not come after a save. */
  let last = Promise.resolve();

  const after = (/** @type {() => Promise<unknown>} */ call) => (last = last.then(call).then(() => undefined, () => undefined));
  const keepDraft = () => {
    clearTimeout(timer);
    timer = window.setTimeout(() => {
      const { text, type, business, vehicle } = run.entry;
      void after(() => (text === run.begin ? maker.dropDraft(draftID)
        : maker.keepDraft(draftID, { kind: "plate", typed: { plate_number: text, plate_type: type, business, vehicle_type: vehicle } })));
    }, draftAfter);
  };
  const set = (/** @type {Run} */ next) => {
    const typed = next.entry !== run.entry;
    run = next;
    if (typed) keepDraft();
    if (run.undo && !ticking) ticking = window.setInterval(tick, 1000);
    context.drawNow();
  };
  const tick = () => {
    if (!run.undo || context.now() > run.undo.until) {
      clearInterval(ticking);
      ticking = 0;
      run = { ...run, undo: null };
    }
    context.redraw();
  };
  const save = async (/** @type {import("../maker.js").Form} */ form) => {
    clearTimeout(timer);
    await after(async () => undefined);
    try {
      const saved = await maker.save(form, draftID);
      carryOut(landed(run, saved, context.now()));
      tone(saved.doubts.some((d) => d.code === "duplicate") ? "doubt" : "saved");
      await load();
    } catch (error) {
      if (!(error instanceof MakerError)) throw error;
      carryOut(refused(run, error.faults[0]?.message ?? error.text));
      tone("refused");
      if (error.code === "locked") await context.refresh();
    }
    if (run.entry.text !== run.begin) keepDraft(); // the save forgot the draft
  };
  const carryOut = (/** @type {{run: Run, effect: import("./run.js").Effect}} */ step) => {
    set(step.run);
    const effect = step.effect;
    if (!effect) return;
    if ("save" in effect) void save(effect.save);
    else if ("void" in effect) void maker.void(effect.void, "撤销").then(load);
    else if (step.run.said?.kind === "fault") tone("refused");
  };
  const load = async () => {
    const found = await maker.list({ kind: "plate", limit: 60 }).catch(() => null);
    if (found) {
      rows = new Map(found.rows.map((row) => [row.record, row]));
      run = resume(run, found.rows.filter((row) => row.own && row.day === today(context)));
    }
    context.redraw();
  };
  const open = async () => {
    const [drafts] = await Promise.all([maker.drafts().catch(() => []), load()]);
    const kept = drafts.find((d) => d.id === draftID);
    if (kept && run.entry.text === run.begin) {
      const typed = kept.form.typed;
      run = { ...run, entry: { ...run.entry, text: typed.plate_number ?? run.begin, type: typed.plate_type ?? run.entry.type, business: typed.business ?? run.entry.business, vehicle: typed.vehicle_type ?? "" } };
    }
    context.redraw();
  };
  void open();

  /** @param {KeyboardEvent} event */
  const key = (event) => {
    if (!isOwnKey(event)) return;
    if (event.key === "Enter") {
      event.preventDefault();
      carryOut(enter(run, rules.plates, context.now()));
    } else if (event.key === " ") {
      event.preventDefault();
      if (run.entry.text.length === 1) set(walkProvince(run));
    } else if (event.key.toLowerCase() === "z" && (event.ctrlKey || event.metaKey) && run.entry.text === run.begin) {
      event.preventDefault();
      carryOut(undo(run, context.now()));
    }
  };
  /** @param {any} event */
  const typing = (event) => {
    if (event.isComposing) run = { ...run, entry: { ...run.entry, text: event.target.value } };
    else set(typeNumber(run, rules.plates, event.target.value));
  };

  const actions = { key, typing, set: (/** @type {Run} */ next) => set(next), press: () => carryOut(enter(run, rules.plates, context.now())), undo: () => carryOut(undo(run, context.now())) };
  return {
    view: () => view(context, run, rows, actions),
    heard: (changed) => {
      if (changed.includes("records")) void load();
    },
    leave: () => {
      clearInterval(ticking);
      ticking = 0;
    },
  };
}

/** @typedef {{key: (e: KeyboardEvent) => void, typing: (e: any) => void, set: (run: Run) => void, press: () => void, undo: () => void}} Actions */

/**
 * @param {Context} context
 * @param {Run} run
 * @param {Map<string, import("../maker.js").Row>} rows
 * @param {Actions} actions
 */
function view(context, run, rows, actions) {
  const { look, say } = context;
  const left = run.undo ? Math.ceil((run.undo.until - context.now()) / 1000) : 0;
  return h("div", { class: "counter" },
    h("div", { class: "counter-main" },
      entryRow(context, run, actions),
      h("div", { class: "said", "aria-live": "assertive" }, run.said && banner(look, { kind: run.said.kind === "done" ? "success" : "failure", text: look.in(run.said.text) })),
      run.lines.length === 0 ? empty(look, { title: say("run_empty") }) : linesTable(context, run, rows),
      left > 0 && run.undo && h("div", { class: "toast" }, toast(look, { text: say("was_saved", run.undo.number), left, onUndo: actions.undo }))),
    h("aside", { class: "counter-side" }, figures(context, rows)));
}

/** @param {Context} context @param {Run} run @param {Actions} actions */
function entryRow(context, run, actions) {
  const { look, say } = context;
  const e = run.entry;
  return h("form", { class: "entry", onsubmit: (/** @type {Event} */ event) => event.preventDefault() },
    h("div", { class: "entry-number" },
      h("label", { class: "rb-label", for: "number" }, say("number")),
      h("input", {
        id: "number", class: "rb-input rb-plate-number", type: "text", value: e.text, autocomplete: "off", autocapitalize: "characters", spellcheck: "false", autofocus: true,
        "aria-describedby": "number-help", oninput: actions.typing, oncompositionend: actions.typing, onkeydown: actions.key,
        ref: (/** @type {HTMLInputElement} */ input) => {
          input.focus();
          input.setSelectionRange(input.value.length, input.value.length);
        },
      })),
    select(context, "type", "plate_type", e.type, actions, (value) => choose(run, { type: value })),
    select(context, "business", "business", e.business, actions, (value) => choose(run, { business: value })),
    h("div", { class: "entry-vehicle" },
      h("label", { class: "rb-label", for: "vehicle" }, say("vehicle")),
      h("input", { id: "vehicle", class: "rb-input", type: "text", value: e.vehicle, autocomplete: "off", onkeydown: actions.key, oninput: (/** @type {any} */ event) => actions.set(choose(run, { vehicle: event.target.value.toUpperCase() })) })),
    h("label", { class: "entry-spoiled" },
      h("input", { type: "checkbox", id: "spoiled", checked: e.spoiled, onchange: (/** @type {any} */ event) => actions.set(choose(run, { spoiled: event.target.checked })) }), say("spoiled")),
    button(look, { text: say("enter"), kind: "primary", busy: run.saving.length > 0, on: { onclick: actions.press } }),
    h("p", { class: "rb-help", id: "number-help" }, say("number_help")));
}

/** A select over a table of codes: native, for the keyboard's sake.
 * @param {Context} context @param {string} id @param {string} codes @param {string} value @param {Actions} actions @param {(value: string) => Run} chosen */
function select({ say, rules, lang }, id, codes, value, actions, chosen) {
  const at = lang === "zh" ? 1 : 2;
  return h("div", { class: `entry-${id}` },
    h("label", { class: "rb-label", for: id }, say(id)),
    h("select", { id, class: "rb-input", value, onkeydown: actions.key, onchange: (/** @type {any} */ event) => actions.set(chosen(event.target.value)) },
      rules.codes[codes].codes.map((/** @type {string[]} */ c) => h("option", { key: c[0], value: c[0], selected: c[0] === value }, c[at]))));
}

/** @param {Context} context @param {Run} run @param {Map<string, import("../maker.js").Row>} rows */
function linesTable(context, run, rows) {
  const { look, say, lang, rules } = context;
  const at = lang === "zh" ? 1 : 2;
  const word = (/** @type {string} */ table, /** @type {string} */ code) => rules.codes[table].codes.find((/** @type {string[]} */ c) => c[0] === code)?.[at] ?? code;
  return table(look, {
    id: "run", caption: say("run"),
    columns: [{ text: say("number") }, { text: say("type") }, { text: say("business") }, { text: say("time") }, { text: say("state") }],
    rows: run.lines.slice(0, shownLines).map((line) => {
      const row = rows.get(line.record);
      return { id: `line-${line.key}`, cells: [
        { text: line.number }, { text: word("plate_type", line.type) }, { text: word("business", line.business) },
        { text: row ? moment(row.at, context.now()) : "" }, { state: line.undone ? "void" : (row?.state ?? "saved") },
      ] };
    }),
  });
}

/** The day in Shanghai by this machine's clock.
 * @param {Context} context */
const today = (context) => new Date(context.now() + 8 * 3_600_000).toISOString().slice(0, 10);

/** The unit's figures as the server told, and this device's own lines of today by state.
 * @param {Context} context @param {Map<string, import("../maker.js").Row>} rows */
function figures(context, rows) {
  const { look, say, totals } = context;
  /** @type {Map<string, number>} */
  const own = new Map();
  for (const row of rows.values()) if (row.own && row.day === today(context)) own.set(row.state, (own.get(row.state) ?? 0) + 1);
  const ofToday = [...own].reduce((n, [state, of]) => (state === "void" ? n : n + of), 0);
  const target = totals?.targets.find((t) => t.measure === "plate_sets");
  return total(look, {
    title: say("issued"), unit: say("sets"), year: totals ? (totals.measures.plate_sets ?? 0) : null, today: ofToday, target: target?.value ?? null,
    at: totals ? moment(totals.at, context.now()) : "", own: [...own].map(([state, n]) => ({ state, n })),
  });
}
