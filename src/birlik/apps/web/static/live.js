// After each step of the node: ask which panels changed, fetch those, and put them in place without moving anything.
const PAUSE_MS = 1000;

export function live(enliven) {
  const { live: stream, tags } = document.body.dataset;
  if (!stream) return;
  let due = false;
  let busy = false;

  async function refresh() {
    if (busy || document.hidden) { due = true; return; }
    busy = true;
    due = false;
    try {
      const answer = await fetch(tags);
      if (!answer.ok) throw new Error(`${answer.status}`);
      const said = await answer.json();
      tell(said.clock, said.fresh, false);
      for (const [name, tag] of Object.entries(said.panels)) {
        const section = document.getElementById(name);
        if (section && !section.hasAttribute("aria-busy") && section.dataset.tag !== tag) await replace(section, enliven);
      }
    } catch { tell("", "", true); } finally {
      busy = false;
      setTimeout(() => { if (due) refresh(); }, PAUSE_MS);
    }
  }

  const events = new EventSource(stream);
  const heard = () => { due = true; refresh(); };
  for (const name of ["message", "watermark"]) events.addEventListener(name, throttle(heard));
  events.addEventListener("error", () => tell("", "", true));
  document.addEventListener("visibilitychange", () => { if (!document.hidden && due) refresh(); });
  addEventListener("pagehide", () => events.close());
}

function throttle(act) {
  let last = 0;
  let timer;
  return () => {
    clearTimeout(timer);
    const wait = Math.max(0, last + PAUSE_MS - Date.now());
    timer = setTimeout(() => { last = Date.now(); act(); }, wait);
  };
}

/** How fresh the data are, and the moment of the figures, wherever it is written. */
function tell(clock, fresh, lost) {
  const moment = document.querySelector(".moment");
  moment?.classList.toggle("lost", lost);
  const words = moment?.querySelector(".moment-words");
  if (words && (lost || fresh)) words.textContent = lost ? moment.dataset.lost : fresh;
  if (clock) for (const time of document.querySelectorAll("time[data-watermark]")) time.textContent = clock;
}

/** Put a panel's new content in place. Not while the reader writes in it or has marked text in it. */
async function replace(section, enliven) {
  const active = document.activeElement;
  if (section.contains(active) && active.matches("textarea, input")) return;
  const marked = getSelection();
  if (!marked.isCollapsed && section.contains(marked.anchorNode)) return;
  const answer = await fetch(section.dataset.address);
  const html = await answer.text();
  section.dataset.tag = tagOf(answer.headers.get("etag"));
  const open = new Set([...section.querySelectorAll("details[open]")].map((d) => d.dataset.key));
  const scrolled = [...section.querySelectorAll(".scroll")].map((box) => [box.scrollLeft, box.scrollTop]);
  const focus = section.contains(active) ? position(section, active) : null;
  const old = { chart: section.querySelector(".chart"), map: section.querySelector(".map") };
  const held = document.createElement("template");
  held.innerHTML = html;
  section.replaceChildren(held.content);
  for (const details of section.querySelectorAll("details")) details.open = open.has(details.dataset.key);
  section.querySelectorAll(".scroll").forEach((box, i) => { if (scrolled[i]) [box.scrollLeft, box.scrollTop] = scrolled[i]; });
  enliven(section, old);
  if (focus !== null) focusable(section)[focus]?.focus({ preventScroll: true });
}

export const tagOf = (etag) => (etag ?? "").replaceAll('"', "");
const focusable = (section) => [...section.querySelectorAll("a[href], button, summary, [tabindex]")];
const position = (section, element) => focusable(section).indexOf(element);
