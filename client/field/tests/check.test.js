import assert from "node:assert/strict";
import test from "node:test";
import { check, kindOf } from "../rules/check.js";
import { decode } from "../rules/decode.js";
import { doubtsOf } from "../rules/doubts.js";
import { quote, write } from "../rules/json.js";
import { distance, Reference } from "../rules/reference.js";
import { encode } from "../rules/values.js";
import { fill, truncate } from "../rules/words.js";
import { smallRules } from "./small_rules.js";

const rules = smallRules();
const thing = kindOf(rules, "thing");
const person = { act: "create", by: "person" };
const faultsOf = (draft, how = person) => check(rules, "thing", draft, how).map((f) => `${f.code} ${f.field}`);
const valueOf = (name, json) => decode(rules, thing, `{"${name}":${json}}`).values.get(name);

test("a draft as an object and as JSON", () => {
  assert.deepEqual(faultsOf({ unit: "a", count: 3 }), []);
  assert.deepEqual(faultsOf({ unit: "a", count: 3n, price: undefined }), []);
  assert.deepEqual(faultsOf({ count: 2 }), ["required unit", "few count"]);
  assert.deepEqual(faultsOf({ count: 2 }, { act: "amend", by: "person" }), ["few count"]);
  assert.deepEqual(faultsOf({ unit: null }, { act: "amend", by: "person" }), ["required unit"]);
  assert.deepEqual(faultsOf('{"unit":"a","n":3,"count":3}'), ["duplicate_field count"]);
  assert.deepEqual(faultsOf({ unit: 1, n: 1e21, x: 1 }), ["wrong_type unit", "wrong_type count", "unknown_field x"]);
  assert.throws(() => check(rules, "nothing", {}, person), /no kind nothing/);
});

test("what is no JSON", () => {
  for (const draft of ["", "[]", "{", '{"unit":"a"', '{"unit":"a"}x', '{"unit":"a",}', '{unit:"a"}', '{"unit":nul}', '{"n":01}', '{"n":1.}', '{"n":1e}', '{"unit":"\n"}', '{"unit":"\\x"}', `{"x":${"[".repeat(33)}${"]".repeat(33)}}`]) {
    assert.ok(faultsOf(draft).includes("bad_json "), draft);
  }
  assert.deepEqual(faultsOf(`{"x":${"[".repeat(32)}${"]".repeat(32)}}`), ["unknown_field x"]);
});

test("canonical values", () => {
  for (const [name, json, want] of [
    ["unit", '" Ａ—— \\u200b"', "A-"],
    ["note", '"a\\u200b——"', "a——"],
    ["note", '"\\u200d"', null],
    ["note", '"e\\u0301"', "é"],
    ["count", "-0", 0n],
    ["count", "9223372036854775807", 2n ** 63n - 1n],
    ["count", "9223372036854775808", undefined],
    ["price", '"-0.50"', "-0.5"],
    ["price", "7.0", "7"],
    ["price", '"007.0"', "7"],
    ["price", '"10.001"', undefined],
    ["plate_type", '"SMALL"', "02"],
    ["plate", '"冀·1 2b45"', "冀12B45"],
    ["tags", '["a","\\u200b"]', ["a"]],
    ["tags", "[]", null],
    ["tags", '["a"," "]', undefined],
    ["day", '"0001-01-01"', 10101n],
    ["day", '"2021-02-29"', undefined],
    ["occurred_at", '"1970-01-01T08:00:00.0019+08:00"', 1n],
    ["occurred_at", '"9999-12-31T16:00:00Z"', undefined],
    ["form", '"A1"', "A1"],
    ["form", '"xA1"', undefined],
    ["ref", '"0123456789.abcdefab.1.0123456789abcdef"', "0123456789.abcdefab.1.0123456789abcdef"],
    ["ref", '"0123456789.abcdefab.01.0123456789abcdef"', undefined],
    ["done", "true", true],
  ]) {
    assert.deepEqual(valueOf(name, json), want, `${name} ${json}`);
  }
});

test("values as lines write them", () => {
  const field = (name) => thing.byName.get(name);
  assert.equal(encode(field("day"), 10203n), '"0001-02-03"');
  assert.equal(encode(field("occurred_at"), 1n), '"1970-01-01T08:00:00.001+08:00"');
  assert.equal(encode(field("occurred_at"), -62135625600000n), '"0001-01-01T00:00:00+08:00"');
  assert.equal(encode(field("tags"), ['a"', "\n\u0001"]), '["a\\"","\\n\\u0001"]');
  assert.equal(quote("\u2028é"), '"\u2028é"');
  assert.equal(write({ a: 1n, b: "\ud800" }), '{"a":1,"b":"\\ud800"}');
});

test("plates that a person typed", () => {
  const codes = (draft) => check(rules, "thing", { unit: "a", ...draft }, person).map((f) => f.code);
  assert.deepEqual(codes({ plate: "冀1234" }), []);
  assert.deepEqual(codes({ plate: "冀I23O5" }), ["bad_plate"]);
  assert.deepEqual(codes({ plate: "冀ABCDE" }), ["bad_plate"]);
  assert.deepEqual(codes({ plate: "冀ABCDE", plate_type: "02" }), []); // the kind's rule would say it
  assert.deepEqual(check(rules, "thing", { unit: "a", plate: "冀ABCDE" }, { act: "create", by: "import" }), []);
});

test("sentences keep what was typed", () => {
  assert.equal(fill("{a}{b}{c}", "zh", { a: "{b}", b: { zh: "中", en: "en" } }), "{b}中{c}");
  assert.equal(fill("{x}", "en", { x: "$&" }), "$&");
  assert.equal(truncate("🚗".repeat(60)), "🚗".repeat(60));
  assert.equal(truncate("🚗".repeat(61)), "🚗".repeat(60) + "…");
});

test("distances of names", () => {
  for (const [typed, known, want] of [["小车", "小型汽车", 1], ["abc", "xabcx", 0], ["a", "b", 1], ["abd", "abc", 1], ["", "abc", 3], ["冀🚗", "冀a", 1]]) {
    assert.equal(distance(typed, known), want, `${typed} ${known}`);
  }
});

const day = 86400000n;
const doubts = [
  { code: "late", severity: "check", kinds: ["thing"], field: "occurred_at", after_saving: 2 * Number(day), name: {}, text: { zh: "{day} 在后", en: "{day}" } },
  { code: "lost", severity: "uncounted", kinds: ["thing"], field: "unit", not_in: { list: "segment", by: ["unit"] }, name: {}, text: { zh: "{value}：{near}", en: "{near}" } },
  { code: "always", severity: "check", kinds: ["thing"], field: "unit", not_in: { list: "year", by: ["year"], always: true }, name: {}, text: { zh: "{value}", en: "" } },
  { code: "item", severity: "check", kinds: ["thing"], field: "day", when: ["call", "<", ["var", "occurred_at"], ["var", "record_at"]], name: {}, text: { zh: "{value}", en: "" } },
  { code: "event", severity: "check", kinds: ["thing"], of: "group", name: {}, text: { zh: "", en: "" } },
];

test("doubts about a record and the lists", () => {
  const own = smallRules({ doubts, lists: ["segment", "year"] });
  const kind = kindOf(own, "thing");
  const { values } = decode(own, kind, '{"unit":"S1","occurred_at":"2020-12-15T10:00:00+08:00","day":"2020-12-15"}');
  const at = values.get("occurred_at");
  const raised = (said, lists) => doubtsOf(own, kind, values, said, lists && new Reference(own, lists)).map((d) => `${d.code} ${d.text.zh}`);
  assert.deepEqual(raised({ saved: at - 2n * day }, null), []);
  assert.deepEqual(raised({ saved: at - 2n * day - 1n }, null), ["late 2020-12-15 在后"]);
  assert.deepEqual(raised({ saved: at - 3n * day, imported: true }, null), []);
  assert.deepEqual(raised({ record: at + 1n }, null), ["item 2020-12-15"]);
  const year = [["2020", "", 0, 0]];
  assert.deepEqual(raised({}, { segment: [["S1", "", 0, 0]], year }), []);
  assert.deepEqual(raised({}, { segment: [["S1", "", 20201216, 0], ["Ｓ2", "路", 0, 20201216]], year }), ["lost S1：S2 路"]);
  assert.deepEqual(raised({}, { segment: [["S1", "", 0, 20201215], ["G336-1", "", 0, 0]], year }), ["lost S1：无"]);
  assert.deepEqual(raised({}, { segment: [["S1", "", 20201216, 0]], year }), []); // the county keeps no list yet
  assert.deepEqual(raised({}, {}), ["always 2020"]);
});

test("more than 30 marks in a row are parted", () => {
  const mark = "\u0316";
  assert.equal(valueOf("note", quote("x" + mark.repeat(30))), "x" + mark.repeat(30));
  assert.equal(valueOf("note", quote("x" + mark.repeat(31))), "x" + mark.repeat(30) + "\u034f" + mark);
});
