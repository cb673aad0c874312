// The components give the markup of schema/screen/testdata/components.html, as HQ's templates do.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import * as components from "../components.js";
import { toHTML } from "../html.js";
import { makeLook } from "../look.js";

const screen = new URL("../../../../schema/screen/", import.meta.url);
const read = (name) => readFileSync(new URL(name, screen), "utf8");
const json = (name) => JSON.parse(read(name));
const tables = json("states.json"), words = json("words.json"), examples = json("examples.json");

const drawn = (name) => '<svg class="rb-shape" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">'
  + tables.shapes[name].map((s) => `<path class="rb-${s.draw}" d="${s.d}"></path>`).join("") + "</svg>";

// A comment names an example; line breaks with the blanks after are layout; [[ring]] stands for the drawing of a ring.
function golden() {
  const [, ...parts] = read("testdata/components.html").split(/^<!-- (.+) -->\n/m);
  const out = new Map();
  for (let i = 0; i < parts.length; i += 2) {
    out.set(parts[i], parts[i + 1].replace(/\n */g, "").replace(/\[\[([^\]]+)\]\]/g, (_, name) => drawn(name)));
  }
  return out;
}

function inLanguage(value, lang) {
  if (Array.isArray(value)) return value.map((v) => inLanguage(v, lang));
  if (typeof value !== "object" || value === null) return value;
  if ("zh" in value && Object.keys(value).length === 2) return value[lang];
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, inLanguage(v, lang)]));
}

test("every component gives the golden markup", () => {
  const want = golden();
  let compared = 0;
  for (const { component, state, props } of examples) {
    for (const lang of ["zh", "en"]) {
      const name = `${component}: ${state}: ${lang}`;
      if (!want.has(name)) continue;
      assert.equal(toHTML(components[component](makeLook(tables, words, lang), inLanguage(props, lang))), want.get(name), name);
      compared++;
    }
  }
  assert.equal(compared, want.size);
  assert.ok(compared > examples.length, `${compared} of ${examples.length} examples`);
});

test("every component has an example", () => {
  assert.deepEqual([...new Set(examples.map((e) => e.component))].sort(), Object.keys(components).sort());
});

test("typed text is never markup, and no address runs code", () => {
  const look = makeLook(tables, words, "zh");
  const html = toHTML(components.field(look, { id: "x", label: "<b>", value: '"><script>', fault: "<i>" }));
  assert.doesNotMatch(html, /<b>|<script>|<i>/);
  for (const href of ["javascript:alert(1)", " java\nscript:alert(1)", "JAVASCRIPT:x", "data:text/html,x"]) {
    assert.throws(() => toHTML(components.button(look, { text: "x", href })), /refused/, href);
  }
});

test("a busy button keeps the listener away and the form unsent", () => {
  let pressed = 0, halted = 0;
  const view = components.button(makeLook(tables, words, "zh"), { text: "x", busy: true, on: { onclick: () => pressed++ } });
  view.props.onclick({ preventDefault: () => halted++ });
  assert.deepEqual([pressed, halted], [0, 1]);
});

test("unknown words, states and shapes are faults", () => {
  const look = makeLook(tables, words, "en");
  assert.throws(() => look.say("nothing"), /nothing/);
  assert.throws(() => look.state("nothing"), /nothing/);
  assert.equal(look.say("as_of", "$&"), "As of $&, from the server");
});
