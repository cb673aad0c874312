// The shapes of the rules: of the document that schema.Rules writes, and as load.js prepares the document. No code.

/** @typedef {import("../maker.js").Text} Text */

/** An expression: ["var", name], ["const", value], ["list", node, …], ["call", operation, node, …].
 * @typedef {[string, ...any[]]} Node */

/** A value: whole numbers, times (Unix ms) and days (yyyymmdd) are bigint, lists string[], yes/no boolean, everything else a
 * string; null is "cleared".
 * @typedef {bigint | boolean | string | string[] | null} Value */

/** The values of a draft by the fields' names.
 * @typedef {Map<string, Value>} Values */

/**
 * @typedef {Object} FieldDoc
 * @property {string} name
 * @property {string[]} [alias]
 * @property {"text" | "int" | "bool" | "time" | "decimal" | "code" | "plate" | "record" | "list" | "day"} type
 * @property {Text} label
 * @property {boolean} [required] without it a record is incomplete
 * @property {boolean} [said] required from a person
 * @property {boolean} [auto]
 * @property {boolean} [owner] names the item's record, never among the fields
 * @property {boolean} [open] a text outside of the code table is kept
 * @property {boolean} [token] no white space and no "|"
 * @property {boolean} [prose] keeps every character that can be seen
 * @property {string} [codes] the code table
 * @property {string} [suggest] the table of common values
 * @property {number} [scale] most decimals
 * @property {number} [min]
 * @property {number} [max] of a list: most elements
 * @property {string} [pattern]
 * @property {Text} [form] the pattern in words
 * @property {number} [max_len] in characters
 * @property {any} [default] as a line writes it
 * @property {string[]} [import_only] codes reserved for imports
 * @property {boolean} [imported] reserved for imports
 * @property {boolean} [sensitive]
 * @property {boolean} [shared]
 * @property {number} [since] version of the kind that added the field; left out: 1
 * @property {boolean} [whole_label]
 */

/** @typedef {{code: string, fields: string[], expr: Node, message: Text}} RuleDoc */

/**
 * @typedef {Object} KindDoc
 * @property {string} name
 * @property {string} no
 * @property {number} version
 * @property {number} [since] left out: 1
 * @property {Text} label
 * @property {string[]} roles
 * @property {string} [item_of]
 * @property {string[]} [key]
 * @property {boolean} [key_optional]
 * @property {"last"} [winner]
 * @property {boolean} [import_only]
 * @property {boolean} [ledger]
 * @property {string} [own_time]
 * @property {number} [near_days]
 * @property {string[]} [warn]
 * @property {FieldDoc[]} fields
 * @property {string[][]} [registers]
 * @property {string[][]} [together]
 * @property {RuleDoc[]} [rules]
 * @property {string[]} [any_unit]
 * @property {boolean} [any_unit_adds]
 */

/** codes: code, zh, en, aliases.
 * @typedef {{label: Text, variants?: boolean, codes: string[][]}} TableDoc */

/** @typedef {{list?: string, codes?: string, by: string[], always?: boolean}} LookupDoc */

/**
 * @typedef {Object} DoubtDoc
 * @property {string} code
 * @property {Text} name
 * @property {"check" | "uncounted"} severity
 * @property {string[]} kinds
 * @property {string} [field]
 * @property {Text} text
 * @property {string} [of] computed from other records
 * @property {LookupDoc} [not_in]
 * @property {number} [before_saving] ms
 * @property {number} [after_saving] ms
 * @property {Node} [when]
 */

/** @typedef {{classes: Record<string, string>, shapes: {types: string[], any_of: string[]}[], untyped: string[]}} PlatesDoc */

/**
 * @typedef {Object} RulesDoc
 * @property {number} format
 * @property {KindDoc[]} kinds
 * @property {Record<string, TableDoc>} codes
 * @property {PlatesDoc} plates
 * @property {DoubtDoc[]} doubts
 * @property {Record<string, Text>} sentences
 * @property {Record<string, Text>} types
 * @property {Text} none
 * @property {[number, number, string][]} characters
 * @property {string} plate_dots
 * @property {string} record_sign
 * @property {string[]} lists
 */

/** A field, ready for use.
 * @typedef {FieldDoc & {regexp: RegExp | null, table: import("./codes.js").CodeTable | null}} Field */

/** A kind, ready for use; byName knows fields by name and alias.
 * @typedef {Omit<KindDoc, "fields"> & {fields: Field[], byName: Map<string, Field>, doubts: DoubtDoc[]}} Kind */

/**
 * @typedef {Object} Rules
 * @property {RulesDoc} doc
 * @property {Map<string, Kind>} kinds
 * @property {Map<string, import("./codes.js").CodeTable>} tables
 * @property {import("./plates.js").Plates} plates
 * @property {import("./characters.js").Characters} characters
 */

/** @typedef {import("../maker.js").Fault} Fault */

export {};
