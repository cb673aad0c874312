import assert from "node:assert/strict";
import { test } from "node:test";
import { isOwnKey, isWhole, narrow, nextProvince, typedPlate, typeFor, typesOf } from "../pages/plate.js";

// Shapes by hand, after GA 36: a class letter for each position.
const plates = {
  classes: { P: "冀京津晋吉豫", L: "ABCDEFGHJKLMNPQRSTUVWXYZ", S: "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789", E: "ABCDEFGHJK", N: "0123456789" },
  shapes: [
    { types: ["01", "02", "07"], any_of: ["PLSSSSS"] },
    { types: ["52"], any_of: ["PLESNNNN"] },
    { types: ["51"], any_of: ["PLNNNNNE"] },
    { types: ["15"], any_of: ["PLSSSS挂"] },
  ],
  untyped: [],
  prefectures: { 1306: "冀F" },
};

test("what people paste and scan is narrowed", () => {
  assert.equal(narrow("冀Ｆ·８ｋ２ｍ６ "), "冀F8K2M6");
  assert.equal(narrow("冀F-8K2 M6\n"), "冀F8K2M6");
});

test("a pinyin initial in place of the province", () => {
  assert.equal(typedPlate("jf8"), "冀F8");
  assert.equal(typedPlate("y"), "豫");
  assert.equal(typedPlate("冀F8k"), "冀F8K");
  assert.equal(typedPlate("8"), "8");
  assert.equal(typedPlate(""), "");
});

test("a further province of the same initial", () => {
  assert.equal(nextProvince("冀F8"), "京F8");
  assert.equal(nextProvince("吉A"), "冀A");
  assert.equal(nextProvince("鄂A"), "鄂A");
  assert.equal(nextProvince(""), "");
});

test("the shape tells the type; the line above chooses among types of one shape", () => {
  assert.deepEqual(typesOf(plates, "冀F8K2M6"), ["01", "02", "07"]);
  assert.equal(typeFor(plates, "冀F8K2M6", ""), "02");
  assert.equal(typeFor(plates, "冀F8K2M6", "07"), "07");
  assert.equal(typeFor(plates, "冀F8K2M6", "52"), "02");
  assert.equal(typeFor(plates, "冀FD12345", "02"), "52");
  assert.equal(typeFor(plates, "冀F12345D", "02"), "51");
  assert.equal(typeFor(plates, "冀F8K2M挂", "02"), "15");
  assert.equal(typeFor(plates, "冀F8K2MO", "02"), "");
  assert.equal(isWhole(plates, "冀F8K2M"), false);
  assert.equal(isWhole(plates, "冀F8K2M6"), true);
});

test("keys of an input method never move or save", () => {
  assert.equal(isOwnKey({ isComposing: true, keyCode: 13 }), false);
  assert.equal(isOwnKey({ isComposing: false, keyCode: 229 }), false);
  assert.equal(isOwnKey({ isComposing: false, keyCode: 13 }), true);
});
