// The checks of a draft, in the order of the Go program: first each value alone, then the values of the draft together.

import { decode } from "./decode.js";
import { holds } from "./expression.js";
import { write } from "./json.js";
import { plateTypeField, withDigits } from "./plates.js";
import { fieldFault, say } from "./words.js";

/** @typedef {import("./types.js").Rules} Rules */
/** @typedef {import("./types.js").Kind} Kind */
/** @typedef {import("./types.js").Field} Field */
/** @typedef {import("./types.js").Values} Values */
/** @typedef {import("./types.js").Fault} Fault */

/** What a draft does, and who says it: a person, an import, or whoever may say it (an import for kinds that are imported only).
 * @typedef {{act: "create" | "amend", by: "person" | "import" | "anyone"}} How */

/**
 * The faults of a draft. With a fault in a single value, the values are not checked together: so the server and the client do.
 * @param {Rules} rules
 * @param {string} kindName
 * @param {string | Record<string, any>} draft the fields as a line has them; JSON, or an object
 * @param {How} how
 * @returns {Fault[]}
 */
export function check(rules, kindName, draft, how) {
  const kind = kindOf(rules, kindName);
  const { values, faults } = decode(rules, kind, typeof draft === "string" ? draft : write(draft));
  return faults.length > 0 ? faults : checkValues(rules, kind, values, how);
}

/**
 * @param {Rules} rules
 * @param {string} name
 */
export function kindOf(rules, name) {
  const kind = rules.kinds.get(name);
  if (!kind) throw new Error(`the rules have no kind ${name}`);
  return kind;
}

/**
 * The faults of values together.
 * @param {Rules} rules
 * @param {Kind} kind
 * @param {Values} values
 * @param {How} how
 */
export function checkValues(rules, kind, values, how) {
  const imported = how.by === "import" || (how.by === "anyone" && kind.import_only === true);
  const found = new Checker(rules, kind, values, imported).all(how.act === "amend");
  return how.by === "person" ? join(checkTyped(rules, kind, values), found) : found;
}

/**
 * The faults of a record's values: none = complete.
 * @param {Rules} rules
 * @param {Kind} kind
 * @param {Values} values
 */
export function checkState(rules, kind, values) {
  const checker = new Checker(rules, kind, values, true);
  for (const f of kind.fields) if (f.required && !f.owner && !checker.has(f.name)) checker.fault(f, "required");
  checker.together(false);
  checker.rulesHold();
  return checker.faults;
}

class Checker {
  /** @param {Rules} rules @param {Kind} kind @param {Values} values @param {boolean} imported */
  constructor(rules, kind, values, imported) {
    this.rules = rules;
    this.kind = kind;
    this.values = values;
    this.imported = imported;
    /** @type {Fault[]} */
    this.faults = [];
  }

  /** @param {Field} field @param {string} key */
  fault(field, key) {
    this.faults.push(fieldFault(this.rules, field, key));
  }

  /** Reports whether a field has a value. @param {string} name */
  has(name) {
    return (this.values.get(name) ?? null) !== null;
  }

  /** @param {string} name */
  field(name) {
    return /** @type {Field} */ (this.kind.byName.get(name));
  }

  /** @param {boolean} amend */
  all(amend) {
    if (this.kind.import_only && !this.imported) this.faults.push(say(this.rules, "import_only.kind", "kind", { label: this.kind.label }));
    for (const f of this.kind.fields) this.required(f, amend);
    if (amend) for (const register of this.kind.registers ?? []) this.wholeRegister(register);
    if (!this.imported) for (const f of this.kind.fields) this.importOnly(f);
    this.together(amend);
    this.rulesHold();
    return this.faults;
  }

  /** @param {Field} f @param {boolean} amend */
  required(f, amend) {
    if (f.owner) {
      if (this.values.has(f.name)) this.fault(f, "misplaced");
      return;
    }
    const needed = amend ? f.required && this.values.has(f.name) : f.required || (f.said && !this.imported);
    if (needed && !this.has(f.name)) this.fault(f, "required");
  }

  /** An amendment of a coupled register gives all its fields. @param {string[]} register */
  wholeRegister(register) {
    if (!register.some((name) => this.values.has(name))) return;
    for (const name of register) if (!this.values.has(name)) this.fault(this.field(name), "register_incomplete");
  }

  /** @param {Field} f */
  importOnly(f) {
    if (!this.has(f.name)) return;
    const value = this.values.get(f.name);
    if (f.imported) this.fault(f, "import_only.field");
    else if (typeof value === "string" && f.import_only?.includes(value)) this.fault(f, "import_only.code");
  }

  /** Fields that belong together all have values, or none; in an amendment the mentioned ones. @param {boolean} amend */
  together(amend) {
    for (const group of this.kind.together ?? []) {
      if (!group.some((name) => this.has(name))) continue;
      for (const name of group) {
        if (!this.has(name) && (!amend || this.values.has(name))) this.fault(this.field(name), "together");
      }
    }
  }

  /** Each rule whose fields all have values holds, or its answer is unknown. */
  rulesHold() {
    for (const { code, fields, expr, message } of this.kind.rules ?? []) {
      if (!fields.every((name) => this.has(name))) continue;
      const answer = holds(this.rules, expr, (name) => this.values.get(name));
      if (answer === false) this.faults.push({ code, field: fields[fields.length - 1], message });
    }
  }
}

/**
 * Plate numbers of no known shape: stored records may have one, a person may not type one anew.
 * @param {Rules} rules
 * @param {Kind} kind
 * @param {Values} values
 */
function checkTyped(rules, kind, values) {
  /** @type {Fault[]} */
  const faults = [];
  for (const f of kind.fields) {
    const number = values.get(f.name);
    if (f.type !== "plate" || typeof number !== "string") continue;
    const wrong = checkPlate(rules, kind, f, number, values.get(plateTypeField));
    if (wrong) faults.push(wrong);
  }
  return faults;
}

/**
 * @param {Rules} rules
 * @param {Kind} kind
 * @param {Field} field
 * @param {string} number
 * @param {import("./types.js").Value | undefined} type
 */
function checkPlate(rules, kind, field, number, type) {
  const typed = typeof type === "string";
  /** @param {string} n */
  const fits = (n) => (typed ? rules.plates.fits(type, n) : rules.plates.known(n));
  if (fits(number)) return null;
  const repaired = withDigits(number);
  if (repaired !== number && fits(repaired)) return fieldFault(rules, field, "bad_plate.letters", { number, repaired });
  const typeField = kind.byName.get(plateTypeField);
  if (typed || !typeField) return null; // the kind's rule refuses the shape; without a type nobody could say more
  return fieldFault(rules, field, "bad_plate.shapeless", { number, type: typeField.label });
}

/**
 * Adds the faults of fields without any so far: a mistyped plate needs no second sentence about its type.
 * @param {Fault[]} first
 * @param {Fault[]} more
 */
function join(first, more) {
  return [...first, ...more.filter((m) => !m.field || !first.some((f) => f.field === m.field))];
}
