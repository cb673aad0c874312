// A run of plates at the counter: the state of the clerk's table and how keys change it. Pure: no page, no maker, no clock of its
// own. Each step returns the next state and at most one effect for the page to carry out.
import { isWhole, nextProvince, typedPlate, typeFor } from "./plate.js";

/** @typedef {import("../maker.js").Form} Form */
/** @typedef {import("../maker.js").Saved} Saved */
/** @typedef {import("../maker.js").Text} Text */
/** @typedef {import("./plate.js").Plates} Plates */

/** A line of the run.
 * @typedef {{key: number, number: string, type: string, business: string, vehicle: string, spoiled: boolean, record: string, doubts: import("../maker.js").Doubt[], undone: boolean}} Line */

/** The line being typed. typeByHand: the clerk chose the type, and the shape no longer does.
 * @typedef {{text: string, type: string, typeByHand: boolean, business: string, vehicle: string, spoiled: boolean}} Entry */

/** What the page says beside the table, until the next key.
 * @typedef {{kind: "fault" | "doubt" | "done", text: Text}} Said */

/**
 * @typedef {Object} Run
 * @property {string} begin how plates begin here
 * @property {Entry} entry
 * @property {Line[]} lines newest first
 * @property {Line[]} saving lines on their way to the disk, oldest first; one is saved at a time
 * @property {{record: string, number: string, until: number} | null} undo
 * @property {Said | null} said
 * @property {{number: string, at: number}} last the number entered last: a scanner may send it twice
 * @property {number} keys of lines given so far
 */

/** What the page has to do.
 * @typedef {{save: Form} | {void: string} | {move: "type" | "business" | "number"} | null} Effect */

/** Time for undo, ms; and the time within which the same number from a scanner is one. */
export const undoTime = 10_000;
const scanTime = 1_000;
const mostLines = 200;

/** @param {string} zh @param {string} en */
const text = (zh, en) => ({ zh, en });

/**
 * A fresh run. above is the last line of the shift before, if there is one.
 * @param {string} begin
 * @param {Partial<Entry>} [above]
 * @returns {Run}
 */
export function startRun(begin, above = {}) {
  return {
    begin, lines: [], saving: [], undo: null, said: null, last: { number: "", at: 0 }, keys: 0,
    entry: { text: begin, type: above.type ?? "02", typeByHand: false, business: above.business ?? "register", vehicle: above.vehicle ?? "", spoiled: false },
  };
}

/**
 * The lines that this device saved before the page was opened, newest first: the run goes on.
 * @param {Run} run
 * @param {import("../maker.js").Row[]} rows own plates of the day
 * @returns {Run}
 */
export function resume(run, rows) {
  if (run.lines.length > 0 || rows.length === 0) return run;
  /** @type {Line[]} */
  const lines = rows.slice(0, mostLines).map((row, i) => ({
    key: rows.length - i, number: row.values.plate_number ?? "", type: row.values.plate_type ?? "", business: row.values.business ?? "",
    vehicle: row.values.vehicle_type ?? "", spoiled: row.values.spoiled === true, record: row.record, doubts: [], undone: row.state === "void",
  }));
  const above = lines[0];
  const untouched = run.entry.text === run.begin;
  const entry = untouched ? { ...run.entry, type: above.type || run.entry.type, business: above.business || run.entry.business, vehicle: above.vehicle } : run.entry;
  return { ...run, lines, keys: run.keys + lines.length, entry };
}

/**
 * The text of the number changed: typed, pasted or scanned. A number that comes whole, with its own region, replaces what stood.
 * @param {Run} run
 * @param {Plates} plates
 * @param {string} raw
 * @returns {Run}
 */
export function typeNumber(run, plates, raw) {
  let number = typedPlate(raw);
  if (number.startsWith(run.begin) && isWhole(plates, number.slice(run.begin.length))) number = number.slice(run.begin.length);
  const type = run.entry.typeByHand ? run.entry.type : typeFor(plates, number, run.entry.type) || run.entry.type;
  return { ...run, said: null, entry: { ...run.entry, text: number, type } };
}

/**
 * The space bar: the next province of the same initial.
 * @param {Run} run
 * @returns {Run}
 */
export const walkProvince = (run) => ({ ...run, said: null, entry: { ...run.entry, text: nextProvince(run.entry.text) } });

/**
 * Another type, business, vehicle type, or spoiled.
 * @param {Run} run
 * @param {Partial<Entry>} change
 * @returns {Run}
 */
export const choose = (run, change) => ({
  ...run, said: null, entry: { ...run.entry, ...change, typeByHand: run.entry.typeByHand || change.type !== undefined },
});

/**
 * Enter: moves on in a half-filled line, saves a complete one. While a line is on its way to a slow disk, the next ones wait in
 * order: a clerk and a scanner go on.
 * @param {Run} run
 * @param {Plates} plates
 * @param {number} now Unix ms
 * @returns {{run: Run, effect: Effect}}
 */
export function enter(run, plates, now) {
  const e = run.entry;
  if (e.text === run.begin || e.text === "") {
    return { run: { ...run, said: { kind: "fault", text: text("请输入号码", "Type the number") } }, effect: { move: "number" } };
  }
  if (e.text === run.last.number && now - run.last.at < scanTime) {
    const said = text(`${e.text} 刚刚登记过，没有再登记一次`, `${e.text} was recorded a moment ago, and not once more`);
    return { run: { ...run, said: { kind: "done", text: said }, entry: fresh(run, e) }, effect: { move: "number" } };
  }
  if (!isWhole(plates, e.text)) {
    const odd = /[OI]/.test(e.text.slice(1)) ? text("号牌里没有字母 O 和 I，请改为数字 0 和 1", "plates have no letters O and I: type the digits 0 and 1") : text(`号码不完整或位数不对：${e.text}`, `the number is not whole, or too long: ${e.text}`);
    return { run: { ...run, said: { kind: "fault", text: odd } }, effect: { move: "number" } };
  }
  if (e.type === "") return { run, effect: { move: "type" } };
  if (e.business === "") return { run, effect: { move: "business" } };
  /** @type {Line} */
  const line = { key: run.keys + 1, number: e.text, type: e.type, business: e.business, vehicle: e.vehicle, spoiled: e.spoiled, record: "", doubts: [], undone: false };
  return {
    run: { ...run, saving: [...run.saving, line], keys: run.keys + 1, said: null, last: { number: e.text, at: now }, entry: fresh(run, e) },
    effect: run.saving.length === 0 ? { save: formOf(line) } : null,
  };
}

/**
 * The next line: the region stands, type and business stay as in the line above.
 * @param {Run} run
 * @param {Entry} above
 * @returns {Entry}
 */
const fresh = (run, above) => ({ ...above, text: run.begin, typeByHand: false, spoiled: false });

/**
 * The form of a line.
 * @param {Line} line
 * @returns {Form}
 */
function formOf(line) {
  /** @type {Record<string, string>} */
  const typed = { plate_number: line.number, plate_type: line.type, business: line.business };
  if (line.vehicle) typed.vehicle_type = line.vehicle;
  if (line.spoiled) typed.spoiled = "true";
  return { kind: "plate", typed };
}

/** The next line that waits for the disk.
 * @param {Line[]} waiting
 * @returns {Effect} */
const next = (waiting) => (waiting.length > 0 ? { save: formOf(waiting[0]) } : null);

/**
 * The oldest line on its way is on the disk. A doubt is said at once; one about all lines of a year without targets is not.
 * @param {Run} run
 * @param {Saved} saved
 * @param {number} now
 * @returns {{run: Run, effect: Effect}}
 */
export function landed(run, saved, now) {
  const [first, ...waiting] = run.saving;
  if (!first) return { run, effect: null };
  const line = { ...first, record: saved.record, doubts: saved.doubts };
  const doubt = saved.doubts.find((d) => d.code !== "no_targets");
  const after = {
    ...run, saving: waiting, lines: [line, ...run.lines].slice(0, mostLines),
    undo: { record: saved.record, number: line.number, until: now + undoTime },
    said: doubt ? { kind: /** @type {const} */ ("doubt"), text: text(`${line.number} ${doubt.text.zh}`, `${line.number} ${doubt.text.en}`) } : run.said,
  };
  return { run: after, effect: next(waiting) };
}

/**
 * The line could not be saved: it stands in the entry again, unless the clerk has typed on; then the words name it.
 * @param {Run} run
 * @param {Text} why
 * @returns {{run: Run, effect: Effect}}
 */
export function refused(run, why) {
  const [line, ...waiting] = run.saving;
  if (!line) return { run, effect: null };
  const said = { kind: /** @type {const} */ ("fault"), text: text(`${line.number} 未保存：${why.zh}`, `${line.number} was not saved: ${why.en}`) };
  const untouched = run.entry.text === run.begin || run.entry.text === "";
  const entry = untouched ? { ...run.entry, text: line.number, type: line.type, business: line.business, vehicle: line.vehicle, spoiled: line.spoiled } : run.entry;
  return { run: { ...run, saving: waiting, said, entry, last: { number: "", at: 0 } }, effect: next(waiting) };
}

/**
 * Undo within ten seconds: a void of the line saved last.
 * @param {Run} run
 * @param {number} now
 * @returns {{run: Run, effect: Effect}}
 */
export function undo(run, now) {
  const u = run.undo;
  if (!u || now > u.until) {
    return { run: { ...run, undo: null, said: { kind: "fault", text: text("没有可撤销的；更早的请在记录里作废", "nothing to undo: void an earlier one in the records") } }, effect: null };
  }
  const lines = run.lines.map((l) => (l.record === u.record ? { ...l, undone: true } : l));
  const said = { kind: /** @type {const} */ ("done"), text: text(`已撤销 ${u.number}`, `${u.number} was taken back`) };
  return { run: { ...run, lines, undo: null, said, last: { number: "", at: 0 } }, effect: { void: u.record } };
}
