// A small stand-in for a page: nodes, attributes, listeners, focus. Every change is written into `changes`, so that a test
// sees what a patch touched. A node that moves or goes loses the focus, as in a browser.

/** @type {string[]} */
export const changes = [];

class Node {
  constructor(page) { Object.assign(this, { ownerDocument: page, parentNode: null, childNodes: [] }); }
  get firstChild() { return this.childNodes[0] ?? null; }
  get nextSibling() {
    const all = this.parentNode?.childNodes ?? [];
    return all[all.indexOf(this) + 1] ?? null;
  }
  contains(other) {
    for (let n = other; n; n = n.parentNode) if (n === this) return true;
    return false;
  }
  removeChild(node) {
    this.childNodes.splice(this.childNodes.indexOf(node), 1);
    node.parentNode = null;
    changes.push(`remove ${node.name}`);
    const page = this.ownerDocument;
    if (page.activeElement && node.contains(page.activeElement)) page.activeElement = null;
    return node;
  }
  insertBefore(node, before) {
    if (node.parentNode) node.parentNode.removeChild(node);
    const at = before ? this.childNodes.indexOf(before) : this.childNodes.length;
    if (at < 0) throw new Error("insertBefore: not a child");
    this.childNodes.splice(at, 0, node);
    node.parentNode = this;
    changes.push(`insert ${node.name}`);
    return node;
  }
}

class Text extends Node {
  constructor(page, data) { super(page); this.text = data; }
  get name() { return `"${this.text}"`; }
  get data() { return this.text; }
  set data(text) { this.text = text; changes.push(`text ${text}`); }
  get html() { return this.text; }
}

class Element extends Node {
  constructor(page, tag, space) {
    super(page);
    Object.assign(this, { tag, space, attributes: new Map(), heard: new Map(), typed: "", ticked: false, selectionStart: 0, selectionEnd: 0 });
  }
  get name() { return this.attributes.get("id") ?? this.tag; }
  getAttribute(name) { return this.attributes.get(name) ?? null; }
  setAttribute(name, value) {
    if (typeof value !== "string") throw new Error("an attribute is a text");
    this.attributes.set(name, value);
    changes.push(`set ${this.name} ${name}=${value}`);
  }
  removeAttribute(name) { this.attributes.delete(name); changes.push(`unset ${this.name} ${name}`); }
  addEventListener(type, call) { this.heard.set(type, [...(this.heard.get(type) ?? []), call]); }
  get value() { return this.typed; }
  set value(text) {
    this.typed = text;
    this.selectionStart = this.selectionEnd = text.length; // as browsers do
    changes.push(`value ${this.name}=${text}`);
  }
  get checked() { return this.ticked; }
  set checked(yes) { this.ticked = yes; changes.push(`checked ${this.name}=${yes}`); }
  setSelectionRange(from, to) { this.selectionStart = from; this.selectionEnd = to; }
  focus() { this.ownerDocument.activeElement = this; }
  get html() {
    const attributes = [...this.attributes].map(([k, v]) => ` ${k}="${v}"`).join("");
    return `<${this.tag}${attributes}>${this.childNodes.map((n) => n.html).join("")}</${this.tag}>`;
  }
}

/** Calls the listeners from the page's root down, and then those of the element. */
export function fire(target, type, more = {}) {
  const path = [];
  for (let n = target; n; n = n.parentNode) path.unshift(n);
  for (const n of path) for (const call of n.heard?.get(type) ?? []) call({ type, target, currentTarget: n, ...more });
}

/** An empty page with one element to draw in. */
export function page() {
  const doc = {
    activeElement: null,
    createTextNode: (data) => new Text(doc, data),
    createElement: (tag) => new Element(doc, tag, "html"),
    createElementNS: (space, tag) => new Element(doc, tag, space),
  };
  changes.length = 0;
  const root = new Element(doc, "main", "html");
  const find = (id, from = root) => (from.attributes?.get("id") === id ? from : from.childNodes.map((n) => find(id, n)).find(Boolean));
  return { root, doc, find, inner: () => root.childNodes.map((n) => n.html).join("") };
}
