// Conditions by three-valued logic: a field without a value is unknown, and unknown spreads, except where the other side of
// && and || decides alone. schema/README.md#conditions has the rules, the Go program the reference.

import { FAILED, has, strict, UNKNOWN } from "./functions.js";

/** @typedef {import("./types.js").Node} Node */
/** @typedef {import("./types.js").Rules} Rules */
/** @typedef {import("./functions.js").Answer} Answer */
/** @typedef {(name: string) => import("./types.js").Value | undefined} Lookup */

/**
 * The answer of a condition: true or false; undefined: unknown, or without a result.
 * @param {Rules} rules
 * @param {Node} node
 * @param {Lookup} lookup
 * @returns {boolean | undefined}
 */
export function holds(rules, node, lookup) {
  const answer = evaluate(rules, node, lookup);
  return typeof answer === "boolean" ? answer : undefined;
}

/**
 * @param {Rules} rules
 * @param {Node} node
 * @param {Lookup} lookup
 * @returns {Answer}
 */
export function evaluate(rules, node, lookup) {
  const [sort, head, ...rest] = node;
  switch (sort) {
    case "var":
      return lookup(head) ?? UNKNOWN;
    case "const":
      return typeof head === "number" ? BigInt(head) : head;
    case "list": {
      const items = node.slice(1).map((n) => evaluate(rules, n, lookup));
      return missing(items) ?? /** @type {string[]} */ (items);
    }
    default:
      return call(rules, head, rest.map((n) => () => evaluate(rules, n, lookup)));
  }
}

/**
 * @param {Rules} rules
 * @param {string} operation
 * @param {(() => Answer)[]} args
 * @returns {Answer}
 */
function call(rules, operation, args) {
  if (has(lenient, operation)) return lenient[operation](args);
  const answers = args.map((arg) => arg());
  return missing(answers, operation) ?? strict[operation].apply(rules, answers);
}

/**
 * UNKNOWN or FAILED among arguments. Of both the first one stands in the result; equality looks for FAILED first.
 * @param {Answer[]} answers
 * @param {string} [operation]
 */
function missing(answers, operation) {
  if ((operation === "==" || operation === "!=") && answers.includes(FAILED)) return FAILED;
  return answers.find((a) => a === UNKNOWN || a === FAILED);
}

/**
 * Terms of which one can decide alone.
 * @param {(() => Answer)[]} terms
 * @param {boolean} decides
 */
function decide(terms, decides) {
  let /** @type {Answer} */ out = !decides;
  for (const term of terms) {
    const answer = term();
    if (answer === decides) return decides;
    if (answer === UNKNOWN || (answer === FAILED && out !== UNKNOWN)) out = answer;
  }
  return out;
}

/**
 * Operations that look at unknown arguments themselves.
 * @type {Record<string, (args: (() => Answer)[]) => Answer>}
 */
const lenient = {
  "&&": (terms) => decide(terms, false),
  "||": (terms) => decide(terms, true),
  "?:": ([condition, yes, no]) => {
    const answer = condition();
    return typeof answer !== "boolean" ? answer : answer ? yes() : no();
  },
  known: ([value]) => value() !== UNKNOWN,
  default: ([value, other]) => {
    const answer = value();
    return answer === UNKNOWN ? other() : answer;
  },
};

/**
 * Refuses a condition with an operation of later rules: a page that can't evaluate a rule must not pass over the rule.
 * @param {Node} node
 */
export function mustBeKnown(node) {
  const [sort, head, ...rest] = node;
  const known = sort === "call" ? has(strict, head) || has(lenient, head) : ["var", "const", "list"].includes(sort);
  if (!known) throw new Error(`the rules ask for ${sort} ${head}, which this program does not know`);
  for (const n of sort === "call" ? rest : sort === "list" ? node.slice(1) : []) mustBeKnown(n);
}
