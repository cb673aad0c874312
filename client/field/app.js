// The app: who is asked first (token, word, enrollment, PIN), then the pages. One state, drawn anew after each change.
import { MakerError } from "./maker.js";
import { stationMaker } from "./makers/station.js";
import { counterPage } from "./pages/counter.js";
import { firstRun } from "./pages/first.js";
import { formsPage } from "./pages/forms.js";
import { recordsPage } from "./pages/records.js";
import { frame } from "./pages/frame.js";
import { makeLook } from "./view/look.js";
import { h, mount } from "./view/render.js";
import { empty } from "./view/components.js";
import { speaker } from "./words.js";

/** @typedef {import("./pages/context.js").Context} Context */

const root = /** @type {HTMLElement} */ (document.getElementById("app"));
const draw = mount(root);

/** @param {string} path */
async function json(path) {
  const response = await fetch(path);
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return response.json();
}

/** A choice kept for this browser; zh and sun if none is kept or nothing may be kept.
 * @param {string} name @param {string} otherwise */
function kept(name, otherwise) {
  try {
    return localStorage.getItem(name) ?? otherwise;
  } catch {
    return otherwise;
  }
}

async function start() {
  const [states, sharedWords] = await Promise.all([json("/screen/states.json"), json("/screen/words.json")]);
  const lang = /** @type {import("./words.js").Lang} */ (new URL(location.href).searchParams.get("lang") ?? kept("lang", "zh"));
  document.documentElement.lang = lang === "zh" ? "zh-CN" : "en";
  document.documentElement.dataset.density = "desk";
  document.documentElement.dataset.theme = kept("theme", "sun");
  const look = makeLook(states, sharedWords, lang);
  const say = speaker(lang);
  const token = sessionStorage.getItem("token");
  if (!token) {
    draw(empty(look, { title: say("no_token"), text: say("no_token_more") }));
    return;
  }
  const maker = stationMaker(token);
  const rules = (await maker.rules("")).rules;
  await run({ look, say, lang, maker, rules, hello: await maker.hello(), status: null, totals: null, reference: {}, now: () => Date.now(), redraw: () => {}, drawNow: () => {}, refresh: async () => {} });
}

/** Pages by the address's hash.
 * @type {Record<string, (context: Context) => import("./pages/context.js").Page>} */
const pages = { "#plates": counterPage, "#records": recordsPage, "#forms": formsPage };

/** @param {Context} context */
async function run(context) {
  /** @type {import("./pages/context.js").Page | null} */
  let page = null;
  let at = "";
  let waiting = false;
  const show = () => {
    waiting = false;
    const route = location.hash.split("/")[0];
    const first = firstRun(context);
    if (first) {
      page?.leave?.();
      page = null;
      at = "";
      draw(first);
      return;
    }
    const wanted = pages[route] ? route : "#plates";
    if (wanted !== at) {
      page?.leave?.();
      at = wanted;
      page = pages[wanted](context);
    }
    draw(frame(context, at, page?.view() ?? h("p", null)));
    document.title = context.say("brand");
  };
  context.redraw = () => {
    if (!waiting) {
      waiting = true;
      requestAnimationFrame(show);
    }
  };
  context.drawNow = show;
  context.refresh = async () => {
    try {
      context.hello = await context.maker.hello();
      if (context.hello.enrolled) context.status = await context.maker.status();
      if (context.hello.enrolled && !context.hello.locked) {
        [context.totals, context.reference] = await Promise.all([context.maker.totals(), context.maker.reference()]);
      }
    } catch (error) {
      if (!(error instanceof MakerError)) throw error;
      if (error.code === "unauthorized") sessionStorage.removeItem("token");
    }
    context.redraw();
  };
  context.maker.subscribe((changed) => {
    void context.refresh();
    page?.heard?.(changed);
  });
  addEventListener("hashchange", context.redraw);
  await context.refresh();
}

start().catch((error) => {
  root.textContent = `${error.message}`;
});
