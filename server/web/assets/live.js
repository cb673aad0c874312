// An open page follows the figures: the script polls for a change of the counts, then fetches the page again and replaces
// the old text. The script waits while the reader uses a form or has selected text, and pauses while the page is hidden.
(() => {
  "use strict";
  const every = 3000, longest = 60000; // ms
  const main = document.getElementById("main"), note = document.getElementById("live");
  let state = document.body.dataset.live, wait = every, failed = 0;
  if (!state || !main || !note) return;

  const say = (word, more) => {
    note.hidden = false;
    note.textContent = " · " + note.dataset["text" + word] + (more ? " " + more : "");
  };
  const chooses = () => main.contains(document.activeElement) && document.activeElement.matches("input, select, textarea");
  const marks = () => { const s = getSelection(); return !s.isCollapsed && main.contains(s.anchorNode); };

  // Ended is thrown when polling further is useless.
  class Ended extends Error {}

  const ask = async (address, type) => {
    const answer = await fetch(address, { headers: { Accept: type }, cache: "no-store" });
    if (answer.status === 401 || answer.status === 403 || answer.redirected) throw new Ended();
    if (!answer.ok) throw new Error(String(answer.status));
    return answer;
  };

  // renew replaces the page's main part, keeps unfolded details and the keyboard focus, and marks changed rows briefly.
  const renew = async () => {
    const answer = await ask(location.href, "text/html");
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const next = page.getElementById("main");
    if (!next || !page.body.dataset.live) throw new Error("not a page that follows");
    if (chooses() || marks()) return;
    const places = "a, button, summary";
    const unfolded = [...main.querySelectorAll("details")].map((d) => d.open);
    const at = [...main.querySelectorAll(places)].indexOf(document.activeElement);
    const said = new Map([...main.querySelectorAll("tr[id]")].map((row) => [row.id, row.innerText]));
    main.replaceChildren(...next.childNodes);
    main.querySelectorAll("details").forEach((d, i) => { d.open = unfolded[i] ?? d.open; });
    main.querySelectorAll("tr[id]").forEach((row) => {
      row.classList.toggle("changed", said.has(row.id) && said.get(row.id) !== row.innerText);
    });
    if (at >= 0) main.querySelectorAll(places)[at]?.focus({ preventScroll: true });
    state = page.body.dataset.live;
    say("New", new Date().toLocaleTimeString(document.documentElement.lang, { hour12: false }));
  };

  const look = async () => {
    try {
      if (!document.hidden) {
        const now = (await (await ask("/live", "application/json")).json()).state;
        if (now !== state && !chooses() && !marks()) await renew();
        else if (failed > 1) say("Follows");
        wait = every;
        failed = 0;
      }
    } catch (e) {
      if (e instanceof Ended) return say("Ended");
      wait = Math.min(2 * wait, longest);
      if (++failed > 1) say("Lost"); // a single failure may be a server being replaced
    }
    setTimeout(look, wait * (0.8 + 0.4 * Math.random()));
  };
  document.addEventListener("visibilitychange", () => { if (!document.hidden) wait = every; });
  say("Follows");
  setTimeout(look, every);
})();
