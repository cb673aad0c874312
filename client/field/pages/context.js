// What every page is given, and what the app asks of a page. Types only.

/** @typedef {Object} Context
 * @property {import("../view/look.js").Look} look
 * @property {(key: string, it?: string | number) => string} say the pages' own words
 * @property {import("../words.js").Lang} lang
 * @property {import("../maker.js").Maker} maker
 * @property {any} rules as schema.Rules gives them
 * @property {import("../maker.js").Hello} hello
 * @property {import("../maker.js").Status | null} status
 * @property {import("../maker.js").Totals | null} totals
 * @property {Record<string, any>} reference
 * @property {() => number} now Unix ms
 * @property {() => void} redraw with the next picture
 * @property {() => void} drawNow before the next key: a scanner types faster than pictures come
 * @property {() => Promise<void>} refresh asks the maker for the standing, and redraws
 */

/** @typedef {Object} Page
 * @property {() => import("../view/render.js").Child} view
 * @property {(changed: import("../maker.js").Change[]) => void} [heard] the maker's records changed
 * @property {() => void} [leave]
 */

export {};
