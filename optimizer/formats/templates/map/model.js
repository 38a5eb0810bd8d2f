"use strict";

// ---- the data, decoded: places in metres east and south of the first corner, times in seconds after 00:00 of day 0

const data = JSON.parse(document.getElementById("data").textContent);
const DAY_S = 86400;
// Colours that people with any common colour blindness tell apart (after Okabe and Ito, darkened for white ground);
// beyond eight workers the dash tells them apart.
const COLOURS = ["#0072b2", "#c4541a", "#00856a", "#b0578d", "#2f9bd0", "#8a6d00", "#5b4fa8", "#5c6670"];
const DASHES = [[], [9, 5], [2, 5], [12, 4, 2, 4]];

const everyPlace = [...data.stations, ...data.elders, ...data.visits].map((item) => item.at);
const middle = everyPlace.length
  ? [0, 1].map((axis) => everyPlace.reduce((sum, at) => sum + at[axis], 0) / everyPlace.length)
  : [0, 0];
const METRES_PER_UNIT = 111195 / data.units_per_deg;
const SQUEEZE = Math.cos((middle[1] / data.units_per_deg) * (Math.PI / 180));

function toMetres([lon, lat]) {
  return [(lon - middle[0]) * METRES_PER_UNIT * SQUEEZE, (middle[1] - lat) * METRES_PER_UNIT];
}

function decodeLine(text) {
  const points = [];
  const here = [0, 0];
  let axis = 0, number = 0, shift = 0;
  for (let idx = 0; idx < text.length; idx += 1) {
    const digit = text.charCodeAt(idx) - 63;
    number |= (digit & 0x1f) << shift;
    shift += 5;
    if (digit < 0x20) {
      here[axis] += number & 1 ? ~(number >> 1) : number >> 1;
      if (axis === 1) points.push(toMetres(here));
      axis = 1 - axis;
      number = 0;
      shift = 0;
    }
  }
  return points;
}

function lengthsAlong(points) {
  const lengths = [0];
  for (let idx = 1; idx < points.length; idx += 1) {
    const [a, b] = [points[idx - 1], points[idx]];
    lengths.push(lengths[idx - 1] + Math.hypot(b[0] - a[0], b[1] - a[1]));
  }
  return lengths;
}

const streets = data.streets ? data.streets.split(" ").map(decodeLine) : [];
const stations = data.stations.map((station, idx) => ({ ...station, idx, xy: toMetres(station.at) }));
const elders = data.elders.map((elder, idx) => ({ ...elder, idx, xy: toMetres(elder.at), visits: [] }));
const visits = data.visits.map((visit, idx) => ({ ...visit, idx, xy: toMetres(visit.at), calls: [] }));
const workerIds = [...new Set(data.routes.map((route) => route.worker))];
const routes = data.routes.map(decodeRoute);
const unassignedByVisit = new Map(data.unassigned.map((item) => [item.visit, item]));
for (const visit of visits) if (visit.elder !== null) elders[visit.elder].visits.push(visit);

function decodeRoute(route, idx) {
  let number = 0;
  const stops = route.stops.map((stop, position) => {
    const points = decodeLine(stop.leg);
    const [arrival, start, end, departure] = stop.times;
    if (stop.kind === "visit") {
      number += 1;
      visits[stop.visit].calls.push({ route: idx, stop: position });
    }
    return {
      ...stop, position, points, lengths: lengthsAlong(points), xy: toMetres(stop.at),
      arrival, start, end, departure, number: stop.kind === "visit" ? number : null,
    };
  });
  const from = stops[0].start;
  const until = stops[stops.length - 1].departure;
  const worker = workerIds.indexOf(route.worker);
  const colour = COLOURS[worker % COLOURS.length];
  const dash = DASHES[Math.floor(worker / COLOURS.length) % DASHES.length];
  return { ...route, idx, stops, from, until, colour, dash, visits: stops.filter((stop) => stop.kind === "visit") };
}

// Where a worker is at a time: [x, y], or null while off duty.
function positionAt(route, time) {
  if (time < route.from || time > route.until) return null;
  const next = route.stops.findIndex((stop) => stop.departure >= time);
  const stop = route.stops[next];
  const before = route.stops[next - 1];
  if (!before || time >= stop.arrival) return stop.xy;
  if (stop.points.length < 2) return stop.xy;
  const share = (time - before.departure) / Math.max(1, stop.arrival - before.departure);
  return pointAlong(stop, Math.min(1, Math.max(0, share)));
}

function pointAlong({ points, lengths }, share) {
  const goal = lengths[lengths.length - 1] * share;
  const next = Math.max(1, lengths.findIndex((length) => length >= goal));
  const [a, b] = [points[next - 1], points[next]];
  const part = (goal - lengths[next - 1]) / Math.max(1e-9, lengths[next] - lengths[next - 1]);
  return [a[0] + (b[0] - a[0]) * part, a[1] + (b[1] - a[1]) * part];
}

// ---- what is shown: one object, one way to change it

const days = [...new Set([...routes, ...visits].map((item) => item.day))].sort((a, b) => a - b);
if (!days.length) days.push(0);
const state = {
  language: data.language,
  day: days[0],
  now: 0,
  playing: false,
  hidden: new Set(),
  selected: null, // {kind: "visit" | "elder" | "station" | "route", idx}
  hovered: null,
  tab: "workers",
  search: "",
};
const drawers = [];
const wanted = new Set();

// Change the state and redraw what depends on the parts named: "all", "selection", "time", "view".
function change(patch, part = "all") {
  Object.assign(state, patch);
  if (!wanted.size) requestAnimationFrame(drawAll);
  wanted.add(part);
}

function drawAll() {
  const parts = new Set(wanted);
  wanted.clear();
  for (const { needs, draw } of drawers) if (parts.has("all") || needs.some((part) => parts.has(part))) draw();
}

function routesToday() {
  return routes.filter((route) => route.day === state.day);
}

function visitsToday() {
  return visits.filter((visit) => visit.day === state.day);
}

function isSelected(kind, idx) {
  return state.selected !== null && state.selected.kind === kind && state.selected.idx === idx;
}

function selectedVisits() {
  if (!state.selected) return new Set();
  if (state.selected.kind === "visit") return new Set([state.selected.idx]);
  if (state.selected.kind !== "elder") return new Set();
  return new Set(elders[state.selected.idx].visits.filter((visit) => visit.day === state.day).map((visit) => visit.idx));
}

function selectedRoutes() {
  if (state.selected && state.selected.kind === "route") return new Set([state.selected.idx]);
  return new Set([...selectedVisits()].flatMap((idx) => visits[idx].calls.map((call) => call.route)));
}

function select(kind, idx) {
  change({ selected: { kind, idx } }, "selection");
}

function selectElder(elder) {
  const today = elder.visits.filter((visit) => visit.day === state.day);
  if (today.length === 1) select("visit", today[0].idx);
  else select("elder", elder.idx);
}

const WORST_FIRST = ["unassigned", "late", "served"];

function stateOfElder(elder) {
  const states = elder.visits.filter((visit) => visit.day === state.day).map((visit) => visit.state);
  return WORST_FIRST.find((name) => states.includes(name)) || "none";
}

function isPriority(elder) {
  return elder.visits.some((visit) => visit.priority > 0);
}

function colourOfElder(elder) {
  const visit = elder.visits.find((item) => item.day === state.day && item.calls.length);
  return visit ? routes[visit.calls[0].route].colour : "#9aa5a3";
}

// ---- words, times and numbers

function say(key, values = {}) {
  const text = data.words[key][state.language === "zh" ? 0 : 1];
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

function sayOr(key, otherwise) {
  return key in data.words ? say(key) : otherwise;
}

function clock(time) {
  const minutes = Math.floor((time - state.day * DAY_S) / 60);
  return `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
}

function minutesOf(duration) {
  return Math.round(duration / 60);
}

function kilometres(metres) {
  return (metres / 1000).toFixed(1);
}

function yuan(cents) {
  return `¥${Math.round(cents / 100).toLocaleString("en")}`;
}

function mealName(id) {
  return data.meals[id] || sayOr(`meal.${id}`, id);
}

function portionsText(portions) {
  return Object.entries(portions).filter(([, count]) => count).map(([id, count]) => `${mealName(id)} ×${count}`).join(", ");
}

function countPortions(portions) {
  return Object.values(portions).reduce((sum, count) => sum + count, 0);
}

function titleOfStop(stop) {
  if (stop.kind === "visit") return visits[stop.visit].name;
  if (stop.kind === "load") return `${say("load")} ${stations[stop.station].name}`;
  return say(stop.kind);
}

// ---- elements: texts only ever become text

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "onclick") element.addEventListener("click", value);
    else if (name === "class") element.className = value;
    else element.setAttribute(name, value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== ""));
  return element;
}

function byId(id) {
  return document.getElementById(id);
}

function showTip(text, event) {
  const tip = byId("tip");
  tip.hidden = !text;
  if (!text) return;
  tip.textContent = text;
  tip.style.left = `${Math.min(event.clientX + 14, innerWidth - tip.offsetWidth - 8)}px`;
  tip.style.top = `${Math.min(event.clientY + 14, innerHeight - tip.offsetHeight - 8)}px`;
}

// Fit a canvas to its box in device pixels and return a context in CSS pixels.
function prepare(canvas, width, height) {
  const ratio = window.devicePixelRatio || 1;
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
  }
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return context;
}
