// Answers the Go tests (build tag node): JSON lines in, JSON lines out. The first line has the rules and the lists. Not for pages.

import { createInterface } from "node:readline";
import { checkValues, kindOf } from "../rules/check.js";
import { decode } from "../rules/decode.js";
import { doubtsOf } from "../rules/doubts.js";
import { evaluate } from "../rules/expression.js";
import { loadRules } from "../rules/load.js";
import { Reference } from "../rules/reference.js";
import { encode } from "../rules/values.js";

let rules;
let reference;

function answer({ kind: name, draft, how, said, tree }) {
  const kind = kindOf(rules, name);
  const { values, faults } = decode(rules, kind, draft);
  if (tree) return evaluated(evaluate(rules, tree, (field) => values.get(field)));
  if (said) return { doubts: doubtsOf(rules, kind, values, moments(said), said.lists ? reference : null) };
  const fields = [...values].sort(([a], [b]) => (a < b ? -1 : 1)).map(([field, v]) => `"${field}":${encode(kind.byName.get(field), v)}`);
  return { values: `{${fields.join(",")}}`, faults: faults.length > 0 ? faults : checkValues(rules, kind, values, how) };
}

function evaluated(value) {
  return { answer: typeof value === "symbol" ? value.description : String(value) };
}

function moments({ saved, record, imported }) {
  return { saved: BigInt(saved), record: BigInt(record), imported };
}

for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  const asked = JSON.parse(line);
  if (asked.rules) {
    rules = loadRules(asked.rules);
    reference = new Reference(rules, asked.lists ?? {});
  } else {
    process.stdout.write(JSON.stringify(answer(asked)) + "\n");
  }
}
