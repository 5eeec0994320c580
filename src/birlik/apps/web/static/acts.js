// What a reader may do: copy a permalink, and correct or dismiss what could not be taken.

const LARGE_BYTES = 512 * 1024;

/** A permalink pins the figures that stand now, and carries the moment. */
export function permalinks() {
  document.addEventListener("click", async (event) => {
    const link = event.target.closest?.("a.permalink");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || new URL(link.href).searchParams.has("as_of")) return;
    event.preventDefault();
    const said = document.getElementById("said");
    try {
      const answer = await fetch("/api/v1/pin", { method: "POST", headers: { Accept: "application/json" } });
      if (!answer.ok) throw new Error(`${answer.status}`);
      const address = new URL(link.href);
      address.searchParams.set("as_of", (await answer.json()).as_of);
      history.replaceState(null, "", location.href);
      try {
        await navigator.clipboard.writeText(address.href);
        link.textContent = link.dataset.copied;
      } catch { location.assign(address.href); }
      said.textContent = link.dataset.copied;
    } catch { said.textContent = link.textContent = link.dataset.failed; }
  });
}

/** A menu closes when the reader turns to something else, or presses Escape. */
export function menus() {
  const close = (but) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(but)) menu.open = false;
  };
  document.addEventListener("click", (event) => close(event.target));
  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && document.activeElement?.closest("details.menu[open]");
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
}

/** The whole message comes when its entry is opened: of a table of 10,000 lines one may have been refused. */
async function fill(form) {
  const field = form.elements.body;
  if (field.value || field.disabled) return;
  const answer = await fetch(form.dataset.raw);
  const body = await answer.blob();
  if (!answer.ok || body.size > LARGE_BYTES) {
    field.disabled = true;
    field.placeholder = field.dataset.large;
    return;
  }
  field.value = await body.text();
  field.classList.add("filled");
}

/** Send a corrected message again, or dismiss it; the answer is said beside the buttons. */
export function resending() {
  document.addEventListener("toggle", (event) => {
    const form = event.target.open && event.target.querySelector?.("form.resend");
    if (form) fill(form);
  }, true);
  document.addEventListener("submit", async (event) => {
    const form = event.target.closest?.("form.resend");
    if (!form) return;
    event.preventDefault();
    const dismiss = event.submitter?.value === "dismiss";
    const answer = await fetch(dismiss ? form.dataset.dismiss : form.dataset.resend, {
      method: "POST",
      headers: { "Content-Type": dismiss ? "application/json" : form.dataset.type, Accept: "application/json" },
      body: dismiss ? "{}" : form.elements.body.value,
    });
    const told = await answer.json().catch(() => ({}));
    const status = form.querySelector(".answer");
    const refused = told.refused ?? (answer.ok ? 0 : 1);
    const count = Array.isArray(refused) ? refused.length : refused;
    status.textContent = answer.ok && !count ? form.dataset.sent
      : `${form.dataset.refused}: ${told.detail ?? told.refused?.[0]?.reason ?? answer.status}`;
    if (answer.ok && !count) for (const field of form.elements) field.disabled = true;
  });
}
