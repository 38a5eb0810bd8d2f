"use strict";

// ---- the map: streets on one canvas, routes, elders and moving workers on another

const mapBox = byId("map");
const view = { x: 0, y: 0, scale: 0.1 }; // centre in metres, pixels per metre
const streetPath = new Path2D();
for (const line of streets) line.forEach(([x, y], idx) => (idx ? streetPath.lineTo(x, y) : streetPath.moveTo(x, y)));
const routePaths = routes.map((route) => {
  const path = new Path2D();
  for (const stop of route.stops) stop.points.forEach(([x, y], idx) => (idx ? path.lineTo(x, y) : path.moveTo(x, y)));
  return path;
});
const LEGEND = 36; // pixels that the legend takes at the bottom
const NO_PLACE = "#c4c9c6";
const LATE = "#e69f00";
const ALARM = "#a8321b";
const INK = "#1d2b2a";

function toScreen([x, y]) {
  return [(x - view.x) * view.scale + mapBox.clientWidth / 2, (y - view.y) * view.scale + mapBox.clientHeight / 2];
}

// Show all `points`, clear of the legend below.
function fitTo(points, padding = 56) {
  if (!points.length) return;
  const xs = points.map((point) => point[0]);
  const ys = points.map((point) => point[1]);
  const [west, east, north, south] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  view.x = (west + east) / 2;
  const width = Math.max(50, mapBox.clientWidth - 2 * padding) / Math.max(300, east - west);
  const height = Math.max(50, mapBox.clientHeight - 2 * padding - LEGEND) / Math.max(300, south - north);
  view.scale = Math.min(width, height, 2);
  view.y = (north + south) / 2 + LEGEND / 2 / view.scale;
  change({}, "view");
}

function fitAll() {
  fitTo([...stations, ...elders, ...visits].map((item) => item.xy), 28);
}

function zoomBy(factor, at = [mapBox.clientWidth / 2, mapBox.clientHeight / 2]) {
  const scale = Math.min(8, Math.max(0.002, view.scale * factor));
  const dx = at[0] - mapBox.clientWidth / 2;
  const dy = at[1] - mapBox.clientHeight / 2;
  view.x += dx / view.scale - dx / scale;
  view.y += dy / view.scale - dy / scale;
  view.scale = scale;
  change({}, "view");
}

// Bring a place into view where it is not, keeping clear of the card on the right.
function reveal(xy) {
  const [x, y] = toScreen(xy);
  const right = mapBox.clientWidth - (mapBox.clientWidth > 700 ? 350 : 20);
  if (x > 20 && y > 20 && x < right && y < mapBox.clientHeight - 40) return;
  view.x = xy[0] + (mapBox.clientWidth / 2 - right / 2) / view.scale;
  view.y = xy[1];
  change({}, "view");
}

function inWorld(context, draw) {
  context.save();
  context.translate(mapBox.clientWidth / 2, mapBox.clientHeight / 2);
  context.scale(view.scale, view.scale);
  context.translate(-view.x, -view.y);
  draw();
  context.restore();
}

function drawGround() {
  const context = prepare(byId("ground"), mapBox.clientWidth, mapBox.clientHeight);
  const width = Math.min(9, Math.max(1, view.scale * 9));
  inWorld(context, () => {
    context.lineCap = context.lineJoin = "round";
    context.lineWidth = (width + 1.2) / view.scale;
    context.strokeStyle = "#dad8cf";
    context.stroke(streetPath);
    context.lineWidth = width / view.scale;
    context.strokeStyle = "#ffffff";
    if (width > 1.2) context.stroke(streetPath);
  });
  drawScale();
}

function drawScale() {
  const metres = [5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000].find((m) => m * view.scale > 60);
  byId("scale").style.width = `${(metres || 100000) * view.scale}px`;
  byId("scale").firstElementChild.textContent = metres < 1000 ? `${metres} m` : `${metres / 1000} km`;
}

function drawOverlay() {
  const context = prepare(byId("overlay"), mapBox.clientWidth, mapBox.clientHeight);
  const focus = selectedRoutes();
  const shown = routesToday().filter((route) => !state.hidden.has(route.idx) || focus.has(route.idx));
  const back = shown.filter((route) => !focus.has(route.idx));
  const isCrowded = back.length > 25;
  for (const route of back) drawRoute(context, route, focus.size ? 0.14 : isCrowded ? 0.55 : 0.8, isCrowded ? 1.7 : 2.2);
  for (const route of shown) if (focus.has(route.idx)) drawRoute(context, route, 1, 3.4);
  drawPlaces(context, focus);
  for (const idx of focus) drawNumbers(context, routes[idx]);
  drawStations(context);
  drawSelection(context);
  for (const route of shown) drawWorker(context, route, focus.size > 0 && !focus.has(route.idx));
  drawLabels(context, focus);
}

function drawRoute(context, route, alpha, width) {
  inWorld(context, () => {
    context.globalAlpha = alpha;
    context.lineJoin = "round";
    if (width > 3) {
      context.lineWidth = (width + 3) / view.scale;
      context.strokeStyle = "#ffffff";
      context.stroke(routePaths[route.idx]);
    }
    if (width <= 3) context.setLineDash(route.dash.map((length) => length / view.scale));
    context.lineWidth = width / view.scale;
    context.strokeStyle = route.colour;
    context.stroke(routePaths[route.idx]);
  });
}

// One marker shape per state, so that colour is never the only sign.
function drawMark(context, [x, y], kind, colour, size, priority) {
  context.beginPath();
  if (kind === "late") {
    context.moveTo(x, y - size * 1.3);
    context.lineTo(x + size * 1.25, y + size * 0.9);
    context.lineTo(x - size * 1.25, y + size * 0.9);
    context.closePath();
  } else if (kind === "unassigned") {
    context.moveTo(x, y - size * 1.5);
    context.lineTo(x + size * 1.5, y);
    context.lineTo(x, y + size * 1.5);
    context.lineTo(x - size * 1.5, y);
    context.closePath();
  } else {
    context.arc(x, y, kind === "none" ? size * 0.6 : size, 0, 7);
  }
  context.fillStyle = { late: LATE, unassigned: "#ffffff", none: NO_PLACE }[kind] || colour;
  context.strokeStyle = { late: "#7a4a00", unassigned: ALARM }[kind] || "#ffffff";
  context.lineWidth = kind === "unassigned" ? 2.4 : 1.3;
  context.fill();
  context.stroke();
  if (!priority) return;
  context.beginPath();
  context.arc(x, y, size + 2.6, 0, 7);
  context.strokeStyle = "rgb(29 43 42 / 75%)";
  context.lineWidth = 1;
  context.stroke();
}

// Markers grow with the room between elders.
function markSize() {
  return Math.min(6.5, Math.max(3.2, spacing() * view.scale * 0.22));
}

let knownSpacing = 0;

function spacing() {
  if (!knownSpacing && elders.length) {
    const widthOf = (axis) => {
      const values = elders.map((elder) => elder.xy[axis]);
      return Math.max(...values) - Math.min(...values);
    };
    knownSpacing = Math.max(1, Math.sqrt((widthOf(0) * widthOf(1)) / elders.length));
  }
  return knownSpacing;
}

function shownElders(focus) {
  const hidden = (elder) => {
    const calls = elder.visits.filter((visit) => visit.day === state.day).flatMap((visit) => visit.calls);
    return calls.length > 0 && calls.every((call) => state.hidden.has(call.route) && !focus.has(call.route));
  };
  return elders.filter((elder) => !hidden(elder));
}

function drawPlaces(context, focus) {
  const rank = { none: 0, served: 1, late: 2, unassigned: 3 };
  const listed = shownElders(focus).map((elder) => ({ elder, kind: stateOfElder(elder) }));
  listed.sort((a, b) => rank[a.kind] - rank[b.kind]);
  const size = markSize();
  for (const { elder, kind } of listed) {
    const calls = elder.visits.flatMap((visit) => visit.calls);
    const dim = focus.size > 0 && !calls.some((call) => focus.has(call.route));
    context.globalAlpha = dim ? 0.3 : 1;
    drawMark(context, toScreen(elder.xy), kind, colourOfElder(elder), size, isPriority(elder) && kind !== "none");
  }
  context.globalAlpha = 1;
}

// Names of stations, and of elders once there is room; a name that would cover another is left out.
function drawLabels(context, focus) {
  const taken = [];
  for (const station of stations) drawLabel(context, toScreen(station.xy), station.name, 13, 600, taken);
  if (spacing() * view.scale < 40) return;
  const chosen = selectedVisits();
  const rank = (elder) => (elder.visits.some((visit) => chosen.has(visit.idx)) ? 0 : stateOfElder(elder) === "none" ? 2 : 1);
  const listed = shownElders(focus).sort((a, b) => rank(a) - rank(b));
  for (const elder of listed) drawLabel(context, toScreen(elder.xy), elder.name, 11, 400, taken);
}

function drawLabel(context, [x, y], text, gap, weight, taken) {
  if (x < -200 || y < 0 || x > mapBox.clientWidth || y > mapBox.clientHeight) return;
  context.font = `${weight} 12px system-ui, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif`;
  context.textBaseline = "middle";
  context.textAlign = "left";
  context.lineWidth = 3;
  context.lineJoin = "round";
  context.strokeStyle = "rgb(255 255 255 / 90%)";
  const short = text.length > 24 ? `${text.slice(0, 23)}…` : text;
  const box = [x + gap, y - 7, x + gap + context.measureText(short).width, y + 7];
  if (taken.some((other) => box[0] < other[2] && other[0] < box[2] && box[1] < other[3] && other[1] < box[3])) return;
  taken.push(box);
  context.strokeText(short, x + gap, y);
  context.fillStyle = INK;
  context.fillText(short, x + gap, y);
}

function drawNumbers(context, route) {
  for (const stop of route.visits) drawDisc(context, toScreen(stop.xy), route.colour, String(stop.number), 9);
}

function drawDisc(context, [x, y], colour, text, radius) {
  context.beginPath();
  context.arc(x, y, radius, 0, 7);
  context.fillStyle = colour;
  context.strokeStyle = "#ffffff";
  context.lineWidth = 1.6;
  context.fill();
  context.stroke();
  context.fillStyle = "#ffffff";
  context.font = `650 ${text.length > 2 ? 9 : 11}px system-ui, "PingFang SC", "Noto Sans CJK SC", sans-serif`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillText(text, x, y + 0.5);
}

function drawStations(context) {
  for (const station of stations) {
    const [x, y] = toScreen(station.xy);
    context.beginPath();
    context.roundRect(x - 9, y - 9, 18, 18, 4);
    context.fillStyle = isSelected("station", station.idx) ? "#0b6e69" : INK;
    context.strokeStyle = "#ffffff";
    context.lineWidth = 2;
    context.fill();
    context.stroke();
    context.beginPath(); // a roof over a wall
    context.moveTo(x - 5, y);
    context.lineTo(x, y - 5);
    context.lineTo(x + 5, y);
    context.moveTo(x - 3.4, y - 0.5);
    context.lineTo(x - 3.4, y + 4.4);
    context.lineTo(x + 3.4, y + 4.4);
    context.lineTo(x + 3.4, y - 0.5);
    context.strokeStyle = "#ffffff";
    context.lineWidth = 1.5;
    context.stroke();
  }
}

function drawSelection(context) {
  const spots = [...selectedVisits()].map((idx) => visits[idx].xy);
  if (state.hovered) spots.push(state.hovered.xy);
  for (const xy of spots) {
    const [x, y] = toScreen(xy);
    context.beginPath();
    context.arc(x, y, 14, 0, 7);
    context.strokeStyle = INK;
    context.lineWidth = 2.4;
    context.stroke();
  }
}

function drawWorker(context, route, dim) {
  const xy = positionAt(route, state.now);
  if (!xy) return;
  context.globalAlpha = dim ? 0.35 : 1;
  const [x, y] = toScreen(xy);
  context.shadowColor = "rgb(0 0 0 / 35%)";
  context.shadowBlur = 5;
  context.beginPath();
  context.arc(x, y, 12, 0, 7);
  context.fillStyle = "#ffffff";
  context.fill();
  context.shadowBlur = 0;
  drawDisc(context, [x, y], route.colour, [...route.name][0] || "", 10);
  context.globalAlpha = 1;
}

// ---- pointing

function thingAt(x, y) {
  const near = (xy, reach) => {
    const [sx, sy] = toScreen(xy);
    return Math.hypot(sx - x, sy - y) <= reach;
  };
  for (const route of routesToday()) {
    const xy = positionAt(route, state.now);
    if (xy && !state.hidden.has(route.idx) && near(xy, 12)) return { kind: "route", item: route, xy };
  }
  for (const station of stations) if (near(station.xy, 11)) return { kind: "station", item: station, xy: station.xy };
  let best = null;
  let bestDistance = markSize() + 5;
  for (const elder of shownElders(selectedRoutes())) {
    const [sx, sy] = toScreen(elder.xy);
    const distance = Math.hypot(sx - x, sy - y);
    if (distance < bestDistance) [best, bestDistance] = [{ kind: "elder", item: elder, xy: elder.xy }, distance];
  }
  return best || placeAt(near);
}

// Visits at a place of their own (supply runs, caravan stops) have no elder to point at.
function placeAt(near) {
  const visit = visitsToday().find((item) => item.elder === null && near(item.xy, markSize() + 5));
  return visit ? { kind: "visit", item: visit, xy: visit.xy } : null;
}

function tipOf(thing) {
  if (thing.kind === "station") return `${thing.item.name}\n${sayOr(`kind.${thing.item.kind}`, thing.item.kind)}`;
  if (thing.kind === "route") return thing.item.name;
  if (thing.kind === "visit") return thing.item.name;
  const today = thing.item.visits.filter((visit) => visit.day === state.day);
  const lines = today.map((visit) => {
    const call = visit.calls[0];
    const start = call ? clock(routes[call.route].stops[call.stop].start) : say("map.state.unassigned");
    return `${start} ${visit.service}`;
  });
  return [thing.item.name, ...lines].join("\n");
}

const fingers = new Map();
let dragged = false;

function offset(event) {
  const box = mapBox.getBoundingClientRect();
  return [event.clientX - box.left, event.clientY - box.top];
}

function isOnCanvas(event) {
  return event.target.id === "overlay" || event.target === mapBox;
}

mapBox.addEventListener("pointerdown", (event) => {
  if (!isOnCanvas(event)) return;
  fingers.set(event.pointerId, offset(event));
  dragged = false;
  mapBox.setPointerCapture(event.pointerId);
});

mapBox.addEventListener("pointermove", (event) => {
  const here = offset(event);
  const before = fingers.get(event.pointerId);
  if (!before) return pointAt(event, here);
  if (fingers.size === 2) pinch(event.pointerId, before, here);
  else pan(before, here);
  if (dragged || fingers.size === 2) fingers.set(event.pointerId, here);
});

function pan(before, here) {
  if (!dragged && Math.hypot(here[0] - before[0], here[1] - before[1]) < 4) return;
  dragged = true;
  mapBox.classList.add("grabbing");
  view.x -= (here[0] - before[0]) / view.scale;
  view.y -= (here[1] - before[1]) / view.scale;
  change({}, "view");
}

function pinch(pointerId, before, here) {
  dragged = true;
  const other = [...fingers].find(([id]) => id !== pointerId)[1];
  const spread = (point) => Math.max(10, Math.hypot(point[0] - other[0], point[1] - other[1]));
  zoomBy(spread(here) / spread(before), [(here[0] + other[0]) / 2, (here[1] + other[1]) / 2]);
}

function pointAt(event, here) {
  const thing = isOnCanvas(event) ? thingAt(...here) : null;
  mapBox.classList.toggle("pointing", thing !== null);
  showTip(thing && tipOf(thing), event);
  if ((thing && thing.item) !== (state.hovered && state.hovered.item)) change({ hovered: thing }, "hover");
}

mapBox.addEventListener("pointerup", (event) => {
  if (fingers.delete(event.pointerId) && !dragged) {
    const thing = thingAt(...offset(event));
    if (!thing) change({ selected: null }, "selection");
    else if (thing.kind === "elder") selectElder(thing.item);
    else select(thing.kind, thing.item.idx);
  }
  mapBox.classList.remove("grabbing");
});
mapBox.addEventListener("pointercancel", (event) => fingers.delete(event.pointerId));
mapBox.addEventListener("pointerleave", (event) => pointAt(event, [-99, -99]));
mapBox.addEventListener("dblclick", (event) => isOnCanvas(event) && zoomBy(1.8, offset(event)));
mapBox.addEventListener("wheel", (event) => {
  if (!isOnCanvas(event)) return;
  event.preventDefault();
  zoomBy(Math.exp(-event.deltaY * 0.0016), offset(event));
}, { passive: false });
mapBox.addEventListener("keydown", (event) => {
  const step = 60 / view.scale;
  const moves = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] };
  if (event.key === "+" || event.key === "=") zoomBy(1.4);
  else if (event.key === "-") zoomBy(1 / 1.4);
  else if (event.target === mapBox && moves[event.key]) {
    view.x += moves[event.key][0];
    view.y += moves[event.key][1];
    change({}, "view");
  } else return;
  event.preventDefault();
});
byId("zoom-in").addEventListener("click", () => zoomBy(1.5));
byId("zoom-out").addEventListener("click", () => zoomBy(1 / 1.5));
byId("zoom-fit").addEventListener("click", fitAll);

drawers.push({ needs: ["view"], draw: drawGround });
drawers.push({ needs: ["view", "selection", "time", "hover"], draw: drawOverlay });
