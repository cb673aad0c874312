// The design page: every component in every state. The address chooses density, theme and language: ?density=desk&theme=night&lang=en.
import { h, mount } from "./view/render.js";
import { makeLook } from "./view/look.js";
import * as components from "./view/components.js";

/** @typedef {{component: string, state: string, props: any}} Example */
/** @typedef {{theme: string, density: string, lang: string}} Chosen */

/** Words of this page alone.
 * @type {Record<string, [string, string]>} */
const WORDS = {
  title: ["式样", "Design"], density: ["疏密", "Density"], theme: ["配色", "Theme"], lang: ["语言", "Language"],
  field: ["外勤", "Field"], desk: ["窗口", "Desk"], sun: ["日间", "Sun"], night: ["夜间", "Night"], print: ["打印", "Print"],
  zh: ["中文", "中文"], en: ["English", "English"],
  button: ["按钮", "Button"], plate: ["号牌", "Plate"], choice: ["单选", "Choice"], picker: ["可查找的列表", "List with search"],
  check: ["勾选", "Checkbox"], state: ["状态", "State"], banner: ["提示条", "Banner"], summary: ["错误汇总", "Summary of faults"],
  table: ["表格", "Table"], rows: ["记录列表", "Records"], total: ["完成情况", "Total and target"], nav: ["导航", "Navigation"],
  dialog: ["对话框", "Dialog"], toast: ["完成提示", "Toast"], empty: ["空列表", "Empty list"], text: ["输入框", "Field"],
};
const CHOICES = { density: ["field", "desk"], theme: ["sun", "night", "print"], lang: ["zh", "en"] };
/** States that only a person's hand gives; the page shows them by classes of the same looks. */
const HANDS = [
  { component: "button", example: "rest", hands: ["hover", "focus", "pressed"] },
  { component: "button", example: "second", hands: ["hover", "focus", "pressed"] },
  { component: "button", example: "danger", hands: ["focus", "pressed"] },
  { component: "field", example: "filled", hands: ["focus"] },
  { component: "plate", example: "filled", hands: ["focus"] },
  { component: "choice", example: "chosen", hands: ["focus"] },
  { component: "check", example: "chosen", hands: ["focus"] },
];

const root = document.documentElement;
const draw = mount(/** @type {HTMLElement} */ (document.getElementById("main")));

/** @param {string} name */
const file = async (name) => (await fetch(`/screen/${name}`)).json();

/** @returns {Chosen} */
function chosen() {
  const asked = new URLSearchParams(location.search);
  const pick = (/** @type {keyof typeof CHOICES} */ name) => CHOICES[name].find((v) => v === asked.get(name)) ?? CHOICES[name][0];
  return { density: pick("density"), theme: pick("theme"), lang: pick("lang") };
}

/** Puts a text in place of every {zh, en}.
 * @param {any} value @param {string} lang
 * @returns {any} */
function inLanguage(value, lang) {
  if (Array.isArray(value)) return value.map((v) => inLanguage(v, lang));
  if (typeof value !== "object" || value === null) return value;
  if ("zh" in value && Object.keys(value).length === 2) return value[lang];
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, inLanguage(v, lang)]));
}

/** Repeats the rules for hover, focus and pressing under classes, so that the states stand still.
 * @param {CSSStyleSheet | CSSMediaRule} sheet */
function still(sheet) {
  for (const rule of [...sheet.cssRules]) {
    if (rule instanceof CSSMediaRule) still(rule);
    if (!(rule instanceof CSSStyleRule) || !/:(hover|active|focus-visible)/.test(rule.selectorText)) continue;
    const selector = rule.selectorText.replaceAll(":hover", ".is-hover").replaceAll(":active", ".is-pressed").replaceAll(":focus-visible", ".is-focus");
    sheet.insertRule(`${selector} { ${rule.style.cssText} }`, sheet.cssRules.length);
  }
}

/** @param {HTMLElement} box @param {string} hand */
function touch(box, hand) {
  const control = box.querySelector("input") ?? box.querySelector("button, a");
  control?.classList.add(`is-${hand}`);
}

/** @param {Record<string, Example[]>} groups @param {any} states @param {any} words */
function show(groups, states, words) {
  const now = chosen(), lang = now.lang === "en" ? "en" : "zh";
  const look = makeLook(states, words, lang);
  const word = (/** @type {string} */ key) => WORDS[key][lang === "en" ? 1 : 0];
  const all = /** @type {Record<string, (look: any, props: any) => import("./view/render.js").VNode>} */ (components);
  const make = (/** @type {Example} */ e) => all[e.component](look, inLanguage(e.props, lang));
  root.lang = lang === "en" ? "en" : "zh-CN";
  root.dataset.density = now.density;
  root.dataset.theme = now.theme;
  draw(
    h("h1", { class: "rb-title" }, word("title")),
    Object.entries(CHOICES).map(([name, values]) => components.nav(look, {
      label: word(name),
      links: values.map((v) => ({ href: `?${new URLSearchParams({ ...now, [name]: v })}`, text: word(v), current: v === now[/** @type {keyof Chosen} */ (name)] })),
    })),
    Object.entries(groups).map(([component, examples]) => h("section", { key: component },
      h("h2", { class: "rb-part" }, word(component === "field" ? "text" : component)),
      h("div", { class: component === "table" ? null : "rb-columns" }, examples.map((e) => h("div", null, h("p", { class: "rb-note" }, e.state), make(e))),
      HANDS.filter((s) => s.component === component).flatMap((s) => s.hands.map((hand) => {
        const e = /** @type {Example} */ (examples.find((x) => x.state === s.example));
        const again = { ...e, props: { ...e.props, id: `${e.props.id ?? e.state}-${hand}` } };
        return h("div", { ref: (/** @type {HTMLElement} */ box) => touch(box, hand) }, h("p", { class: "rb-note" }, `${s.example}, ${hand}`), make(again));
      }))))),
  );
}

const [examples, states, words] = await Promise.all([file("examples.json"), file("states.json"), file("words.json")]);
/** @type {Record<string, Example[]>} */
const groups = {};
for (const e of /** @type {Example[]} */ (examples)) (groups[e.component] ??= []).push(e);
[...document.styleSheets].forEach(still);
show(groups, states, words);
