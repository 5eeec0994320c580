// What a reader may do: copy a permalink, and correct or dismiss what could not be taken.

/** Keep the figures that stand now: an address, with their moment in it. */
async function pinned(href) {
  const answer = await fetch("/api/v1/pin", {
    method: "POST",
    headers: { Accept: "application/json", "Birlik-Form": document.querySelector('meta[name="birlik-form"]').content },
  });
  if (!answer.ok) throw new Error(`${answer.status}`);
  const address = new URL(href);
  address.searchParams.set("as_of", (await answer.json()).as_of);
  return address;
}

/** A link of a class that pins, which has no moment yet and is followed in this window. */
function pinning(event, kind) {
  const link = event.target.closest?.(`a.${kind}`);
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || new URL(link.href).searchParams.has("as_of")) return null;
  event.preventDefault();
  return link;
}

/** What is cited is kept. Who may not keep it can cite it all the same. */
export function citing() {
  document.addEventListener("click", async (event) => {
    const link = pinning(event, "pins");
    if (link) location.assign(await pinned(link.href).then((address) => address.href, () => link.href));
  });
}

/** A permalink pins the figures that stand now, and carries the moment. */
export function permalinks() {
  document.addEventListener("click", async (event) => {
    const link = pinning(event, "permalink");
    if (!link) return;
    const said = document.getElementById("said");
    try {
      const address = await pinned(link.href);
      history.replaceState(null, "", location.href);
      try {
        await navigator.clipboard.writeText(address.href);
        link.textContent = link.dataset.copied;
      } catch { location.assign(address.href); }
      said.textContent = link.dataset.copied;
    } catch { said.textContent = link.textContent = link.dataset.failed; }
  });
}

/** What fetches a CSV elsewhere, with the node's address as this reader knows it. */
export function copies() {
  document.addEventListener("click", async (event) => {
    const button = event.target.closest?.(".copy-as button");
    if (!button) return;
    const { text, href, copied } = button.dataset;
    const whole = text.replace("{address}", new URL(href, location.href).href);
    try {
      await navigator.clipboard.writeText(whole);
      button.textContent = copied;
      const said = document.getElementById("said");
      if (said) said.textContent = copied;
    } catch {
      const shown = document.createElement("code");
      shown.textContent = whole;
      button.replaceWith(shown);
    }
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
  const { text: body, encoding } = form.elements;
  if (body.value || body.disabled) return;
  const answer = await fetch(form.dataset.text);
  const said = answer.ok ? await answer.json() : { text: null };
  if (said.text === null) {
    // Binary or long: it is downloaded, and sent as a file.
    body.disabled = true;
    form.querySelector(".edit").hidden = true;
    return;
  }
  body.value = said.text;
  encoding.value = said.encoding;
  body.classList.add("filled");
}

/** The forms send themselves without us; here the answer comes without leaving the page. */
export function resending() {
  document.addEventListener("toggle", (event) => {
    const form = event.target.open && event.target.querySelector?.("form.resend");
    if (form) fill(form);
  }, true);
  document.addEventListener("submit", async (event) => {
    const form = event.target.closest?.("form.resend");
    if (!form) return;
    event.preventDefault();
    const answer = await fetch(event.submitter?.getAttribute("formaction") ?? form.action, {
      method: "POST",
      headers: { Accept: "application/json" },
      body: new FormData(form, event.submitter),
    });
    const told = await answer.json().catch(() => ({}));
    form.querySelector(".field-error").textContent = told.wrong ?? (answer.ok ? "" : `${answer.status}`);
    form.elements.text.toggleAttribute("aria-invalid", !answer.ok);
    if (!answer.ok) return;
    form.querySelector(".answer").textContent = told.said;
    for (const field of form.elements) field.disabled = true;
  });
}

/** Cards of devices are for paper. */
export function printing() {
  document.querySelector("[data-print]")?.addEventListener("click", () => window.print());
}
