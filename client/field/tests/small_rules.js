// Rules made by hand for the tests: one kind with a field of each type, in the form of schema.Rules.

import { loadRules } from "../rules/load.js";

const text = (/** @type {string} */ zh) => ({ zh, en: zh });

/** @param {Record<string, any>} [more] */
export function document(more = {}) {
  const fields = [
    { name: "unit", type: "text", token: true, max_len: 5, required: true, label: text("单位") },
    { name: "occurred_at", type: "time", label: text("时间") },
    { name: "day", type: "day", label: text("日期") },
    { name: "count", type: "int", alias: ["n"], label: text("数") },
    { name: "price", type: "decimal", scale: 2, min: -1, max: 10, max_len: 8, label: text("价") },
    { name: "done", type: "bool", label: text("完") },
    { name: "plate_type", type: "code", codes: "type", label: text("类") },
    { name: "plate", type: "plate", max_len: 8, label: text("牌") },
    { name: "tags", type: "list", max: 2, max_len: 3, label: text("签") },
    { name: "note", type: "text", prose: true, label: text("注") },
    { name: "form", type: "text", pattern: "^[A-Z][0-9]$", form: text("如 A1"), label: text("式") },
    { name: "ref", type: "record", label: text("引") },
  ];
  const rules = [{ code: "few", fields: ["count"], expr: ["call", ">", ["var", "count"], ["const", 2]], message: text("太少") }];
  const sentences = Object.fromEntries(
    [
      "bad_json", "unknown_field", "duplicate_field", "wrong_type", "bad_text", "bad_code", "bad_number", "bad_record", "required", "too_precise", "bad_day", "bad_time", "too_long.list",
      "too_long.text", "bad_pattern.token", "bad_pattern.form", "bad_pattern.element", "out_of_range.between", "out_of_range.bits", "bad_plate.implausible", "bad_plate.letters", "bad_plate.shapeless",
    ].map((key) => [key, text(`${key} {label} {n} {min} {max}`)]),
  );
  return {
    format: 1,
    kinds: [{ name: "thing", no: "K1", version: 1, label: text("物"), roles: ["officer"], fields, rules }],
    codes: { type: { label: text("类"), variants: true, codes: [["02", "小型", "small", "蓝牌"], ["1344", "违法", "offence"]] } },
    plates: { classes: { P: "冀京", N: "0123456789" }, shapes: [{ types: ["02"], any_of: ["PNNNN"] }], untyped: ["PNNNNN"] },
    doubts: [],
    sentences,
    types: Object.fromEntries(["text", "int", "bool", "time", "decimal", "code", "plate", "record", "list", "day"].map((t) => [t, text(t)])),
    none: text("无"),
    characters: [[0x200b, 0x200b, "unseen"], [0x200d, 0x200d, "shapes"], [0x2014, 0x2014, "hyphen"], [0x3000, 0x3000, "space"], [0xff10, 0xff3a, "half"]],
    plate_dots: "·",
    record_sign: "0123456789abcdef",
    lists: ["segment"],
    ...more,
  };
}

/** @param {Record<string, any>} [more] */
export function smallRules(more) {
  return loadRules(/** @type {any} */ (document(more)));
}
