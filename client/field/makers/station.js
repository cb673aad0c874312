// The station maker: the Go client on this machine, over its loopback address. Every method of the interface is one call.
import { MakerError } from "../maker.js";

/** @typedef {import("../maker.js").Maker} Maker */

const lost = { zh: "本机程序没有应答：它已关闭，或正在重新启动。已保存的都在", en: "the program on this machine does not answer: it was closed, or is starting again. What was saved is safe" };

/**
 * Makes one call. Errors are MakerErrors: the program's own, or "lost" if it does not answer.
 * @param {string} token
 * @param {string} name
 * @param {unknown} [params]
 * @returns {Promise<any>}
 */
async function call(token, name, params = {}) {
  let response;
  try {
    response = await fetch(`/maker/${name}`, {
      method: "POST",
      headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
      body: JSON.stringify(params),
    });
  } catch {
    throw new MakerError("lost", lost);
  }
  const body = await response.json().catch(() => ({ code: "lost", ...lost }));
  if (!response.ok) throw new MakerError(body.code, { zh: body.zh, en: body.en }, body.faults);
  return body;
}

/** @param {string} base64 */
const bytesOf = (base64) => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));

/** @param {Uint8Array} bytes */
function base64Of(bytes) {
  let text = "";
  for (let i = 0; i < bytes.length; i += 0x8000) text += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
  return btoa(text);
}

/**
 * The maker of this window.
 * @param {string} token
 * @returns {Maker}
 */
export function stationMaker(token) {
  /** @param {string} name @param {unknown} [params] */
  const ask = (name, params) => call(token, name, params);
  return {
    hello: () => ask("hello"),
    chooseWord: (word) => ask("chooseWord", { word }),
    inspect: (text) => ask("inspect", { text }),
    enrol: (server, code, fingerprint) => ask("enrol", { server, code, fingerprint }),
    confirm: (yes) => ask("confirm", { yes }),
    setPIN: (officer, pin, by) => ask("setPIN", { officer, pin, by }),
    unlock: (officer, pin) => ask("unlock", { officer, pin }),
    lock: () => ask("lock"),
    rules: (digest) => ask("rules", { digest }),
    reference: () => ask("reference"),
    keepDraft: (id, form) => ask("keepDraft", { id, form }),
    drafts: () => ask("drafts"),
    dropDraft: (id) => ask("dropDraft", { id }),
    look: (form) => ask("look", form),
    save: (form, draft) => ask("save", { form, draft }),
    saveMany: (forms) => ask("saveMany", { forms }),
    amend: (id, form) => ask("amend", { id, form }),
    void: (id, reason) => ask("void", { id, reason }),
    restore: (id, reason) => ask("restore", { id, reason }),
    list: (question) => ask("list", question),
    show: (id) => ask("show", { id }),
    totals: () => ask("totals"),
    status: () => ask("status"),
    sync: () => ask("sync"),
    exportBundle: async () => {
      const { file, lines } = await ask("exportBundle");
      return { file: bytesOf(file), lines };
    },
    applyBundle: (file) => ask("applyBundle", { file: base64Of(file) }),
    subscribe: (heard) => subscribe(token, heard),
  };
}

/** A stream that says nothing for so long is broken; the program speaks every 20 s. */
const silence = 45_000;
const again = 2_000;

/**
 * Hears the program's news until the returned function is called. After a break everything may have changed.
 * @param {string} token
 * @param {(changed: import("../maker.js").Change[]) => void} heard
 */
function subscribe(token, heard) {
  const end = new AbortController();
  (async () => {
    for (let first = true; !end.signal.aborted; first = false) {
      if (!first) {
        await new Promise((done) => setTimeout(done, again));
        heard(["records", "status", "officers", "lists", "drafts"]);
      }
      await listen(token, heard, end.signal).catch(() => undefined);
    }
  })();
  return () => end.abort();
}

/**
 * @param {string} token
 * @param {(changed: import("../maker.js").Change[]) => void} heard
 * @param {AbortSignal} end
 */
async function listen(token, heard, end) {
  const quiet = new AbortController();
  let timer = setTimeout(() => quiet.abort(), silence);
  const stop = () => quiet.abort();
  end.addEventListener("abort", stop);
  try {
    const response = await fetch("/maker/news", { method: "POST", headers: { Authorization: `Bearer ${token}` }, signal: quiet.signal });
    if (!response.ok || !response.body) return;
    const lines = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let rest = ""; ; ) {
      const { value, done } = await lines.read();
      if (done) return;
      clearTimeout(timer);
      timer = setTimeout(() => quiet.abort(), silence);
      const parts = (rest + value).split("\n");
      rest = parts.pop() ?? "";
      for (const line of parts) {
        const changed = JSON.parse(line);
        if (changed.length > 0) heard(changed);
      }
    }
  } finally {
    clearTimeout(timer);
    end.removeEventListener("abort", stop);
  }
}
