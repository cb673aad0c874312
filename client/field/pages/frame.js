// The frame around every page: who and where, the ways to the pages, and how things stand with the server.
import { banner, button, nav } from "../view/components.js";
import { h } from "../view/render.js";
import { moment } from "../words.js";

/** @typedef {import("./context.js").Context} Context */

/** Keeps a choice for this browser, if it may.
 * @param {string} name @param {string} value */
function keep(name, value) {
  try {
    localStorage.setItem(name, value);
  } catch {
    // a private window: the choice holds for this page
  }
}

/**
 * @param {Context} context
 * @param {string} at the page's hash
 * @param {import("../view/render.js").Child} content
 */
export function frame(context, at, content) {
  const { look, say, hello, status } = context;
  const toMend = (status?.returned ?? 0) + (status?.quarantined ?? 0);
  return h("div", { class: "app" },
    h("header", { class: "top" },
      h("a", { class: "brand", href: "#plates" }, say("brand")),
      nav(look, { label: say("pages"), links: [
        { href: "#plates", text: say("plates"), current: at === "#plates" },
        { href: "#records", text: say("records"), count: toMend, current: at === "#records" },
        { href: "#forms", text: say("forms"), current: at === "#forms" },
      ] }),
      h("p", { class: "who" }, h("span", null, hello.enrolled?.unit ?? ""), h("b", null, hello.officer), settings(context))),
    standing(context),
    h("main", { class: "content", id: "content" }, content));
}

/** @param {Context} context */
function settings(context) {
  const { look, say, lang, hello, maker } = context;
  const other = lang === "zh" ? "en" : "zh";
  const night = document.documentElement.dataset.theme === "night";
  return h("span", { class: "settings" },
    button(look, { text: say("language"), kind: "plain", on: { onclick: () => {
      keep("lang", other);
      location.replace(`/?lang=${other}${location.hash}`);
    } } }),
    button(look, { text: say(night ? "theme_sun" : "theme"), kind: "plain", on: { onclick: () => {
      document.documentElement.dataset.theme = night ? "sun" : "night";
      keep("theme", night ? "sun" : "night");
      context.redraw();
    } } }),
    hello.officers.length > 0 && button(look, { text: say("lock"), on: { onclick: () => void maker.lock().then(context.refresh) } }));
}

/** How things stand: grey while the server is away, amber where somebody has to act. Nothing of it is in the way of work.
 * @param {Context} context */
function standing(context) {
  const { look, say, status, hello } = context;
  if (hello.pending) return banner(look, { kind: "failure", text: say("pending_server") });
  if (!status) return null;
  const contact = say("contact", status.lastContact ? moment(status.lastContact, context.now()) : say("never"));
  const sync = { text: look.say("sync_now"), busy: status.syncing, on: { onclick: () => void syncNow(context) } };
  const waiting = status.waiting > 0 ? say("waiting", status.waiting) : say("all_sent");
  if (status.trouble) return banner(look, { kind: "offline", text: `${look.say("offline")} · ${waiting}`, more: `${look.in(status.trouble)} · ${contact}`, action: sync });
  return h("p", { class: "standing" }, h("span", null, `${waiting} · ${contact}`), button(look, { ...sync, kind: "plain" }));
}

/** @param {Context} context */
async function syncNow(context) {
  if (context.status) context.status = { ...context.status, syncing: true };
  context.redraw();
  try {
    context.status = await context.maker.sync();
  } finally {
    await context.refresh();
  }
}
