// Names of rows that a text may be about which is being written in the search box: from what this reader sees.

const PAUSE_MS = 200;

/** Offer them below the box. Where they can't be had, the box works as it does without. */
export function suggestions() {
  const box = document.querySelector("#q[list]");
  if (!box) return;
  const names = document.getElementById(box.getAttribute("list"));
  let wait = 0;
  let asked = null;
  box.addEventListener("input", () => {
    clearTimeout(wait);
    asked?.abort();
    const text = box.value.trim();
    // What was chosen from the list needs no further names.
    if (text.length < 2 || [...names.children].some((option) => option.value === text)) return;
    wait = setTimeout(async () => {
      asked = new AbortController();
      try {
        const query = new URLSearchParams({ q: text.slice(0, 200), lang: document.documentElement.lang });
        const answer = await fetch(`/api/v1/search/suggest?${query}`, { signal: asked.signal });
        if (!answer.ok) return;
        const found = await answer.json();
        names.replaceChildren(...found.data.map(({ text: name }) => Object.assign(document.createElement("option"), { value: name })));
      } catch {
        // Given up for the next letter, or the node can't be reached: what stands below the box stays.
      }
    }, PAUSE_MS);
  });
}
