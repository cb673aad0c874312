import assert from "node:assert/strict";
import { test } from "node:test";
import { choose, enter, landed, refused, resume, startRun, typeNumber, undo, walkProvince } from "../pages/run.js";

const plates = {
  classes: { P: "冀京津晋吉", L: "ABCDEFGHJKLMNPQRSTUVWXYZ", S: "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789", E: "ABCDEFGHJK", N: "0123456789" },
  shapes: [{ types: ["01", "02"], any_of: ["PLSSSSS"] }, { types: ["52"], any_of: ["PLESNNNN"] }],
  untyped: [],
  prefectures: {},
};
const t0 = 1_000_000;

/** @param {import("../pages/run.js").Run} run @param {string} own */
const type = (run, own) => typeNumber(run, plates, run.entry.text + own);

/** @param {string} record @param {any[]} [doubts] */
const saved = (record, doubts = []) => ({ id: record, record, read: [], doubts });

test("a plate in a run is its own five characters and Enter", () => {
  let run = startRun("冀F");
  for (const c of "8k2m6") run = type(run, c);
  const first = enter(run, plates, t0);
  assert.deepEqual(first.effect, { save: { kind: "plate", typed: { plate_number: "冀F8K2M6", plate_type: "02", business: "register" } } });
  assert.equal(first.run.entry.text, "冀F");
  run = landed(first.run, saved("r1"), t0).run;
  assert.equal(run.lines[0].record, "r1");
  run = type(run, "D12345");
  const second = enter(run, plates, t0 + 2000);
  assert.equal(/** @type {any} */ (second.effect).save.typed.plate_type, "52");
});

test("a whole plate from a scanner replaces the region that stood", () => {
  const run = typeNumber(startRun("冀F"), plates, "冀F京A12345");
  assert.equal(run.entry.text, "京A12345");
});

test("another province by its initial, the space bar walks on", () => {
  let run = typeNumber(startRun("冀F"), plates, "j");
  assert.equal(run.entry.text, "冀");
  run = walkProvince(run);
  assert.equal(run.entry.text, "京");
});

test("the scanner sends the plate twice within a second: recorded once, and said", () => {
  let run = type(startRun("冀F"), "8K2M6");
  const first = enter(run, plates, t0);
  run = landed(first.run, saved("r1"), t0 + 20).run;
  const again = enter(type(run, "8K2M6"), plates, t0 + 100);
  assert.equal("save" in (again.effect ?? {}), false);
  assert.match(again.run.said?.text.zh ?? "", /没有再登记/);
  const later = enter(type(again.run, "8K2M6"), plates, t0 + 60_000);
  assert.ok(later.effect && "save" in later.effect);
});

test("lines wait in order for a slow disk: a clerk and a scanner go on", () => {
  const first = enter(type(startRun("冀F"), "8K2M6"), plates, t0);
  const second = enter(type(first.run, "11111"), plates, t0 + 5);
  assert.equal(second.effect, null);
  assert.equal(second.run.entry.text, "冀F");
  const third = enter(type(second.run, "22222"), plates, t0 + 10);
  const landedOne = landed(third.run, saved("r1"), t0 + 30);
  assert.equal(/** @type {any} */ (landedOne.effect).save.typed.plate_number, "冀F11111");
  const refusedOne = refused(landedOne.run, { zh: "磁盘已满", en: "disk full" });
  assert.equal(/** @type {any} */ (refusedOne.effect).save.typed.plate_number, "冀F22222");
  assert.equal(refusedOne.run.entry.text, "冀F11111");
  const landedTwo = landed(refusedOne.run, saved("r3"), t0 + 60);
  assert.equal(landedTwo.effect, null);
  assert.deepEqual(landedTwo.run.lines.map((l) => l.number), ["冀F22222", "冀F8K2M6"]);
  assert.match(landedTwo.run.said?.text.zh ?? "", /冀F11111 未保存/, "the refusal stays in view");
});

test("a half-typed number is not saved, and says why", () => {
  for (const [own, word] of [["8K2", "不完整"], ["8K2MO", "没有字母 O"], ["", "请输入"], ["8K2M666666", "位数"]]) {
    const { run, effect } = enter(type(startRun("冀F"), own), plates, t0);
    assert.deepEqual(effect, { move: "number" });
    assert.match(run.said?.text.zh ?? "", new RegExp(word));
    assert.equal(run.entry.text, "冀F" + own);
  }
});

test("a refused save stands in the line again, unless the clerk has typed on", () => {
  const first = enter(choose(type(startRun("冀F"), "8K2M6"), { business: "transfer" }), plates, t0);
  const back = refused(first.run, { zh: "磁盘已满", en: "disk full" }).run;
  assert.equal(back.entry.text, "冀F8K2M6");
  assert.equal(back.entry.business, "transfer");
  const typedOn = refused(type(first.run, "1"), { zh: "磁盘已满", en: "disk full" }).run;
  assert.equal(typedOn.entry.text, "冀F1");
  assert.match(typedOn.said?.text.zh ?? "", /冀F8K2M6 未保存/);
  const once = enter(back, plates, t0 + 100);
  assert.ok(once.effect && "save" in once.effect, "the same number at once again is no second scan");
});

test("undo takes back the last line for ten seconds", () => {
  const { run } = landed(enter(type(startRun("冀F"), "8K2M6"), plates, t0).run, saved("r1"), t0);
  const taken = undo(run, t0 + 9_000);
  assert.deepEqual(taken.effect, { void: "r1" });
  assert.equal(taken.run.lines[0].undone, true);
  assert.equal(undo(taken.run, t0 + 9_500).effect, null);
  assert.equal(undo(run, t0 + 11_000).effect, null);
});

test("a duplicate is said at once", () => {
  const doubt = { code: "duplicate", severity: "uncounted", text: { zh: "与今天 10:21 重复", en: "repeats 10:21" } };
  const { run } = landed(enter(type(startRun("冀F"), "8K2M6"), plates, t0).run, saved("r1", [doubt]), t0);
  assert.equal(run.said?.kind, "doubt");
  assert.match(run.said?.text.zh ?? "", /冀F8K2M6 与今天/);
});

test("type and business stay as in the line above; a type chosen by hand holds for its line alone", () => {
  let run = choose(type(startRun("冀F"), "8K2M6"), { type: "01", business: "replace" });
  run = landed(enter(run, plates, t0).run, saved("r1"), t0).run;
  assert.equal(run.entry.type, "01");
  assert.equal(run.entry.business, "replace");
  run = type(run, "D12345");
  assert.equal(run.entry.type, "52");
});

test("a page opened again goes on with the day's lines", () => {
  const row = (/** @type {string} */ record, /** @type {string} */ number, state = "saved") => /** @type {any} */ ({ record, state, values: { plate_number: number, plate_type: "01", business: "transfer" } });
  const run = resume(startRun("冀F"), [row("r2", "冀F22222"), row("r1", "冀F11111", "void")]);
  assert.deepEqual(run.lines.map((l) => [l.number, l.record, l.undone]), [["冀F22222", "r2", false], ["冀F11111", "r1", true]]);
  assert.deepEqual([run.entry.type, run.entry.business], ["01", "transfer"]);
  const next = enter(type(run, "33333"), plates, t0).run;
  assert.equal(new Set([...next.lines, ...next.saving].map((l) => l.key)).size, 3, "keys stay different");
  const typing = resume(type(startRun("冀F"), "8"), [row("r2", "冀F22222")]);
  assert.equal(typing.entry.type, "02", "the line being typed is left alone");
  assert.equal(resume(run, [row("r3", "冀F3")]), run);
});
