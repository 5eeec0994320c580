// What a page does beside being read: theme, charts, maps, the live refresh, the forms of the quarantine.
import { chart, redraw } from "./chart.js";
import { map } from "./map.js";
import { live, tagOf } from "./live.js";
import { themes } from "./theme.js";
import { sliding } from "./past.js";
import { citing, copies, menus, permalinks, printing, resending } from "./acts.js";
import { suggestions } from "./suggest.js";
import { jobs } from "./jobs.js";
import { weighing } from "./weights.js";

/** Bring what a fragment declares to life. `old` is what stood there before, so that nothing jumps. */
export function enliven(section, old = {}) {
  section.removeAttribute("aria-busy");
  for (const element of section.querySelectorAll(".chart[data-spec]")) chart(element, old.chart);
  for (const element of section.querySelectorAll(".map")) map(element, section, old.map);
}

document.addEventListener("htmx:afterSwap", (event) => {
  if (!event.target.matches(".panel")) return;
  event.target.dataset.tag = tagOf(event.detail.xhr.getResponseHeader("etag"));
  enliven(event.target);
});
// A page that was made for readers without JavaScript has its panels already.
for (const section of document.querySelectorAll(".panel:not([hx-get])")) enliven(section);
themes(redraw);
permalinks();
citing();
sliding();
copies();
menus();
resending();
printing();
suggestions();
jobs();
weighing();
live(enliven);
