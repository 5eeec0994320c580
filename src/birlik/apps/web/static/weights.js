// Sliders that choose again as they are moved. What can't be asked stays, and the button works as it does without.
const PAUSE_MS = 120;

export function weighing() {
  let wait = 0;
  let asked = null;
  document.addEventListener("input", (event) => {
    const form = event.target.closest?.("form.weights");
    if (!form || !event.target.validity.valid) return;
    const said = event.target.parentElement.querySelector("output");
    if (said) said.textContent = event.target.value;
    clearTimeout(wait);
    asked?.abort();
    wait = setTimeout(async () => {
      asked = new AbortController();
      const section = form.closest(".panel");
      const from = new URL(section.dataset.address, location.href);
      const here = new URL(location.href);
      for (const input of form.querySelectorAll("input[min]")) {
        for (const address of [from, here]) address.searchParams.set(input.name, input.value);
      }
      try {
        const answer = await fetch(from, { signal: asked.signal });
        if (!answer.ok) return;
        const held = document.createElement("template");
        held.innerHTML = await answer.text();
        for (const part of [".weights-made", ".panel-foot"]) {
          const made = held.content.querySelector(part);
          if (made) section.querySelector(part)?.replaceWith(made);
        }
        section.dataset.address = `${from.pathname}${from.search}`;
        history.replaceState(history.state, "", here);
        document.getElementById("said").textContent = section.querySelector(".weights-said")?.textContent ?? "";
      } catch {
        // Given up for the next move, or the node can't be reached: what stands there stays.
      }
    }, PAUSE_MS);
  });
}
