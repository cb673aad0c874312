// A renderer for pages: a view is a plain function that returns h(tag, props, ...children); mount(root) gives a function that
// brings the page into line with a view. Nodes are kept: focus, selection, scroll and a running composition stay where they are.
// Texts become text nodes only, and no attribute becomes code, so nothing that a person typed is ever read as markup.
// Children are matched by `key` or id, among siblings; those without are matched by tag, in order.

/** @typedef {string | number | boolean | null | undefined | VNode} Leaf */
/** What stands between the tags of an element; lists may be nested, and false, null and undefined show nothing.
 * @typedef {Leaf | Nested} Child */
/** @typedef {{[at: number]: Child, length: number, [Symbol.iterator](): Iterator<Child>}} Nested */
/** Attributes by name; `on…` a listener; `value` and `checked` as they should stand now; `key` among siblings; `ref` is called
 * once, with the element, when it stands in the page.
 * @typedef {Record<string, any>} Props */
/** @typedef {{tag: string, props: Props, kids: (VNode | string)[], key: string | number | undefined}} VNode */
/** A node that stands in the page. `listeners` by event.
 * @typedef {{node: Node, was: VNode | string, kids: Placed[], listeners: Map<string, (event: any) => void>}} Placed */

const SVG = "http://www.w3.org/2000/svg";
/** Properties of a control, not attributes: a person changes them too. */
const LIVE = new Set(["value", "checked"]);
const ASIDE = new Set(["key", "ref", ...LIVE]);
/** Attributes that hold code or markup, or looks that belong to the style sheet. */
const REFUSED = new Set(["style", "srcdoc", "innerhtml", "outerhtml"]);

/** Controls in which an input method is composing. A value is never written there: the unfinished text would be lost.
 * @type {WeakSet<EventTarget>} */
const composing = new WeakSet();

/**
 * @param {string} tag
 * @param {Props | null} [props]
 * @param {...Child} children
 * @returns {VNode}
 */
export function h(tag, props, ...children) {
  /** @type {(VNode | string)[]} */
  const kids = [];
  flatten(children, kids);
  return { tag, props: props ?? {}, kids, key: props?.key ?? props?.id };
}

/**
 * @param {Child[]} children
 * @param {(VNode | string)[]} into
 */
function flatten(children, into) {
  for (const child of children) {
    if (Array.isArray(child)) flatten(/** @type {Child[]} */ (child), into);
    else if (child === null || child === undefined || typeof child === "boolean" || child === "") continue;
    else into.push(typeof child === "number" ? String(child) : /** @type {VNode | string} */ (child));
  }
}

/** @param {string} name */
export function isListener(name) {
  return /^on/i.test(name);
}

/** The attribute's text; null: the attribute is absent.
 * @param {string} name
 * @param {any} value
 * @returns {string | null}
 */
export function attribute(name, value) {
  if (value === null || value === undefined || value === false) return null;
  if (REFUSED.has(name.toLowerCase())) throw new Error(`attribute ${name} is refused`);
  const text = value === true ? "" : String(value);
  if (/^(href|src|action|formaction)$/i.test(name) && /^[\s\0-\x1f]*(javascript|data|vbscript):/i.test(text.replace(/[\t\n\r]/g, ""))) {
    throw new Error(`address in ${name} is refused`);
  }
  return text;
}

/**
 * Takes an empty element and returns the function that draws: it brings the element's content into line with a view.
 * @param {Element} root
 * @returns {(...view: Child[]) => void}
 */
export function mount(root) {
  /** @type {Placed[]} */
  let placed = [];
  root.addEventListener("compositionstart", (e) => { if (e.target) composing.add(e.target); }, true);
  root.addEventListener("compositionend", (e) => { if (e.target) composing.delete(e.target); }, true);
  return (...view) => {
    /** @type {(VNode | string)[]} */
    const kids = [];
    flatten(view, kids);
    /** @type {(() => void)[]} */
    const after = [];
    placed = patchKids(root, placed, kids, false, after);
    for (const call of after) call();
  };
}

/**
 * @param {Node} parent
 * @param {Placed[]} old
 * @param {(VNode | string)[]} next
 * @param {boolean} svg
 * @param {(() => void)[]} after
 * @returns {Placed[]}
 */
function patchKids(parent, old, next, svg, after) {
  const take = matcher(old);
  const matched = next.map((vnode) => take(vnode)); // before anything changes: a fault in the view leaves the page as it was
  const kept = new Set(matched);
  for (const o of old) if (!kept.has(o)) parent.removeChild(o.node);
  const placed = next.map((vnode, i) => {
    const o = matched[i];
    return o ? patch(o, vnode, svg, after) : create(parent.ownerDocument, vnode, svg, after);
  });
  arrange(parent, placed);
  return placed;
}

/** Finds for each new child, in order, the old one that it goes on: by key, or else the next of the same tag.
 * @param {Placed[]} old
 * @returns {(vnode: VNode | string) => Placed | undefined}
 */
function matcher(old) {
  /** @type {Map<string | number, Placed>} */
  const keyed = new Map();
  /** @type {Map<string, Placed[]>} */
  const rest = new Map();
  for (const o of old) {
    if (typeof o.was === "object" && o.was.key !== undefined) {
      keyed.set(o.was.key, o);
      continue;
    }
    const tag = tagOf(o.was);
    rest.set(tag, [...(rest.get(tag) ?? []), o]);
  }
  /** @type {Set<string | number>} */
  const seen = new Set();
  return (vnode) => {
    if (typeof vnode === "string" || vnode.key === undefined) return rest.get(tagOf(vnode))?.shift();
    if (seen.has(vnode.key)) throw new Error(`two children with the key ${vnode.key}`);
    seen.add(vnode.key);
    const o = keyed.get(vnode.key);
    return o && tagOf(o.was) === vnode.tag ? o : undefined;
  };
}

/** @param {VNode | string} vnode */
const tagOf = (vnode) => (typeof vnode === "string" ? "#text" : vnode.tag);

/** Puts the nodes in order. The node with the focus is never moved: a moved control loses focus and composition; the others
 * move around it.
 * @param {Node} parent
 * @param {Placed[]} placed
 */
function arrange(parent, placed) {
  const active = parent.ownerDocument?.activeElement ?? null;
  /** @type {Node | null} */
  let at = parent.firstChild;
  for (const { node } of placed) {
    if (node === at) at = node.nextSibling;
    else if (active && node.parentNode === parent && node.contains(active)) at = node.nextSibling;
    else parent.insertBefore(node, at);
  }
}

/**
 * @param {Document | null} page
 * @param {VNode | string} vnode
 * @param {boolean} svg
 * @param {(() => void)[]} after
 * @returns {Placed}
 */
function create(page, vnode, svg, after) {
  if (!page) throw new Error("no document");
  if (typeof vnode === "string") return { node: page.createTextNode(vnode), was: vnode, kids: [], listeners: new Map() };
  const inside = svg || vnode.tag === "svg";
  const node = inside ? page.createElementNS(SVG, vnode.tag) : page.createElement(vnode.tag);
  /** @type {Placed} */
  const placed = { node, was: { ...vnode, props: {} }, kids: [], listeners: new Map() };
  dress(placed, node, {}, vnode.props);
  placed.kids = patchKids(node, [], vnode.kids, inside, after);
  setLive(node, vnode.props);
  placed.was = vnode;
  if (vnode.props.ref) after.push(() => vnode.props.ref(node));
  return placed;
}

/**
 * @param {Placed} placed
 * @param {VNode | string} vnode
 * @param {boolean} svg
 * @param {(() => void)[]} after
 * @returns {Placed}
 */
function patch(placed, vnode, svg, after) {
  const { node, was } = placed;
  if (typeof vnode === "string") {
    if (was !== vnode) /** @type {Text} */ (node).data = vnode;
  } else if (was !== vnode && typeof was === "object") {
    const element = /** @type {Element} */ (node);
    dress(placed, element, was.props, vnode.props);
    placed.kids = patchKids(node, placed.kids, vnode.kids, svg || vnode.tag === "svg", after);
    setLive(element, vnode.props);
  }
  placed.was = vnode;
  return placed;
}

/** Changes attributes and listeners where they differ.
 * @param {Placed} placed
 * @param {Element} element
 * @param {Props} was
 * @param {Props} props
 */
function dress(placed, element, was, props) {
  for (const name of new Set([...Object.keys(was), ...Object.keys(props)])) {
    if (ASIDE.has(name) || was[name] === props[name]) continue;
    if (isListener(name)) {
      listen(placed, element, name.slice(2).toLowerCase(), props[name]);
      continue;
    }
    const text = attribute(name, props[name]);
    if (text === null) element.removeAttribute(name);
    else if (element.getAttribute(name) !== text) element.setAttribute(name, text);
  }
}

/** One relay an event and element: a new function in each view costs nothing.
 * @param {Placed} placed
 * @param {Element} element
 * @param {string} type
 * @param {any} call
 */
function listen({ listeners }, element, type, call) {
  if (call && typeof call !== "function") throw new Error(`listener on${type} is not a function`);
  if (!listeners.has(type)) element.addEventListener(type, (event) => listeners.get(type)?.(event));
  listeners.set(type, call || (() => {}));
}

/** Writes value and checked where they differ from what stands there, never into a running composition, and keeps the selection.
 * @param {Element} element
 * @param {Props} props
 */
function setLive(element, props) {
  const control = /** @type {HTMLInputElement} */ (element);
  if ("checked" in props && control.checked !== !!props.checked) control.checked = !!props.checked;
  if (!("value" in props)) return;
  const value = String(props.value ?? "");
  if (control.value === value || composing.has(control)) return;
  const [from, to] = element.ownerDocument.activeElement === element ? [control.selectionStart, control.selectionEnd] : [null, null];
  const end = from === control.value.length ? value.length : 0; // behind the text the caret stays behind the text
  control.value = value;
  if (from !== null && to !== null) control.setSelectionRange(end || Math.min(from, value.length), end || Math.min(to, value.length));
}
