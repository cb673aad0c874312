// From the document of schema.Rules to rules ready for use. A document of another form is refused.

import { Characters } from "./characters.js";
import { CodeTable } from "./codes.js";
import { mustBeKnown } from "./expression.js";
import { Plates } from "./plates.js";

/** @typedef {import("./types.js").Rules} Rules */
/** @typedef {import("./types.js").RulesDoc} RulesDoc */
/** @typedef {import("./types.js").Kind} Kind */
/** @typedef {import("./types.js").KindDoc} KindDoc */
/** @typedef {import("./types.js").Field} Field */
/** @typedef {import("./types.js").FieldDoc} FieldDoc */

const format = 1;

/**
 * Prepares the rules.
 * @param {RulesDoc} doc as parsed from JSON
 * @returns {Rules}
 */
export function loadRules(doc) {
  if (doc.format !== format) throw new Error(`rules of format ${doc.format}, not ${format}`);
  const characters = new Characters(doc.characters);
  const tables = new Map(Object.entries(doc.codes).map(([name, table]) => [name, new CodeTable(table, characters)]));
  const kinds = new Map(doc.kinds.map((kind) => [kind.name, loadKind(kind, doc, tables)]));
  for (const { when } of doc.doubts) if (when) mustBeKnown(when);
  return { doc, kinds, tables, characters, plates: new Plates(doc.plates, doc.plate_dots) };
}

/**
 * @param {KindDoc} kind
 * @param {RulesDoc} doc
 * @param {Map<string, CodeTable>} tables
 * @returns {Kind}
 */
function loadKind(kind, doc, tables) {
  const fields = kind.fields.map((f) => loadField(f, tables));
  /** @type {Map<string, Field>} */
  const byName = new Map();
  for (const f of fields) for (const name of [f.name, ...(f.alias ?? [])]) byName.set(name, f);
  for (const { expr } of kind.rules ?? []) mustBeKnown(expr);
  return { ...kind, fields, byName, doubts: doc.doubts.filter((d) => d.kinds.includes(kind.name)) };
}

/**
 * @param {FieldDoc} field
 * @param {Map<string, CodeTable>} tables
 * @returns {Field}
 */
function loadField(field, tables) {
  const table = tables.get(field.codes ?? "") ?? null;
  if (field.type === "code" && !table) throw new Error(`the rules lack the code table ${field.codes}`);
  return { ...field, table, regexp: field.pattern ? new RegExp(field.pattern, "u") : null };
}
