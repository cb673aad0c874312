// What the renderer promises: nodes are kept, and with them focus, selection and composition; texts are never markup.
import assert from "node:assert/strict";
import test from "node:test";
import { h, mount } from "../render.js";
import { changes, fire, page } from "./dom.js";

const list = (...ids) => h("ul", null, ids.map((id) => h("li", { key: id, id }, h("input", { id: `${id}-input` }))));

test("draws elements, texts and numbers, and leaves out nothings", () => {
  const { root, inner } = page();
  mount(root)(h("p", { id: "a", hidden: true, title: null, lang: undefined, dir: false }, "x", 0, "", null, false, true, [["y"]]), "z");
  assert.equal(inner(), '<p id="a" hidden="">x0y</p>z');
});

test("a second equal view changes nothing", () => {
  const { root } = page();
  const draw = mount(root), view = () => h("p", { class: "c", onclick: () => {} }, "x", h("input", { value: "v", checked: true }));
  draw(view());
  changes.length = 0;
  draw(view());
  assert.deepEqual(changes, []);
});

test("changes only what differs", () => {
  const { root } = page();
  const draw = mount(root);
  draw(h("p", { id: "p", class: "a", title: "t" }, "one", h("b", null, "two")));
  changes.length = 0;
  draw(h("p", { id: "p", class: "b" }, "one", h("b", null, "three")));
  assert.deepEqual(changes, ["set p class=b", "unset p title", "text three"]);
});

test("another tag is another node", () => {
  const { root, inner } = page();
  const draw = mount(root);
  draw(h("p", { key: 1 }, "x"), h("i", null, "y"));
  draw(h("b", { key: 1 }, "x"), h("i", null, "y"));
  assert.equal(inner(), "<b>x</b><i>y</i>");
});

test("typed markup stays text", () => {
  const { root } = page();
  mount(root)(h("p", { title: "<i>" }, "<script>alert(1)</script>"));
  const [p] = root.childNodes;
  assert.equal(p.childNodes.length, 1);
  assert.equal(p.childNodes[0].data, "<script>alert(1)</script>");
});

test("refuses code and looks in attributes", () => {
  const draw = (props) => mount(page().root)(h("a", props));
  for (const props of [{ onclick: "alert(1)" }, { ONCLICK: "alert(1)" }, { style: "color: red" }, { srcdoc: "<p>" }, { innerHTML: "<p>" }, { href: "javascript:alert(1)" }, { formaction: "\tjavaScript:x" }]) {
    assert.throws(() => draw(props), /refused|not a function/, JSON.stringify(props));
  }
  draw({ href: "/records?text=javascript:" });
});

test("every order of a keyed list comes from every other, with its nodes kept and the focus where it was", () => {
  const orders = permutations(["a", "b", "c", "d"]).concat([["a"], ["e", "b"], ["d", "x", "a"], []]);
  for (const from of orders) {
    for (const to of orders) {
      for (const focused of from.filter((id) => to.includes(id))) {
        const { root, doc, find } = page();
        const draw = mount(root);
        draw(list(...from));
        const nodes = new Map(from.map((id) => [id, find(id)]));
        find(`${focused}-input`).focus();
        changes.length = 0;
        draw(list(...to));
        assert.deepEqual(root.childNodes[0].childNodes.map((n) => n.attributes.get("id")), to, `${from} to ${to}`);
        for (const id of to) if (nodes.has(id)) assert.equal(find(id), nodes.get(id), `${from} to ${to}: ${id} is another node`);
        assert.equal(doc.activeElement, find(`${focused}-input`), `${from} to ${to}: focus in ${focused}`);
        assert.ok(!changes.includes(`remove ${focused}`), `${from} to ${to}: ${focused} moved`);
      }
    }
  }
});

test("a new first row is one insertion", () => {
  const { root } = page();
  const draw = mount(root);
  draw(list("b", "c", "d"));
  changes.length = 0;
  draw(list("a", "b", "c", "d"));
  assert.deepEqual(changes.filter((c) => /^(insert|remove) [a-d]$/.test(c)), ["insert a"]);
});

test("children without a key keep their nodes while others come and go", () => {
  const { root, find, doc } = page();
  const draw = mount(root);
  draw(h("h1", null, "t"), h("input", { id: "i" }));
  const input = find("i");
  input.focus();
  draw(h("p", null, "fault"), h("h1", null, "t"), h("p", null, "help"), h("input", { id: "i" }));
  assert.equal(find("i"), input);
  assert.equal(doc.activeElement, input);
});

test("an id is a key: a field that appears takes no other field's node", () => {
  const { root, find, doc } = page();
  const draw = mount(root);
  draw(h("input", { id: "b" }));
  const input = find("b");
  input.focus();
  draw(h("input", { id: "a" }), h("input", { id: "b" }));
  assert.deepEqual([find("b"), doc.activeElement], [input, input]);
});

test("two children with one key are a fault, and the page stays as it was", () => {
  const { root, inner } = page();
  const draw = mount(root);
  draw(list("a"));
  const before = inner();
  assert.throws(() => draw(list("a", "a")), /key a/);
  assert.equal(inner(), before);
  draw(list("a", "b"));
});

test("a value is written only where it differs from what stands there", () => {
  const { root, find } = page();
  const draw = mount(root), view = (value) => h("input", { id: "i", value });
  draw(view("ab"));
  find("i").typed = "abc"; // a person types
  changes.length = 0;
  draw(view("abc"));
  assert.deepEqual(changes, []);
  draw(view("ab"));
  assert.deepEqual(changes, ["value i=ab"]);
});

test("a written value keeps the selection of the control in focus", () => {
  const { root, find } = page();
  const draw = mount(root);
  draw(h("input", { id: "i", value: "８k3" }));
  const input = find("i");
  input.focus();
  input.setSelectionRange(1, 2);
  draw(h("input", { id: "i", value: "8K3" }));
  assert.deepEqual([input.value, input.selectionStart, input.selectionEnd], ["8K3", 1, 2]);
  input.setSelectionRange(3, 3);
  draw(h("input", { id: "i", value: "8" }));
  assert.deepEqual([input.selectionStart, input.selectionEnd], [1, 1]);
  draw(h("input", { id: "i", value: "冀F777" }));
  assert.deepEqual([input.selectionStart, input.selectionEnd], [5, 5], "behind the text the caret stays behind the text: typing goes on there");
});

test("a value is never written while an input method composes", () => {
  const { root, find } = page();
  const draw = mount(root), view = (value) => h("div", null, h("input", { id: "i", value }), h("input", { id: "j", value }));
  draw(view(""));
  const input = find("i");
  input.focus();
  fire(input, "compositionstart");
  input.typed = "ji";
  changes.length = 0;
  draw(view("X"));
  assert.equal(input.value, "ji");
  assert.deepEqual(changes, ["value j=X"]);
  input.typed = "冀";
  fire(input, "compositionend");
  assert.equal(input.value, "冀", "the end of a composition writes nothing by itself");
  draw(view("冀F"));
  assert.equal(input.value, "冀F");
});

test("a field without a value belongs to the person", () => {
  const { root, find } = page();
  const draw = mount(root);
  draw(h("input", { id: "i" }));
  find("i").typed = "typed";
  draw(h("input", { id: "i", class: "c" }));
  assert.equal(find("i").value, "typed");
});

test("checked follows the view, not the last view", () => {
  const { root, find } = page();
  const draw = mount(root), view = () => h("input", { id: "i", type: "checkbox", checked: false });
  draw(view());
  find("i").ticked = true; // a press that the page does not take
  draw(view());
  assert.equal(find("i").checked, false);
});

test("one relay per event calls the newest listener, and none after it is gone", () => {
  const { root, find } = page();
  const draw = mount(root), heard = [];
  for (const n of [1, 2]) draw(h("button", { id: "b", onclick: (e) => heard.push([n, e.type, e.currentTarget === find("b")]) }));
  fire(find("b"), "click");
  assert.deepEqual(heard, [[2, "click", true]]);
  assert.equal(find("b").heard.get("click").length, 1);
  draw(h("button", { id: "b" }));
  fire(find("b"), "click");
  assert.equal(heard.length, 1);
  draw(h("button", { id: "b", onclick: () => heard.push("again") }));
  fire(find("b"), "click");
  assert.equal(heard.at(-1), "again");
});

test("svg and what is inside is drawn in its own namespace", () => {
  const { root } = page();
  const draw = mount(root);
  draw(h("p", null, h("svg", { viewBox: "0 0 1 1" }, h("path", { d: "M0 0" })), h("b", null)));
  draw(h("p", null, h("svg", { viewBox: "0 0 1 1" }, h("path", { d: "M0 0" }), h("rect", null)), h("b", null)));
  const [svg, b] = root.childNodes[0].childNodes;
  assert.deepEqual([svg.space, ...svg.childNodes.map((n) => n.space), b.space], [...Array(3).fill("http://www.w3.org/2000/svg"), "html"]);
});

test("ref is called once, when the element stands in the page", () => {
  const { root } = page();
  const draw = mount(root), seen = [];
  const view = () => h("div", null, h("dialog", { id: "d", ref: (element) => seen.push(root.contains(element)) }));
  draw(view());
  draw(view());
  assert.deepEqual(seen, [true]);
});

function permutations(of) {
  if (of.length < 2) return [of];
  return of.flatMap((first, i) => permutations([...of.slice(0, i), ...of.slice(i + 1)]).map((rest) => [first, ...rest]));
}
