// A slider over the moments at which something changed. Pointers go to where they let it go; keys choose, Enter goes.

const stops = (form) => JSON.parse(form.dataset.stops);
const ranged = (event) => event.target.closest?.(".past-slider input[type=range]");

function go(form) {
  const [, address] = stops(form)[form.querySelector("input").value];
  location.assign(address);
}

export function sliding() {
  document.addEventListener("input", (event) => {
    const range = ranged(event);
    if (!range) return;
    const [said] = stops(range.form)[range.value];
    range.form.querySelector("output").textContent = said;
    range.setAttribute("aria-valuetext", said);
  });
  document.addEventListener("pointerup", (event) => {
    const range = ranged(event);
    if (range && range.value !== range.defaultValue) go(range.form);
  });
  document.addEventListener("submit", (event) => {
    if (!event.target.matches(".past-slider")) return;
    event.preventDefault();
    go(event.target);
  });
}
