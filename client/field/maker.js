// The maker interface: all that the pages know of the world. A maker keeps drafts and records, and syncs; DESIGN.md says in
// words who may rely on what. This module has the shapes and the error, and no code of any maker.

/** Two languages; zh first.
 * @typedef {{zh: string, en: string}} Text */

/** A finding about one field.
 * @typedef {{code: string, field?: string, message: Text}} Fault */

/** A doubt about a record: never in the way of a save.
 * @typedef {{code: string, severity: "check" | "uncounted", field?: string, item?: string, other?: string, text: Text, here?: boolean, seen?: boolean, words?: string}} Doubt */

/** The state of a record, see DESIGN.md.
 * @typedef {"draft" | "saved" | "delivered" | "counted" | "uncounted" | "returned" | "review" | "quarantined" | "void"} State */

/** A value as the maker read it, where the person typed another text: 昨天 22:10 as a moment.
 * @typedef {{field: string, typed: string, read: string}} Reading */

/** Who answers.
 * @typedef {Object} Hello
 * @property {"station" | "pocket"} maker
 * @property {string} version of the program
 * @property {string} word chosen at the first run, "" before; a page shows it before it asks for a PIN
 * @property {boolean} training
 * @property {Enrolled | null} enrolled
 * @property {Pending | null} pending another server, until a person confirms
 * @property {string[]} officers names with a PIN on this device
 * @property {string} officer at work now, "" while locked
 * @property {boolean} locked
 * @property {string} begin how plates begin here, as 冀F; "" = unknown
 */

/** An enrollment.
 * @typedef {{device: string, unit: string, role: string, server: string, fingerprint: string}} Enrolled */

/** A change of server.
 * @typedef {{server: string, fingerprint: string, own: string, lines: number}} Pending */

/** An enrollment text as read. Nothing is kept.
 * @typedef {{server: string, code: string, fingerprint: string, secure: boolean}} Inspected */

/** A form as typed: fields by name, texts as the person wrote them. record: the record of an item, or the one to amend.
 * @typedef {{kind: string, typed: Record<string, string>, record?: string, share?: string[]}} Form */

/** A form as a save would read it.
 * @typedef {{values: Record<string, any>, read: Reading[], faults: Fault[], doubts: Doubt[]}} Looked */

/** A form kept.
 * @typedef {{id: string, form: Form, at: number, officer: string}} Draft */

/** A saved observation.
 * @typedef {{id: string, record: string, item?: string, read: Reading[], doubts: Doubt[]}} Saved */

/** A row of a list.
 * @typedef {{record: string, kind: string, label: Text, title: Text, day: string, at: number, state: State, why?: Text, own: boolean, values: Record<string, any>}} Row */

/** A question for rows: newest first; after is a row's record.
 * @typedef {{kind?: string, day?: string, state?: State, text?: string, after?: string, limit?: number}} Question */

/** One page of rows. cut: too many records have the text, and not all were looked at.
 * @typedef {{rows: Row[], next: string, cut?: boolean}} Rows */

/** One observation of a record's history.
 * @typedef {{id: string, act: string, at: number, officer: string, hq: boolean, own: boolean, status: string, fields?: Record<string, any>, reason?: string, faults?: Fault[]}} Step */

/** A record with its history.
 * @typedef {{row: Row, fields: {name: string, label: Text, value: any, text: Text}[], items: {id: string, kind: string, label: Text, void: boolean, fields: {name: string, label: Text, text: Text}[]}[], history: Step[], doubts: Doubt[], conflicts: {name: string, label: Text, text: Text}[], returned?: {words: string}}} Shown */

/** The device's standing with its server. Moments are Unix ms by the server, 0 = never.
 * @typedef {{waiting: number, oldest: number, quarantined: number, returned: number, inDoubt: number, lastContact: number, syncing: boolean, trouble: Text | null, catalogue: string}} Status */

/** The unit's sums of a year, as the server told at a moment, and the targets of the whole brigade for such sums.
 * @typedef {{unit: string, to: string, at: number, measures: Record<string, number>, targets: Target[]}} Totals */

/** A target of a row that is a plain sum.
 * @typedef {{row: string, measure: string, raw: string, value: number, unit: string}} Target */

/** @typedef {"records" | "status" | "officers" | "lists" | "drafts"} Change */

/**
 * @typedef {Object} Maker
 * @property {() => Promise<Hello>} hello
 * @property {(word: string) => Promise<void>} chooseWord at the first run; refused later
 * @property {(text: string) => Promise<Inspected>} inspect
 * @property {(server: string, code: string, fingerprint: string) => Promise<Enrolled>} enrol
 * @property {(yes: boolean) => Promise<void>} confirm
 * @property {(officer: string, pin: string, by?: {officer: string, pin: string}) => Promise<void>} setPIN
 * @property {(officer: string, pin: string) => Promise<string>} unlock returns the officer's name
 * @property {() => Promise<void>} lock
 * @property {(digest: string) => Promise<any>} rules null: the page's rules are the present ones
 * @property {() => Promise<Record<string, [string, string][]>>} reference value and label by list
 * @property {(id: string, form: Form) => Promise<void>} keepDraft
 * @property {() => Promise<Draft[]>} drafts
 * @property {(id: string) => Promise<void>} dropDraft
 * @property {(form: Form) => Promise<Looked>} look
 * @property {(form: Form, draft?: string) => Promise<Saved>} save drops the draft in the same moment
 * @property {(forms: Form[]) => Promise<Saved[]>} saveMany
 * @property {(id: string, form: Form) => Promise<Saved>} amend
 * @property {(id: string, reason: string) => Promise<Saved>} void
 * @property {(id: string, reason: string) => Promise<Saved>} restore
 * @property {(question: Question) => Promise<Rows>} list
 * @property {(id: string) => Promise<Shown>} show
 * @property {() => Promise<Totals | null>} totals null: the server has not told any
 * @property {() => Promise<Status>} status
 * @property {() => Promise<Status>} sync
 * @property {() => Promise<{file: Uint8Array, lines: number}>} exportBundle
 * @property {(file: Uint8Array) => Promise<{acknowledged: number, quarantined: number}>} applyBundle
 * @property {(heard: (changed: Change[]) => void) => () => void} subscribe returns a function that ends it
 */

/** A refusal or a failure, in words for a person. */
export class MakerError extends Error {
  /**
   * @param {string} code stable: unauthorized, locked, wrong_pin, faults, full, unsure, unreachable, …
   * @param {Text} text
   * @param {Fault[]} [faults] of a form
   */
  constructor(code, text, faults = []) {
    super(`${code}: ${text.en}`);
    this.name = "MakerError";
    this.code = code;
    this.text = text;
    this.faults = faults;
  }
}
