// The map draws what the list beside it says: circles, their area by the first figure, their colour by the second.
let borders;
const shapes = (address) => (borders ??= fetch(address).then((answer) => answer.json()).then((topology) =>
  window.topojson.feature(topology, topology.objects.countries)));
const NOTHING = 3;
const SMALLEST = 5;
const GREATEST = 26;

const radius = (area, largest) => (area > 0 && largest > 0 ? Math.max(SMALLEST, GREATEST * Math.sqrt(area / largest)) : NOTHING);

/** @param {HTMLElement} before the map that stood here: it is kept, so that what is looked at does not move. */
export async function map(element, section, before) {
  sizes(section.querySelector(".legend-sizes"));
  const items = [...section.querySelectorAll(".map-side [data-latitude]")];
  if (before?.birlik) {
    element.replaceWith(before);
    before.dataset.largest = element.dataset.largest;
    spots(before.birlik, before, items);
    return;
  }
  const view = window.L.map(element, {
    attributionControl: false, zoomControl: false, minZoom: 2, maxZoom: 12, worldCopyJump: false, zoomSnap: 0.25,
    maxBounds: [[-60, -190], [84, 190]], scrollWheelZoom: false, renderer: window.L.svg({ padding: 0.5 }),
  });
  window.L.control.zoom({ zoomInTitle: element.dataset.closer, zoomOutTitle: element.dataset.farther }).addTo(view);
  element.birlik = { view, layer: window.L.layerGroup() };
  fit(view, items);
  const land = await shapes(element.dataset.borders);
  window.L.geoJSON(land, { interactive: false, style: { className: "land", weight: 0.7, fillOpacity: 1 } }).addTo(view);
  element.birlik.layer.addTo(view);
  spots(element.birlik, element, items);
  // Escape goes back to the whole; the wheel scrolls the page until the map was clicked.
  element.addEventListener("keydown", (event) => { if (event.key === "Escape") fit(view, items); });
  view.on("focus", () => view.scrollWheelZoom.enable());
  view.on("blur", () => view.scrollWheelZoom.disable());
  element.dataset.drawn = "yes";
}

function fit(view, items) {
  const known = items.filter((item) => item.querySelector(".map-item-line"));
  const points = (known.length ? known : items).map((item) => [Number(item.dataset.latitude), Number(item.dataset.longitude)]);
  if (points.length) view.fitBounds(window.L.latLngBounds(points).pad(0.4), { maxZoom: 6, animate: false });
  else view.setView([43, 65], 4);
}

function spots({ view, layer }, element, items) {
  layer.clearLayers();
  const largest = Number(element.dataset.largest);
  const sorted = [...items].sort((a, b) => Number(b.dataset.area) - Number(a.dataset.area));
  for (const item of sorted) {
    const level = item.dataset.level;
    const spot = window.L.circleMarker([Number(item.dataset.latitude), Number(item.dataset.longitude)], {
      radius: radius(Number(item.dataset.area), largest), className: `spot spot-${level}`, bubblingMouseEvents: false,
    });
    spot.bindTooltip(() => told(item), { direction: "top", opacity: 1 });
    const link = item.querySelector("a[href]");
    spot.on("click", () => link && location.assign(link.href));
    const point = (on) => { item.classList.toggle("pointed", on); spot.getElement()?.classList.toggle("pointed", on); };
    spot.on("mouseover", () => point(true)).on("mouseout", () => point(false));
    item.onmouseenter = item.onfocusin = () => point(true);
    item.onmouseleave = item.onfocusout = () => point(false);
    // The list beside the map is the keyboard's way. An SVG shape with a focus listener (its tooltip's) would be a stop.
    spot.on("add", () => spot.getElement()?.setAttribute("tabindex", "-1"));
    spot.addTo(layer);
  }
}

function told(item) {
  const said = document.createElement("div");
  for (const line of item.querySelectorAll(".map-item-name, .map-item-line")) {
    const row = document.createElement("div");
    row.textContent = [...line.children].map((part) => part.innerText?.trim() ?? "").filter(Boolean).join("  ");
    said.append(row);
  }
  return said;
}

/** The legend's circles: what the sizes are. */
function sizes(legend) {
  if (!legend) return;
  const largest = Number(legend.dataset.largest);
  if (!(largest > 0)) return;
  const round = (value) => { const scale = 10 ** Math.floor(Math.log10(value)); return Math.max(1, Math.round(value / scale) * scale); };
  const values = [...new Set([round(largest / 10), round(largest / 2), Math.round(largest)])].filter((value) => value > 0);
  legend.replaceChildren(...values.map((value) => {
    const entry = document.createElement("span");
    const circle = document.createElement("i");
    const across = 2 * radius(value, largest);
    circle.style.width = circle.style.height = `${across}px`;
    entry.append(circle, String(value));
    return entry;
  }));
}
