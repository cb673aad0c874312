// All components. Each is a plain function (look, props) → view; look: words and states in the reader's language.
export { button, state } from "./marks.js";
export { check, choice, field, picker, plate } from "./ask.js";
export { empty, nav, rows, table, total } from "./show.js";
export { banner, dialog, summary, toast } from "./tell.js";
