// The map draws what the list beside it says: circles, their area by its figure, their colour by its class.
// Shapes take no Tab stop: the list is the keyboard's way.
let borders;
const shapes = (address) => (borders ??= fetch(address).then((answer) => answer.json()).then((topology) =>
  window.topojson.feature(topology, topology.objects.countries)));
const NOTHING = 4;
const SMALLEST = 6;
const GREATEST = 26;
let greatest = GREATEST;
const APART = 3;

const radius = (area, largest) => (area > 0 && largest > 0 ? Math.max(SMALLEST, greatest * Math.sqrt(area / largest)) : NOTHING);

/** @param {HTMLElement} before the map that stood here: it is kept, so that what is looked at does not move. */
export async function map(element, section, before) {
  greatest = Math.min(GREATEST, Math.max(15, element.clientWidth / 22));
  sizes(section.querySelector(".legend-sizes"));
  const said = JSON.parse(element.dataset.says);
  if (before?.birlik) {
    before.dataset.largest = element.dataset.largest;
    element.replaceWith(before);
    Object.assign(before.birlik, { said, section });
    draw(before.birlik, before);
    return;
  }
  const view = window.L.map(element, {
    attributionControl: false, zoomControl: false, minZoom: 2, maxZoom: 12, worldCopyJump: false, zoomSnap: 0.25,
    maxBounds: [[-60, -190], [84, 190]], scrollWheelZoom: false, zoomAnimation: false, renderer: window.L.svg({ padding: 0.5 }),
  });
  window.L.control.zoom({ zoomInTitle: element.dataset.closer, zoomOutTitle: element.dataset.farther }).addTo(view);
  const state = { view, said, section, below: window.L.layerGroup(), layer: window.L.layerGroup(), land: null };
  element.birlik = state;
  fit(state);
  state.land = await shapes(element.dataset.borders);
  window.L.geoJSON(state.land, { interactive: false, style: { className: "land", weight: 0.7, fillOpacity: 1 } }).addTo(view);
  state.below.addTo(view);
  state.layer.addTo(view);
  draw(state, element);
  view.on("zoomend moveend", () => draw(state, element));
  // Escape goes back to the whole; the wheel scrolls the page until the map was clicked.
  element.addEventListener("keydown", (event) => { if (event.key === "Escape") fit(state); });
  view.on("focus", () => view.scrollWheelZoom.enable());
  view.on("blur", () => view.scrollWheelZoom.disable());
  // A narrow window, or paper, gives it another size.
  new ResizeObserver(() => { view.invalidateSize({ animate: false }); if (!state.touched) fit(state); }).observe(element);
  view.on("dragstart zoomstart", (event) => { if (event.type === "dragstart") state.touched = true; });
  element.dataset.drawn = "yes";
}

function fit({ view, said }) {
  const points = said.spots.map((spot) => spot.at);
  if (points.length) view.fitBounds(window.L.latLngBounds(points), { padding: [44, 34], maxZoom: 7, animate: false });
  else view.setView([43, 65], 4);
}

function draw(state, element) {
  const { view, said, section, below, layer } = state;
  below.clearLayers();
  layer.clearLayers();
  for (const [a, b, c, d, stroke] of said.lines) {
    window.L.polyline([[a, b], [c, d]], { className: `stroke stroke-${stroke}`, interactive: false }).addTo(below);
  }
  const largest = Number(element.dataset.largest);
  const circles = apart(said.spots.map((spot) => {
    const home = view.latLngToLayerPoint(spot.at);
    return { spot, home, x: home.x, y: home.y, r: radius(spot.area, largest) };
  }));
  for (const { spot, home, x, y, r } of circles) {
    const at = view.layerPointToLatLng([x, y]);
    if (Math.hypot(x - home.x, y - home.y) > 2) {
      window.L.polyline([spot.at, at], { className: "leader", interactive: false }).addTo(layer);
      window.L.circleMarker(spot.at, { radius: 2, className: "leader-end", interactive: false }).addTo(layer);
    }
    const circle = window.L.circleMarker(at, { radius: r, className: `spot level-${spot.level}`, bubblingMouseEvents: false });
    const rows = [...section.querySelectorAll("tr[data-key]")].filter((row) => row.dataset.key === spot.key);
    circle.on("click", () => spot.href && location.assign(spot.href));
    const point = (on) => {
      for (const row of rows) row.classList.toggle("pointed", on);
      circle.getElement()?.classList.toggle("pointed", on);
    };
    circle.on("mouseover", (event) => { point(true); tip(element, event.originalEvent, told(spot, rows)); });
    circle.on("mouseout remove", () => { point(false); tip(element); });
    for (const row of rows) {
      row.onmouseenter = row.onfocusin = () => point(true);
      row.onmouseleave = row.onfocusout = () => point(false);
    }
    circle.addTo(layer);
  }
  names(state, circles);
}

/** Circles that would overlap are pushed from one another until they don't; each keeps a line to where it belongs. */
function apart(circles) {
  for (let round = 0; round < 60; round += 1) {
    let moved = false;
    for (let i = 0; i < circles.length; i += 1) {
      for (let j = i + 1; j < circles.length; j += 1) {
        const [a, b] = [circles[i], circles[j]];
        let [dx, dy] = [b.x - a.x, b.y - a.y];
        let distance = Math.hypot(dx, dy);
        const wanted = a.r + b.r + APART;
        if (distance >= wanted) continue;
        if (distance < 0.01) { [dx, dy] = [Math.cos(i + j), Math.sin(i + j)]; distance = 1; }
        const push = (wanted - distance) / 2 + 0.1;
        a.x -= (dx / distance) * push; a.y -= (dy / distance) * push;
        b.x += (dx / distance) * push; b.y += (dy / distance) * push;
        moved = true;
      }
    }
    if (!moved) break;
  }
  return circles;
}

/** Names: of each circle where there is room for it, then of the countries, on ground of theirs that is in sight. */
function names({ view, said, land, layer }, circles) {
  const size = view.getSize();
  const taken = circles.map(({ x, y, r }) => { const c = view.layerPointToContainerPoint([x, y]); return box(c.x - r, c.y - r, 2 * r, 2 * r); });
  taken.push(box(0, 0, 46, 80));
  const free = (one) => one.x >= 2 && one.y >= 2 && one.x + one.w <= size.x - 2 && one.y + one.h <= size.y - 2
    && !taken.some((other) => one.x < other.x + other.w && other.x < one.x + one.w && one.y < other.y + other.h && other.y < one.y + one.h);
  for (const { spot, x, y, r } of [...circles].sort((a, b) => b.spot.level - a.spot.level || b.r - a.r)) {
    const c = view.layerPointToContainerPoint([x, y]);
    const [w, h] = [width(spot.name, 12) + 4, 16];
    const places = [[c.x + r + 4, c.y - h / 2], [c.x - r - 4 - w, c.y - h / 2], [c.x - w / 2, c.y + r + 3], [c.x - w / 2, c.y - r - 3 - h],
      [c.x + r * 0.7 + 3, c.y + r * 0.7], [c.x - r * 0.7 - 3 - w, c.y + r * 0.7], [c.x + r * 0.7 + 3, c.y - r * 0.7 - h],
      [c.x - r * 0.7 - 3 - w, c.y - r * 0.7 - h], [c.x - r, c.y + r + 3], [c.x - r, c.y - r - 3 - h], [c.x + r - w, c.y + r + 3],
      [c.x - w / 2, c.y + r + 20], [c.x - w / 2, c.y - r - 20 - h], [c.x - r, c.y + r + 20], [c.x + r - w, c.y + r + 20]];
    const found = places.map(([left, top]) => box(left, top, w, h)).find(free);
    if (!found) continue;
    taken.push(found);
    write(view, layer, found, spot.name, "spot-name");
  }
  for (const { id, geometry } of land.features) {
    const name = said.countries[id];
    if (!name) continue;
    const [w, h] = [width(name, 13) + 8, 18];
    const at = inside(view, geometry, size, (c) => free(box(c.x - w / 2, c.y - h / 2, w, h)));
    if (!at) continue;
    const found = box(at.x - w / 2, at.y - h / 2, w, h);
    taken.push(found);
    write(view, layer, found, name, "country-name");
  }
}

const box = (x, y, w, h) => ({ x, y, w, h });
let ruler;
function width(text, px) {
  ruler ??= document.createElement("canvas").getContext("2d");
  ruler.font = `${px}px ${getComputedStyle(document.body).fontFamily}`;
  return ruler.measureText(text).width;
}

function write(view, layer, { x, y, w, h }, text, kind) {
  const icon = window.L.divIcon({ className: kind, html: "", iconSize: [w, h], iconAnchor: [0, 0] });
  const marker = window.L.marker(view.containerPointToLatLng([x, y]), { icon, interactive: false, keyboard: false });
  marker.on("add", () => { const element = marker.getElement(); element.textContent = text; element.setAttribute("aria-hidden", "true"); });
  marker.addTo(layer);
}

/** The point in sight that lies in a country and nearest to the middle of what of it is in sight. */
function inside(view, geometry, size, free) {
  const polygons = (geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates).filter((rings) => rings[0].length > 12);
  const points = [];
  for (let x = 24; x < size.x; x += 22) {
    for (let y = 14; y < size.y; y += 18) {
      const { lat, lng } = view.containerPointToLatLng([x, y]);
      if (polygons.some((rings) => within(lng, lat, rings))) points.push({ x, y });
    }
  }
  if (points.length < 3) return null;
  const middle = { x: points.reduce((sum, p) => sum + p.x, 0) / points.length, y: points.reduce((sum, p) => sum + p.y, 0) / points.length };
  const far = (p) => Math.hypot(p.x - middle.x, p.y - middle.y);
  return points.sort((a, b) => far(a) - far(b)).find(free) ?? null;
}

function within(x, y, rings) {
  let is = false;
  for (const ring of rings) {
    for (let i = 0, j = ring.length - 1; i < ring.length; j = i, i += 1) {
      const [[xi, yi], [xj, yj]] = [ring[i], ring[j]];
      if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) is = !is;
    }
  }
  return is;
}

/** What a circle says stands beside the pointer, over the map's edge where it must: Leaflet's own would be cut there. */
function tip(element, event, content) {
  element.parentElement.querySelector(".map-tip")?.remove();
  if (!content) return;
  const box = document.createElement("div");
  box.className = "map-tip";
  box.setAttribute("role", "tooltip");
  box.append(content);
  element.after(box);
  const { width, height } = box.getBoundingClientRect();
  const left = event.clientX + 16 + width < innerWidth ? event.clientX + 16 : Math.max(8, event.clientX - 16 - width);
  box.style.left = `${left}px`;
  box.style.top = `${Math.max(8, Math.min(event.clientY - height / 2, innerHeight - height - 8))}px`;
}

/** A small table: the lines of the list that a circle stands for. */
function told(spot, rows) {
  const said = document.createElement("table");
  const caption = said.createCaption();
  caption.textContent = spot.name;
  const names = rows.map((row) => (row.querySelector(".line-name a") ?? row.querySelector(".line-name"))?.textContent.trim() ?? "");
  const head = said.createTHead().insertRow();
  head.append(document.createElement("th"));
  for (const name of names) { const cell = document.createElement("th"); cell.textContent = name; head.append(cell); }
  const body = said.createTBody();
  for (const [i, cell] of [...(rows[0]?.querySelectorAll("td[data-heading]") ?? [])].entries()) {
    const line = body.insertRow();
    const heading = document.createElement("th");
    heading.textContent = cell.dataset.heading;
    line.append(heading);
    for (const row of rows) {
      const of = row.querySelectorAll("td[data-heading]")[i];
      line.insertCell().textContent = (of?.querySelector("b, a") ?? of)?.textContent.trim() ?? "";
    }
    if (![...line.querySelectorAll("td")].some((each) => each.textContent)) line.remove();
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
