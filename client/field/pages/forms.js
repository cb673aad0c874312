// Every other kind that this device may record: a form from the rules, kept as a draft at each change.
import { banner, button, empty, summary } from "../view/components.js";
import { h } from "../view/render.js";
import { MakerError } from "../maker.js";
import { formOf } from "./form.js";

/** @typedef {import("./context.js").Context} Context */

/** Time after the last change until the draft goes to the disk, ms. */
const draftAfter = 250;

/**
 * @param {Context} context
 * @returns {import("./context.js").Page}
 */
export function formsPage(context) {
  const { maker, rules } = context;
  /** Forms typed so far, by kind.
   * @type {Map<string, Record<string, string>>} */
  const forms = new Map();
  /** @type {import("../maker.js").Fault[]} */
  let faults = [];
  /** @type {import("../maker.js").Reading[]} */
  let read = [];
  /** @type {{kind: "success" | "failure", text: string, more?: string} | null} */
  let said = null;
  let busy = false;
  let timer = 0;
  let last = Promise.resolve();

  const kinds = () => rules.kinds.filter((/** @type {any} */ k) => k.roles.includes(context.hello.enrolled?.role) && k.name !== "plate" && !k.item && !k.ledger && !k.import_only);
  const at = () => decodeURIComponent(location.hash.split("/")[1] ?? "");
  const after = (/** @type {() => Promise<unknown>} */ call) => (last = last.then(call).then(() => undefined, () => undefined));

  const type = (/** @type {string} */ name, /** @type {string} */ text) => {
    const kind = at();
    const typed = { ...forms.get(kind), [name]: text };
    forms.set(kind, typed);
    said = null;
    clearTimeout(timer);
    timer = window.setTimeout(() => {
      void after(() => maker.keepDraft(`form-${kind}`, { kind, typed }));
      void maker.look({ kind, typed }).then((looked) => {
        read = looked.read;
        context.redraw();
      }, () => undefined);
    }, draftAfter);
    context.redraw();
  };
  const save = async () => {
    const kind = at();
    if (busy) return;
    busy = true;
    clearTimeout(timer);
    await after(async () => undefined);
    try {
      const saved = await maker.save({ kind, typed: forms.get(kind) ?? {} }, `form-${kind}`);
      forms.delete(kind);
      faults = [];
      read = [];
      const doubt = saved.doubts.find((d) => !d.seen);
      const label = context.look.in(rules.kinds.find((/** @type {any} */ k) => k.name === kind).label);
      said = { kind: "success", text: context.say("saved_one", label), more: doubt && context.look.in(doubt.text) };
    } catch (error) {
      if (!(error instanceof MakerError)) throw error;
      faults = error.faults;
      said = faults.length > 0 ? null : { kind: "failure", text: context.look.in(error.text) };
      if (error.code === "locked") await context.refresh();
    } finally {
      busy = false;
      context.redraw();
    }
  };
  const clear = () => {
    faults = [];
    read = [];
    said = null;
    context.redraw();
  };
  addEventListener("hashchange", clear);
  void maker.drafts().then((drafts) => {
    for (const d of drafts) if (d.id === `form-${d.form.kind}` && !forms.has(d.form.kind)) forms.set(d.form.kind, d.form.typed);
    context.redraw();
  }, () => undefined);

  return {
    view: () => {
      const { look, say } = context;
      const kind = kinds().find((/** @type {any} */ k) => k.name === at());
      return h("div", { class: "forms" },
        h("ul", { class: "kinds", "aria-label": say("choose_kind") }, kinds().map((/** @type {any} */ k) => h("li", { key: k.name },
          h("a", { href: `#forms/${k.name}`, "aria-current": k === kind && "page" }, look.in(k.label), forms.has(k.name) && h("small", null, look.state("draft").word))))),
        !kind ? empty(look, { title: say("choose_kind") }) : h("form", { class: "form-page", key: kind.name, onsubmit: (/** @type {Event} */ event) => {
          event.preventDefault();
          void save();
        } },
        h("h1", null, look.in(kind.label)),
        faults.length > 0 && summary(look, { id: "faults", faults: faults.map((f) => ({ field: f.field ?? "", text: look.in(f.message) })), ref: (element) => element.focus() }),
        said && banner(look, said),
        formOf(context, kind, forms.get(kind.name) ?? {}, { faults, type, read }),
        h("div", { class: "rb-actions" }, button(look, { text: look.say("save"), kind: "primary", type: "submit", busy }),
          forms.has(kind.name) && button(look, { text: look.say("drop"), kind: "plain", on: { onclick: () => {
            forms.delete(kind.name);
            void after(() => maker.dropDraft(`form-${kind.name}`));
            clear();
          } } }))));
    },
    leave: () => removeEventListener("hashchange", clear),
  };
}
