// Vega-Lite by address. Expressions are interpreted (`ast`), since nothing may be evaluated here.
import { theme } from "./theme.js";

let library;
const load = () => (library ??= import("./vendor/vega.js").then(() => window.vegaEmbed));
const drawn = new WeakMap();

/** Draw the chart of `element`. What `before` shows stays until the new one is ready. */
export async function chart(element, before) {
  if (before) element.append(...before.childNodes);
  try {
    const [embed, answer] = await Promise.all([load(), fetch(`${element.dataset.spec}&theme=${theme()}`)]);
    if (!answer.ok) throw new Error(`${answer.status}`);
    const spec = await answer.json();
    const stage = document.createElement("div");
    stage.style.cssText = "visibility:hidden;position:absolute;inset:0 0 auto 0";
    element.append(stage);
    const result = await embed(stage, spec, {
      ...spec.usermeta.embedOptions,
      ast: true,
      actions: false,
      logLevel: 1,
      renderer: "canvas",
      defaultStyle: false,
      tooltip: { disableDefaultStyle: true, offsetX: 12, offsetY: 12 },
    });
    stage.style.cssText = "";
    for (const child of [...element.childNodes]) if (child !== stage) child.remove();
    // The container's own role and words describe the chart; what is inside is paint.
    for (const painted of element.querySelectorAll("canvas, svg, [role]")) {
      painted.removeAttribute("aria-label");
      painted.removeAttribute("aria-roledescription");
      painted.setAttribute("role", "presentation");
    }
    drawn.get(element)?.finalize();
    drawn.set(element, result);
    element.dataset.drawn = theme();
  } catch (error) {
    element.textContent = element.dataset.failed;
    element.dataset.drawn = "failed";
    throw error;
  }
}

/** After another theme was chosen. */
export function redraw() {
  for (const element of document.querySelectorAll(".chart[data-spec]")) chart(element);
}
