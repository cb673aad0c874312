import assert from "node:assert/strict";
import test from "node:test";
import { evaluate, holds, mustBeKnown } from "../rules/expression.js";
import { FAILED, UNKNOWN } from "../rules/functions.js";
import { smallRules } from "./small_rules.js";

const rules = smallRules();
const call = (operation, ...args) => ["call", operation, ...args];
const is = (value) => ["const", value];
const unknown = ["var", "absent"];
const failed = call("/", is(1), is(0));
const least = call("-", call("neg", call("*", is(2 ** 31), is(2 ** 32 - 1))), is(2 ** 31)); // -2^63
const answer = (node, values = {}) => evaluate(rules, node, (name) => values[name]);

test("three-valued logic", () => {
  for (const [node, want] of [
    [call("&&", unknown, is(false)), false],
    [call("&&", is(true), unknown), UNKNOWN],
    [call("||", unknown, is(true)), true],
    [call("||", is(false), unknown), UNKNOWN],
    [call("&&", failed, unknown), UNKNOWN],
    [call("||", unknown, failed), UNKNOWN],
    [call("&&", failed, is(false)), false],
    [call("&&", failed, is(true)), FAILED],
    [call("!", unknown), UNKNOWN],
    [call("==", unknown, unknown), UNKNOWN],
    [call("==", unknown, failed), FAILED],
    [call("<", unknown, failed), UNKNOWN],
    [call("<", failed, unknown), FAILED],
    [call("known", unknown), false],
    [call("known", failed), true],
    [call("default", unknown, is("x")), "x"],
    [call("default", failed, is(1)), FAILED],
    [call("?:", unknown, is(1), is(2)), UNKNOWN],
    [call("?:", is(true), is(1), failed), 1n],
    [call("in", unknown, ["list", is("a")]), UNKNOWN],
    [call("in", is("a"), ["list", is("a"), unknown]), UNKNOWN],
    [call("in", is("a"), ["list", is("b"), is("a")]), true],
  ]) {
    assert.equal(answer(node), want, JSON.stringify(node));
  }
});

test("whole numbers of 64 bits", () => {
  const most = call("-", call("neg", least), is(0));
  for (const [node, want] of [
    [least, -(2n ** 63n)],
    [most, FAILED],
    [call("/", least, is(-1)), FAILED],
    [call("%", least, is(-1)), FAILED],
    [call("%", is(-7), is(2)), -1n],
    [call("/", is(-7), is(2)), -3n],
    [call("+", is(2 ** 53 - 1), is(2)), 9007199254740993n],
    [call("milli", is("-0.5")), -500n],
    [call("milli", is("0.0001")), FAILED],
    [call("milli", is("9223372036854775.807")), 2n ** 63n - 1n],
    [call("milli", is("9223372036854775.808")), FAILED],
    [call("scaled", is("1"), is(19)), FAILED],
    [call("scaled", is("1"), is(-1)), FAILED],
    [call("size", is("a🚗")), 2n],
  ]) {
    assert.equal(answer(node), want, JSON.stringify(node));
  }
});

test("days and years of Shanghai", () => {
  const at = (text) => ["var", text];
  const moment = (text) => BigInt(Date.parse(text));
  const lookup = (name) => moment(name);
  const day = (text) => evaluate(rules, call("dayOf", at(text)), lookup);
  assert.equal(day("2020-12-31T15:59:59.999Z"), 20201231n);
  assert.equal(day("2020-12-31T16:00:00Z"), 20210101n);
  assert.equal(day("1986-07-01T15:30:00Z"), 19860701n); // in the years of daylight saving too
  assert.equal(day("+010000-01-01T00:00:00Z"), FAILED);
  assert.equal(evaluate(rules, call("yearOf", at("2020-12-31T16:00:00Z")), lookup), 2021n);
  assert.equal(answer(call("yearOf", is(20200229))), 2020n);
  assert.equal(answer(call("yearOf", is(20210229))), 1970n); // no day: a time
});

test("texts, codes and plates", () => {
  for (const [node, want] of [
    [call("<", is("\uffff"), is("🚗")), true], // by characters
    [call("concat", is("a"), is("b")), "ab"],
    [call("listed", is("type"), is("1344A")), true],
    [call("listed", is("type"), is("1344é")), false],
    [call("listed", is("type"), is("1344AB")), false],
    [call("listed", is("none"), is("02")), FAILED],
    [call("plateFits", is("02"), is("冀1234")), true],
    [call("plateFits", is("02"), is("冀12345")), false],
    [call("plateFits", is("99"), is("x")), true],
    [call("plateFits", is("02"), is("-")), true],
    [call("plateKnown", is("冀12345")), true],
    [call("plateKnown", is("冀123456")), false],
  ]) {
    assert.equal(answer(node), want, JSON.stringify(node));
  }
});

test("only yes and no are answers", () => {
  assert.equal(holds(rules, unknown, () => undefined), undefined);
  assert.equal(holds(rules, failed, () => undefined), undefined);
  assert.equal(holds(rules, call("==", ["var", "a"], ["var", "b"]), () => ["x"]), true);
});

test("an operation of later rules is refused, wherever it stands", () => {
  for (const node of [call("sin", is(1)), call("&&", is(true), call("constructor")), ["list", call("sin")], ["map"], call("known", ["list", call("toString")])]) {
    assert.throws(() => mustBeKnown(node), /does not know/);
  }
  const kinds = [{ name: "x", label: {}, roles: [], fields: [], rules: [{ code: "c", fields: [], expr: call("sin"), message: {} }] }];
  assert.throws(() => smallRules({ kinds }), /does not know/);
  assert.throws(() => smallRules({ format: 2 }), /format 2/);
});
